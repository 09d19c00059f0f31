"""Products as a file, with a report for every row."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.conftest import row_count

HEADER = (
    "sku,parent_sku,title,categories,images,price,cost,quantity,option:Color,custom_field:Material"
)


async def upload(api: httpx.AsyncClient, *rows: str, header: str = HEADER) -> dict[str, Any]:
    answer = await api.post(
        "/v1/products/csv",
        content="\r\n".join([header, *rows]).encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def product(api: httpx.AsyncClient, sku: str) -> dict[str, Any]:
    (found,) = (await api.get("/v1/products", params={"sku": sku})).json()["data"]
    row: dict[str, Any] = found
    return row


async def test_products_and_variants_come_in_rows(api: httpx.AsyncClient) -> None:
    report = await upload(
        api,
        "TOY,,Toy,Toys > Wood | Gifts,https://i.example/1.jpg|https://i.example/2.jpg,20,10,,,Wood",
        "TOY-B,TOY,,,,21,,5,Blue,",
        "TOY-R,TOY,,,,,,7,Red,",
        "CUP,,Cup,,,3,,9,,",
    )
    assert (report["created"], report["failed"]) == (4, 0)
    toy = await product(api, "TOY")
    assert toy["categories"] == [["Toys", "Wood"], ["Gifts"]]
    assert toy["images"] == ["https://i.example/1.jpg", "https://i.example/2.jpg"]
    assert toy["custom_fields"] == [{"name": "Material", "value": "Wood"}]
    assert [(row["sku"], row["price"], row["quantity"]) for row in toy["variants"]] == [
        ("TOY-B", "21.00", 5),
        ("TOY-R", None, 7),
    ]
    assert toy["variants"][0]["options"] == {"Color": "Blue"}
    again = await upload(api, "CUP,,,,,,,,,", "TOY-R,TOY,,,,22,,,,")
    assert [row["outcome"] for row in again["rows"]] == ["unchanged", "updated"]
    assert (await product(api, "CUP"))["title"] == "Cup", "a blank cell leaves the value alone"


async def test_every_row_is_reported_by_its_line(api: httpx.AsyncClient) -> None:
    report = await upload(
        api,
        "GOOD,,Good,,,1.50,,,,",
        "",
        "BAD,,Bad,,,cheap,,,,",
        "LOST,NOWHERE,,,,,,,,",
        "GOOD,,Twice,,,,,,,",
        ",,No SKU,,,,,,,",
        "SHORT,,",
        "CHILD,BAD,,,,,,,,",
    )
    found = [(row["row"], row["sku"], row["outcome"], row["code"]) for row in report["rows"]]
    assert found == [
        (2, "GOOD", "created", None),
        (4, "BAD", "failed", "decimal_parsing"),
        (5, "LOST", "failed", "unknown_parent"),
        (6, "GOOD", "failed", "duplicate_sku"),
        (7, None, "failed", "missing"),
        (8, None, "failed", "wrong_columns"),
        (9, "CHILD", "failed", "unknown_parent"),
    ]
    assert (report["created"], report["failed"]) == (1, 6)
    assert "price" in report["rows"][1]["message"]


async def test_a_variant_may_join_a_product_that_exists(api: httpx.AsyncClient) -> None:
    await upload(api, "TOY,,Toy,,,20,,,,")
    report = await upload(api, "TOY-B,toy,,,,,,3,Blue,")
    assert [row["outcome"] for row in report["rows"]] == ["updated"]
    assert len((await product(api, "TOY"))["variants"]) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"title\nToy", "wrong_columns"),
        (b"sku,colour\nTOY,red", "wrong_columns"),
        (b"sku,sku\nTOY,TOY", "wrong_columns"),
        (b"sku\n\xff", "not_utf8"),
        (b'sku,title\nTOY,"a"b', "malformed"),
        (b"", "wrong_columns"),
    ],
)
async def test_a_file_that_is_no_product_file_is_refused(
    api: httpx.AsyncClient, resources: Any, content: bytes, code: str
) -> None:
    answer = await api.post(
        "/v1/products/csv", content=content, headers={"Content-Type": "text/csv"}
    )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    assert await row_count(resources, "products") == 0


async def test_forms_and_spreadsheets_are_taken(api: httpx.AsyncClient) -> None:
    content = "\ufeffsku;title;price\nTOY;Toy; 5.50 ".encode()
    answer = await api.post("/v1/products/csv", files={"file": ("p.csv", content, "text/csv")})
    assert answer.json()["created"] == 1, answer.text
    assert (await product(api, "TOY"))["price"] == "5.50"
    wrong = await api.post("/v1/products/csv", json={})
    assert (wrong.status_code, wrong.json()["code"]) == (415, "unsupported_media_type")


async def test_the_offered_file_is_taken_back(api: httpx.AsyncClient) -> None:
    offered = await api.get("/v1/products/csv")
    assert offered.headers["content-type"].startswith("text/csv")
    header = offered.text.strip()
    columns = header.split(",")
    row = ["TOY" if name == "sku" else "physical" if name == "type" else "" for name in columns]
    report = await upload(api, ",".join(row), header=header)
    assert report["created"] == 1
