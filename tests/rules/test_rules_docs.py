"""Every rule that the documentation shows can be added as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.rules.kinds import RuleKind
from tests.shops import Shop

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
SHOWN: list[dict[str, Any]] = [
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
]


def test_every_kind_is_shown() -> None:
    assert {row["kind"] for row in SHOWN} == set(RuleKind)
    assert all(f"## `{kind}`" in PAGE for kind in RuleKind)


@pytest.mark.parametrize("body", SHOWN, ids=lambda body: body["name"])
async def test_it_is_taken_as_shown(
    api: httpx.AsyncClient, shop: Shop, body: dict[str, Any]
) -> None:
    answer = await api.post("/v1/rules", json={**body, "channel_id": str(shop.channel_id)})
    assert answer.status_code == 201, answer.text
    assert not [one for one in answer.json()["problems"] if one["severity"] == "error"]
