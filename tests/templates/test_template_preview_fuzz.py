"""No record and no draft makes a preview crash."""

from __future__ import annotations

import json
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.channels.kinds import IntegrationType
from app.mapping.catalogue import catalogue_of
from app.mapping.defaults import default_mappings
from tests.templates.conftest import Json, created

MAPPED = [kind for kind in IntegrationType if kind is not IntegrationType.LINK_LISTINGS]

_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
    | st.sampled_from(["", " ", "19.99", "1e400", "2026-01-01T00:00:00Z", "http://x/y.jpg", "kg"])
)
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "value", "url", "id", "key", ""]), inner)
    ),
    max_leaves=8,
)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[IntegrationType, Json]:
    kind = draw(st.sampled_from(MAPPED))
    catalogue = catalogue_of(kind)
    keys = [field.key for field in catalogue.sources.fields]
    flat = st.dictionaries(st.sampled_from(keys), _values, max_size=15)
    record: Json = {}
    for key, value in draw(flat).items():
        group, _, name = key.partition(".")
        if draw(st.booleans()):
            record[key] = value
        else:
            inner = record.setdefault(group, {})
            if isinstance(inner, dict):
                inner[name] = value
    for level in catalogue.shape.repeated:
        if draw(st.booleans()):
            record[level.source] = draw(st.lists(_values | flat, max_size=3))
    record.update(draw(st.dictionaries(st.sampled_from(["", ".", "a.b", "listing"]), _values)))
    return kind, record


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=_cases(), draft=st.none() | st.dictionaries(st.just("listing.title"), _values))
async def test_any_record_can_be_tried(
    api: httpx.AsyncClient, case: tuple[IntegrationType, Json], draft: dict[str, Any] | None
) -> None:
    kind, record = case
    body = {"name": "T", "integration": kind, "mappings": default_mappings(kind)}
    found = (await api.get("/v1/templates", params={"integration": kind})).json()["data"]
    template = found[0] if found else await created(api, "/v1/templates", body)
    path = f"/v1/templates/{template['id']}/preview"

    for request in ({"record": record}, {"records": [record, record]}):
        asked = request if draft is None else {**request, "mappings": draft}
        answer = await api.post(path, json=asked)

        assert answer.status_code in {200, 422}, answer.text
        json.dumps(answer.json(), allow_nan=False)
