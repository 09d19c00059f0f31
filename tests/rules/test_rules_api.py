"""Rules through the API: kept, linted, ordered, counted."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.accounts.service import Scope, ensure_account
from app.core.ids import new_id
from app.core.resources import Resources
from app.rules.kinds import RuleKind, Subject
from app.rules.repository import Hit, record_hits
from app.rules.service import active_rules, freeze_rules, thaw_rules
from tests.conftest import client_for, make_key, row_count
from tests.rules.conftest import MARKUP, add_rule
from tests.shops import Shop

GOOD: dict[str, dict[str, Any]] = {
    "pricing": MARKUP,
    "quantity": {"buffer": 2, "percent": "80", "warehouses": ["east"]},
    "listing_status": {
        "when": {"field": "listing_variant.quantity", "op": "lte", "value": 0},
        "to": "hidden",
    },
    "order_import": {
        "when": {"field": "order.total_inc_tax", "op": "gt", "value": 500},
        "actions": [{"do": "hold", "reason": "large"}, {"do": "tag", "tag": "big"}],
    },
    "invoice_adjustment": {
        "label": "Drop-ship fee",
        "amount": {"kind": "fixed", "value": "2.00", "per": "line"},
    },
    "shipping_mapping": {
        "matches": [{"match": "contains", "text": "express", "policy": "Express"}],
        "default": "Standard",
    },
}


@pytest.mark.parametrize("kind", sorted(GOOD))
async def test_every_kind_is_kept_as_given(api: httpx.AsyncClient, shop: Shop, kind: str) -> None:
    rule = await add_rule(api, shop, kind, GOOD[kind])
    assert rule["definition"] == GOOD[kind]
    assert (rule["kind"], rule["rank"], rule["enabled"], rule["version"]) == (kind, 10, True, 1)
    assert rule["hits"] == {"matched": 0, "changed": 0, "last_at": None}
    assert (await api.get(f"/v1/rules/{rule['id']}")).json() == rule
    listed = (await api.get("/v1/rules", params={"channel_id": str(shop.channel_id)})).json()
    assert listed == {"data": [rule], "next_cursor": None}
    assert (await api.get("/v1/rules", params={"kind": kind})).json()["data"] == [rule]
    assert (await api.delete(f"/v1/rules/{rule['id']}")).status_code == 204
    assert (await api.get(f"/v1/rules/{rule['id']}")).status_code == 404


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("pricing", {"base": {"kind": "markup"}}, "definition.base.markup", "value_error"),
    ("pricing", {**MARKUP, "colour": 1}, "definition.colour", "unknown_field"),
    (
        "pricing",
        {
            "base": {
                "kind": "tiers",
                "tiers": [
                    {"from": 0, "to": 20, "percent": 50},
                    {"from": 10, "percent": 30},
                ],
            }
        },
        "definition.base.tiers",
        "tiers_overlap",
    ),
    ("quantity", {"minimum": 1}, "definition", "value_error"),
    ("listing_status", {"to": "delisted"}, "definition", "value_error"),
    (
        "listing_status",
        {"to": "hidden", "when": {"field": "listing.colour", "op": "exists"}},
        "definition.when",
        "unknown_source",
    ),
    (
        "order_import",
        {"actions": [{"do": "launch"}]},
        "definition.actions.0",
        "union_tag_invalid",
    ),
    (
        "order_import",
        {"actions": []},
        "definition.actions",
        "too_short",
    ),
    (
        "shipping_mapping",
        {"matches": [{"match": "regex", "text": "(", "policy": "A"}]},
        "definition.matches.0.text",
        "invalid_pattern",
    ),
    (
        "shipping_mapping",
        {"matches": [{"text": "UPS", "policy": "A"}, {"text": "ups", "policy": "B"}]},
        "definition.matches.1.text",
        "duplicate_match",
    ),
    ("shipping_mapping", {}, "definition", "value_error"),
    (
        "invoice_adjustment",
        {
            "label": "Freight",
            "amount": {
                "kind": "tiers",
                "on": "weight",
                "tiers": [{"from": 0, "value": "5"}, {"from": 10, "value": "9"}],
            },
        },
        "definition.amount.tiers",
        "tiers_overlap",
    ),
]


@pytest.mark.parametrize(("kind", "definition", "field", "code"), BAD)
async def test_bad_definitions_are_refused_with_a_sentence(
    api: httpx.AsyncClient,
    shop: Shop,
    kind: str,
    definition: dict[str, Any],
    field: str,
    code: str,
) -> None:
    body = {
        "channel_id": str(shop.channel_id),
        "kind": kind,
        "name": "Bad",
        "definition": definition,
    }
    answer = await api.post("/v1/rules", json=body)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["code"] == "rule_invalid"
    assert (problem["errors"][0]["field"], problem["errors"][0]["code"]) == (field, code)
    assert len(problem["errors"][0]["message"]) > 10


async def test_a_condition_that_nests_without_end_is_refused(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    when: dict[str, Any] = {"field": "listing.title", "op": "exists"}
    for _ in range(60):
        when = {"not": when}
    body = {
        "channel_id": str(shop.channel_id),
        "kind": "listing_status",
        "name": "Deep",
        "definition": {"to": "hidden", "when": when},
    }
    assert (await api.post("/v1/rules", json=body)).status_code == 422


async def test_warnings_are_told_and_do_not_stop(api: httpx.AsyncClient, shop: Shop) -> None:
    matches = [
        {"match": "contains", "text": "ship", "policy": "A"},
        {"match": "exact", "text": "Shipping by sea", "policy": "B"},
    ]
    rule = await add_rule(api, shop, "shipping_mapping", {"matches": matches})
    assert [problem["code"] for problem in rule["problems"]] == ["unreachable_match"]
    rule = await add_rule(api, shop, "quantity", {"recent_sales_minutes": 90})
    assert [problem["code"] for problem in rule["problems"]] == ["without_effect"]
    both = {"recent_sales_minutes": 90, "subtract_recent_sales": True}
    assert (await add_rule(api, shop, "quantity", both))["problems"] == []


async def test_rules_change_and_keep_what_is_not_given(api: httpx.AsyncClient, shop: Shop) -> None:
    rule = await add_rule(api, shop, "pricing", MARKUP)
    address = f"/v1/rules/{rule['id']}"
    changed = (
        await api.put(address, json={"name": "Other", "enabled": False, "version": 1})
    ).json()
    assert (changed["name"], changed["enabled"], changed["version"]) == ("Other", False, 2)
    assert changed["definition"] == MARKUP
    same = (await api.put(address, json={"name": "Other"})).json()
    assert same["version"] == 2
    late = await api.put(address, json={"rank": 1, "version": 1})
    assert (late.status_code, late.json()["code"]) == (409, "version_conflict")
    moved = await api.put(address, json={"kind": "quantity"})
    assert (moved.status_code, moved.json()["errors"][0]["code"]) == (422, "fixed")
    bad = await api.put(address, json={"definition": {"base": {"kind": "magic"}}})
    assert bad.status_code == 422
    whole = {"kind": "pricing", "channel_id": str(shop.channel_id), "name": "Third", "rank": 5}
    assert (await api.put(address, json={**whole, "definition": MARKUP})).json()["rank"] == 5


async def test_rules_run_by_rank_and_only_when_enabled(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    last = await add_rule(api, shop, "pricing", MARKUP, name="last", rank=99)
    first = await add_rule(api, shop, "pricing", MARKUP, name="first", rank=1)
    off = await add_rule(api, shop, "pricing", MARKUP, name="off", enabled=False)
    stock = await add_rule(api, shop, "quantity", {"buffer": 1}, name="stock")
    async with resources.unit_of_work() as uow:
        rules = await active_rules(uow, shop.channel_id, RuleKind.PRICING)
        assert [rule.name for rule in rules] == ["first", "last"]
        kinds = [RuleKind.PRICING, RuleKind.QUANTITY]
        frozen = await freeze_rules(uow, shop.channel_id, kinds)
    assert [str(rule.id) for rule in thaw_rules(frozen)] == [first["id"], last["id"], stock["id"]]
    assert off["id"] not in {row["id"] for row in frozen}


async def test_hits_of_runs_add_up_and_those_of_orders_replace(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    rule = (await add_rule(api, shop, "pricing", MARKUP))["id"]
    async with resources.unit_of_work() as uow:
        (active,) = await active_rules(uow, shop.channel_id, RuleKind.PRICING)
    run, order = new_id(), new_id()
    for _ in range(2):
        async with resources.unit_of_work() as uow:
            await record_hits(
                uow,
                [
                    Hit(active.id, Subject.RUN, run, matched=3, changed=1),
                    Hit(active.id, Subject.RUN, run, matched=1),
                    Hit(active.id, Subject.ORDER, order, changed=1, detail="hold"),
                    Hit(new_id(), Subject.RUN, run),
                ],
            )
    hits = (await api.get(f"/v1/rules/{rule}/hits")).json()["data"]
    counts = {hit["subject"]: (hit["matched"], hit["changed"]) for hit in hits}
    assert counts == {"run": (8, 2), "order": (1, 1)}
    totals = (await api.get(f"/v1/rules/{rule}")).json()["hits"]
    assert (totals["matched"], totals["changed"]) == (9, 3)
    assert totals["last_at"] is not None
    await api.delete(f"/v1/rules/{rule}")
    assert await row_count(resources, "rule_hits") == 0


async def test_another_accounts_rules_are_not_there(
    api: httpx.AsyncClient, shop: Shop, resources: Resources, app: FastAPI
) -> None:
    rule = await add_rule(api, shop, "pricing", MARKUP)
    async with resources.unit_of_work() as uow:
        stranger = await ensure_account(uow, "Other Goods")
    key = await make_key(resources, stranger, Scope.ADMIN)
    async with client_for(app, key) as other:
        assert (await other.get(f"/v1/rules/{rule['id']}")).status_code == 404
        assert (await other.put(f"/v1/rules/{rule['id']}", json={})).status_code == 404
        assert (await other.delete(f"/v1/rules/{rule['id']}")).status_code == 404
        assert (await other.post(f"/v1/rules/{rule['id']}/test", json={})).status_code == 404
        assert (await other.get("/v1/rules")).json()["data"] == []
        mine = {"channel_id": str(shop.channel_id), "kind": "pricing", "name": "x"}
        assert (
            await other.post("/v1/rules", json={**mine, "definition": MARKUP})
        ).status_code == 404
    assert (await api.get(f"/v1/rules/{uuid4()}")).status_code == 404


async def test_a_reader_may_look_and_try_but_not_change(
    shop: Shop, api: httpx.AsyncClient, resources: Resources, app: FastAPI
) -> None:
    rule = await add_rule(api, shop, "pricing", MARKUP)
    key = await make_key(resources, shop.account_id, Scope.READ)
    async with client_for(app, key) as reader:
        assert (await reader.get("/v1/rules")).status_code == 200
        assert (await reader.post(f"/v1/rules/{rule['id']}/test", json={})).status_code == 200
        assert (await reader.put(f"/v1/rules/{rule['id']}", json={})).status_code == 403
        assert (await reader.delete(f"/v1/rules/{rule['id']}")).status_code == 403
