"""Mapping sets over HTTP, as JSON and as CSV."""

from __future__ import annotations

import asyncio
import csv
import io
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.accounts.service import Principal, Scope, ensure_account
from app.core.resources import Resources
from app.templates.schemas import TemplateRequest
from app.templates.service import create_template
from app.templates.set_service import delete_set
from tests.conftest import client_for, make_key
from tests.templates.conftest import Json, attach, created, import_body, new_channel

SETS = "/v1/mapping-sets"
CSV = {"Content-Type": "text/csv"}


def entries(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    """Entries as JSON."""
    return [{"from": source, "to": target} for source, target in pairs]


async def brands(api: httpx.AsyncClient, name: str = "Brands", **extra: str) -> Json:
    """Create a set."""
    pairs = extra or {"ACM": "Acme"}
    return await created(api, SETS, {"name": name, "entries": entries(*pairs.items())})


def by_set(set_id: str) -> Json:
    """A mapping that looks the brand up."""
    return {
        "kind": "mapping_set",
        "source": "bigcommerce_product.brand",
        "mapping_set_id": set_id,
    }


async def test_set_comes_back_as_it_was_sent(api: httpx.AsyncClient) -> None:
    made = await created(
        api, SETS, {"name": "States", "entries": entries(("NY", "New York"), ("", "none"))}
    )

    assert made["entries"] == entries(("NY", "New York"), ("", "none"))
    assert (made["version"], made["entry_count"]) == (1, 2)
    assert (await api.get(f"{SETS}/{made['id']}")).json() == made
    assert (await api.get(SETS)).json() == {"data": [made], "next_cursor": None}


async def test_numbers_are_taken_as_text(api: httpx.AsyncClient) -> None:
    body = {"name": "Numbers", "entries": [{"from": 11, "to": 5}]}

    assert (await created(api, SETS, body))["entries"] == entries(("11", "5"))


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ([{"from": "a"}], "entries.0.to"),
        ([{"from": "a", "to": None}], "entries.0.to"),
        ([{"from": "a", "to": "b", "by": "c"}], "entries.0.by"),
        ([{"from": "a" * 1001, "to": "b"}], "entries.0.from"),
        ("a,b", "entries"),
    ],
)
async def test_bad_entries_are_refused_by_place(
    api: httpx.AsyncClient, content: object, field: str
) -> None:
    answer = await api.post(SETS, json={"name": "Bad", "entries": content})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_set_takes_fifty_thousand_entries_and_no_more(api: httpx.AsyncClient) -> None:
    body = {"name": "Large", "entries": entries(*((str(n), f"to {n}") for n in range(50_000)))}

    made = await created(api, SETS, body)
    listed = (await api.get(SETS)).json()["data"][0]
    too_many = {**body, "name": "Larger", "entries": [*body["entries"], {"from": "x", "to": "y"}]}

    assert made["entry_count"] == len(made["entries"]) == 50_000
    assert (listed["entry_count"], listed["entries"]) == (50_000, None)
    assert (await api.post(SETS, json=too_many)).status_code == 422


async def test_names_are_unique_whatever_the_case(api: httpx.AsyncClient) -> None:
    await brands(api)
    other = await brands(api, "Others")

    again = await api.post(SETS, json={"name": "BRANDS", "entries": []})
    renamed = await api.put(f"{SETS}/{other['id']}", json={"name": "brands", "entries": []})

    assert {again.json()["code"], renamed.json()["code"]} == {"name_taken"}


async def test_change_counts_versions_of_the_entries(api: httpx.AsyncClient) -> None:
    made = await brands(api)
    path = f"{SETS}/{made['id']}"

    renamed = (await api.put(path, json={"name": "Makers", "entries": made["entries"]})).json()
    changed = (await api.put(path, json={"name": "Makers", "entries": []})).json()
    trail = (await api.get(f"/v1/audit-events?entity=mapping_set&entity_id={made['id']}")).json()

    assert (renamed["name"], renamed["version"]) == ("Makers", 1)
    assert (changed["entries"], changed["entry_count"], changed["version"]) == ([], 0, 2)
    assert [event["action"] for event in trail["data"]] == ["update", "update", "create"]


async def test_set_in_use_cannot_be_deleted(api: httpx.AsyncClient) -> None:
    made = await brands(api)
    template = await created(api, "/v1/templates", import_body(listing__brand=by_set(made["id"])))

    refused = await api.delete(f"{SETS}/{made['id']}")
    await api.put(f"/v1/templates/{template['id']}", json=import_body())
    allowed = await api.delete(f"{SETS}/{made['id']}")

    assert (refused.status_code, refused.json()["code"]) == (409, "mapping_set_in_use")
    assert refused.json()["in_use_by"] == [{"template_id": template["id"], "name": "Toys"}]
    assert allowed.status_code == 204
    assert (await api.get(f"{SETS}/{made['id']}")).status_code == 404


async def test_set_inside_rules_and_steps_counts_as_used(api: httpx.AsyncClient) -> None:
    one, two = await brands(api, "One"), await brands(api, "Two")
    rules: Json = {
        "kind": "rules",
        "rules": [
            {
                "when": {"field": "bigcommerce_product.brand", "op": "exists"},
                "then": by_set(one["id"]),
            }
        ],
        "otherwise": {
            "kind": "field",
            "source": "bigcommerce_product.name",
            "steps": [{"do": "lookup", "mapping_set_id": two["id"]}],
        },
    }
    await created(api, "/v1/templates", import_body(listing__brand=rules))

    for made in (one, two):
        assert (await api.delete(f"{SETS}/{made['id']}")).status_code == 409


async def test_template_cannot_use_another_accounts_set(
    api: httpx.AsyncClient, app: FastAPI, resources: Resources
) -> None:
    made = await brands(api)
    async with resources.unit_of_work() as uow:
        other = await ensure_account(uow, "Somebody Else")
    body = import_body(listing__brand=by_set(made["id"]))

    async with client_for(app, await make_key(resources, other, Scope.ADMIN)) as stranger:
        found = (await stranger.post("/v1/templates/lint", json=body)).json()["problems"]
        await created(stranger, "/v1/templates", body)
        for answer in (
            await stranger.get(f"{SETS}/{made['id']}"),
            await stranger.put(f"{SETS}/{made['id']}", json={"name": "x", "entries": []}),
            await stranger.post(f"{SETS}/{made['id']}/csv", content="from,to\n", headers=CSV),
            await stranger.delete(f"{SETS}/{made['id']}"),
        ):
            assert answer.status_code == 404

    assert [item["field"] for item in found] == ["listing.brand"]
    assert (await api.delete(f"{SETS}/{made['id']}")).status_code == 204


async def test_set_cannot_be_emptied_under_an_attached_template(api: httpx.AsyncClient) -> None:
    made = await brands(api)
    template = await created(api, "/v1/templates", import_body(listing__brand=by_set(made["id"])))
    await attach(api, await new_channel(api), "import_listings", template["id"])
    path = f"{SETS}/{made['id']}"

    by_json = await api.put(path, json={"name": "Brands", "entries": []})
    by_file = await api.post(f"{path}/csv", content="from,to\n", headers=CSV)

    for answer in (by_json, by_file):
        assert (answer.status_code, answer.json()["code"]) == (422, "template_has_errors")
    assert (await api.get(path)).json() == made


@pytest.mark.parametrize("round_number", range(4))
async def test_using_and_deleting_a_set_at_once_ends_in_order(
    api: httpx.AsyncClient, resources: Resources, account_id: UUID, round_number: int
) -> None:
    made = await brands(api)
    caller = Principal(account_id, Scope.ADMIN, "key:test")
    body = TemplateRequest.model_validate(import_body(listing__brand=by_set(made["id"])))

    async def use() -> None:
        async with resources.unit_of_work() as uow:
            await create_template(uow, caller, body)

    async def delete() -> None:
        async with resources.unit_of_work() as uow:
            await delete_set(uow, caller, UUID(made["id"]))

    used, deleted = await asyncio.gather(use(), delete(), return_exceptions=True)

    assert used is None
    assert type(deleted).__name__ in {"NoneType", "MappingSetInUse"}


async def test_file_is_read_and_written_back_unchanged(api: httpx.AsyncClient) -> None:
    made = await brands(api)
    path = f"{SETS}/{made['id']}"
    rows = [("a,b", 'said "hi"'), ("two\nlines", "é;\t "), (" edge ", "=1+1"), ("", "")]
    out = io.StringIO()
    csv.writer(out).writerows([("from", "to"), *rows])

    uploaded = (await api.post(f"{path}/csv", content=out.getvalue().encode(), headers=CSV)).json()
    by_path = await api.get(f"{path}/csv")
    by_accept = await api.get(path, headers={"Accept": "text/csv"})
    again = await api.post(f"{path}/csv", content=by_path.content, headers=CSV)

    assert uploaded["entries"] == entries(*rows)
    assert uploaded["version"] == 2
    assert by_path.headers["content-type"].startswith("text/csv")
    assert by_path.content == by_accept.content
    assert again.json()["version"] == 2


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbffrom,to\r\na,1\r\n\r\nb,2\r\n",
        b"From;To\na;1\nb;2\n",
        b"from\tto\na\t1\nb\t2",
        b'"from","to"\n"a","1"\n"b","2"\n',
    ],
)
async def test_files_as_spreadsheets_write_them_are_read(
    api: httpx.AsyncClient, content: bytes
) -> None:
    made = await brands(api)

    answer = await api.post(f"{SETS}/{made['id']}/csv", content=content, headers=CSV)

    assert answer.json()["entries"] == entries(("a", "1"), ("b", "2"))


async def test_file_may_come_in_a_form(api: httpx.AsyncClient) -> None:
    made = await brands(api)
    path = f"{SETS}/{made['id']}/csv"

    answer = await api.post(
        path,
        files={"file": ("sets.csv", b"from,to\na,1\n", "text/csv")},
        headers={"Idempotency-Key": "upload"},
    )

    assert answer.json()["entries"] == entries(("a", "1"))
    assert (await api.post(path, files={"other": b"x"})).status_code == 415
    assert (await api.post(path, json={"from": "a"})).status_code == 415


async def test_file_may_be_added_to_what_is_there(api: httpx.AsyncClient) -> None:
    made = await brands(api, a="1", b="2")

    answer = await api.post(
        f"{SETS}/{made['id']}/csv?mode=add", content="from,to\nb,two\nc,3\n", headers=CSV
    )

    assert answer.json()["entries"] == entries(("a", "1"), ("b", "two"), ("c", "3"))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", [("row 1", "wrong_columns")]),
        (b"a,b\nc,d\n", [("row 1", "wrong_columns")]),
        (b"from,to,why\na,b,c\n", [("row 1", "wrong_columns")]),
        (b"from,to\na,1\nb\nc,2,3\n", [("row 3", "wrong_columns"), ("row 4", "wrong_columns")]),
        (b"from,to\na,1\n\na,2\n", [("row 4", "duplicate")]),
        (b'from,to\na,"1\n2"\na,3\n', [("row 4", "duplicate")]),
        (b'from,to\n"a"b,1\n', [("row 2", "malformed")]),
        (b'from,to\na,"1\n', [("row 2", "malformed")]),
        (b"from,to\na,1\n\xff,2\n", [("row 3", "not_utf8")]),
        (b"from,to\n" + b"a" * 1001 + b",1\n", [("row 2", "too_long")]),
        (b"from,to\na," + b"1" * 140_000 + b"\n", [("row 2", "malformed")]),
    ],
)
async def test_bad_rows_are_named_and_nothing_changes(
    api: httpx.AsyncClient, content: bytes, found: list[tuple[str, str]]
) -> None:
    made = await brands(api)
    path = f"{SETS}/{made['id']}"

    answer = await api.post(f"{path}/csv", content=content, headers=CSV)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "csv_rejected")
    assert [(item["field"], item["code"]) for item in problem["errors"]] == found
    assert (await api.get(path)).json() == made


async def test_file_of_too_many_rows_is_refused(api: httpx.AsyncClient) -> None:
    made = await brands(api)
    content = "from,to\n" + "".join(f"{n},x\n" for n in range(50_001))

    answer = await api.post(f"{SETS}/{made['id']}/csv", content=content, headers=CSV)

    assert [item["code"] for item in answer.json()["errors"]] == ["too_many"]
