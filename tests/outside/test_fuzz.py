"""Requests made from the service's own description, good and bad: none may end in a 5xx."""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

from tests.outside.driver import Service
from tests.outside.lookalike.goods import stock_up
from tests.outside.lookalike.sales import sell
from tests.outside.lookalike.server import BigCommerce
from tests.outside.merchant import Merchant

THOROUGH = bool(os.environ.get("QUAYSIDE_LONG_TESTS"))
EXAMPLES = 60 if THOROUGH else 2
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
# An open stream of a run that never ends would only slow things down.
PATIENCE = 20


@pytest.fixture(scope="module")
def known_ids(service: Service, big_commerce: BigCommerce) -> Iterator[dict[str, str]]:
    """Ids of things that exist, so that requests get past "not found"."""
    shop = big_commerce.open_shop()
    stock_up(shop, 4)
    sell(shop, 2)
    merchant = Merchant(service, shop, service.key("Fuzz", "admin"))
    merchant.connect()
    run = merchant.run("import_listings")
    merchant.run("get_orders")
    made = merchant.send(
        "POST", "/v1/mapping-sets", 201, json={"name": "F", "entries": [{"from": "a", "to": "b"}]}
    )
    yield {
        "key": merchant.key,
        "channel_id": merchant.channel_id,
        "connection_id": merchant.connection_id,
        "run_id": run["id"],
        "listing_id": merchant.get("/v1/listings")["data"][0]["id"],
        "order_id": merchant.get("/v1/orders")["data"][0]["id"],
        "product_id": merchant.get("/v1/products")["data"][0]["id"],
        "template_id": merchant.get("/v1/templates")["data"][0]["id"],
        "set_id": made["id"],
    }
    merchant.http.close()


def operations(service: Service) -> list[Any]:
    """Every operation of the service's own OpenAPI file, deletions last."""
    description = httpx.get(f"{service.url}/openapi.json", timeout=30).json()
    # The key is no matter of chance: without one everything ends in 401.
    description["components"].pop("securitySchemes", None)
    for path in description["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
    schema = schemathesis.openapi.from_dict(description)
    found: list[Any] = [
        result.ok()  # type: ignore[union-attr]  # a broken description should raise
        for result in schema.get_all_operations()
    ]
    return sorted(found, key=lambda operation: bool(operation.method == "delete"))


def send(service: Service, case: Case[Any], known: dict[str, str], existing: bool) -> int:
    """Send a case, on request with ids of things that exist; gives the status."""
    if existing:
        for name in set(case.path_parameters) & set(known):
            case.path_parameters[name] = known[name]
    headers = {"Authorization": f"Bearer {known['key']}"}
    answer = case.call(base_url=service.url, headers=headers, timeout=PATIENCE)
    return int(answer.status_code)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: str(mode.value))
def test_no_request_ends_in_a_5xx(
    service: Service, known_ids: dict[str, str], mode: GenerationMode
) -> None:
    failures: dict[str, str] = {}
    statuses: Counter[int] = Counter()

    def attempt(operation: Any, number: int, existing: bool) -> None:
        @seed(number)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(mode))
        def once(case: Case[Any]) -> None:
            status = send(service, case, known_ids, existing)
            statuses[status] += 1
            if status >= 500:
                failures[f"{status} {case.method} {case.path}"] = case.as_curl_command()

        with contextlib.suppress(Unsatisfiable):
            once()

    for number, operation in enumerate(operations(service)):
        if not THOROUGH and number % 2 != MODES.index(mode):
            continue
        attempt(operation, number, existing=mode is GenerationMode.POSITIVE)
        if THOROUGH:
            attempt(operation, number + 1000, existing=mode is GenerationMode.NEGATIVE)
    print(mode, dict(statuses))
    assert failures == {}, json.dumps(failures, indent=1)
