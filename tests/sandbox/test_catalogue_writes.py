"""Creating and changing products, variants, stock and categories."""

from typing import Any

import pytest

from tests.sandbox.conftest import SMALL, Store, products

TEE: dict[str, Any] = {
    "name": "Harbour Tee",
    "type": "physical",
    "weight": 0.4,
    "price": 19.9,
    "sku": "TEE",
    "brand_name": "New Brand",
    "inventory_tracking": "variant",
    "is_visible": True,
    "images": [{"image_url": "https://cdn.test/t.jpg", "is_thumbnail": True}],
    "custom_fields": [{"name": "Material", "value": "Cotton"}],
    "variants": [
        {
            "sku": "TEE-S",
            "price": 21,
            "inventory_level": 4,
            "option_values": [{"option_display_name": "Size", "label": "S"}],
        },
        {"sku": "TEE-M", "option_values": [{"option_display_name": "Size", "label": "M"}]},
    ],
}


async def created(store: Store, **changes: object) -> dict[str, Any]:
    """Create a product that must be accepted."""
    answer = await store.api.post("v3/catalog/products", json={**TEE, **changes})
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


async def test_one_call_creates_everything_inline(store: Store) -> None:
    made = await created(store)
    assert made["base_variant_id"] is None
    assert made["inventory_level"] == 4
    assert [row["calculated_price"] for row in made["variants"]] == [21, 19.9]
    assert made["options"][0]["display_name"] == "Size"
    assert "cdn.test" not in made["images"][0]["url_standard"]
    brand = (await store.api.get(f"v3/catalog/brands/{made['brand_id']}")).json()["data"]
    assert brand["name"] == "New Brand"
    again = await created(
        store, name="Other", sku="", variants=[], brand_name="NEW BRAND", custom_fields=[]
    )
    assert again["brand_id"] == made["brand_id"]
    assert again["base_variant_id"] == again["variants"][0]["id"]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"name": None}, 422, "name"),
        ({"weight": None}, 422, "weight"),
        ({"price": "19.90"}, 422, "price"),
        ({"price": -1}, 422, "price"),
        ({"name": "x" * 251}, 422, "name"),
        ({"upc": ""}, 422, "upc"),
        ({"condition": "new"}, 422, "condition"),
        ({"categories": [999_999]}, 409, "categories"),
        ({"brand_id": 999_999}, 409, "brand_id"),
        ({"custom_fields": [{"name": "A", "value": ""}]}, 422, "custom_fields.0.value"),
        ({"custom_fields": [{"name": "A", "value": "b"}] * 2}, 409, "custom_fields"),
        ({"images": [{"image_url": "ftp://cdn.test/x.jpg"}]}, 422, "image_url"),
        ({"variants": [{"sku": "A"}]}, 422, "variants.0"),
        ({"variants": [*TEE["variants"], TEE["variants"][0]]}, 422, "variants.2"),
    ],
)
async def test_wrong_products_are_refused(
    store: Store, change: dict[str, object], status: int, field: str
) -> None:
    answer = await store.api.post("v3/catalog/products", json={**TEE, **change})
    assert answer.status_code == status, answer.text
    assert field in answer.json()["errors"]


async def test_names_and_skus_are_unique_ignoring_case(store: Store) -> None:
    await created(store)
    name = await store.api.post(
        "v3/catalog/products", json={**TEE, "name": "HARBOUR TEE", "sku": "Z", "variants": []}
    )
    assert (name.status_code, name.json()["title"]) == (409, "The product name is a duplicate")
    for body in ({"sku": "tee-s", "variants": []}, {"sku": "Z"}):
        sku = await store.api.post("v3/catalog/products", json={**TEE, "name": "B", **body})
        assert (sku.status_code, sku.json()["title"]) == (409, "The product sku is a duplicate")


async def test_one_bad_image_fails_the_whole_create(store: Store) -> None:
    rule = {"effect": "image_unavailable", "path": r"cdn\.test/t", "count": 1}
    await store.web.post("/sandbox/faults", json=rule)
    answer = await store.api.post("v3/catalog/products", json=TEE)
    assert answer.status_code == 422
    assert answer.json()["errors"]["image_url"] == "The field 'image_url' is invalid."
    await created(store)


async def test_a_product_can_be_saved_in_part(store: Store) -> None:
    await store.web.post("/sandbox/faults", json={"effect": "saved_partly", "count": 1})
    answer = await store.api.post("v3/catalog/products", json=TEE)
    assert answer.status_code == 207
    assert answer.json()["errors"]
    assert answer.json()["data"]["inventory_level"] == 0


async def test_updates_are_partial_and_arrays_behave_as_documented(store: Store) -> None:
    made = await created(store)
    (category,) = (await store.api.get("v3/catalog/trees/categories?name=Mugs")).json()["data"]
    field = {**made["custom_fields"][0], "value": "Wool"}
    body = {
        "price": 25,
        "categories": [category["category_id"]],
        "custom_fields": [field, {"name": "Origin", "value": "Portugal"}],
    }
    answer = await store.api.put(f"v3/catalog/products/{made['id']}", json=body)
    changed = answer.json()["data"]
    assert changed["name"] == TEE["name"]
    assert changed["categories"] == [category["category_id"]]
    assert [row["value"] for row in changed["custom_fields"]] == ["Wool", "Portugal"]
    assert [row["calculated_price"] for row in changed["variants"]] == [21, 25]


async def test_negative_stock_saves_the_product_and_not_the_stock(store: Store) -> None:
    simple = products(store, "product", options=False)[0]
    before = simple.fields["inventory_level"]
    body = {"price": 3, "inventory_level": -1}
    answer = await store.api.put(f"v3/catalog/products/{simple.id}", json=body)
    assert answer.status_code == 207
    read = answer.json()["data"]
    assert (read["price"], read["inventory_level"]) == (3, before)


async def test_batches_of_products_are_small_and_all_or_nothing(store: Store) -> None:
    path = "v3/catalog/products"
    rows = [{"id": 101 + number, "price": 1} for number in range(11)]
    assert (await store.api.put(path, json=rows)).status_code == 413
    assert (await store.api.put(path, json=rows[:10])).status_code == 200
    bad = [{"id": 101, "price": 2}, {"id": 999_999, "price": 2}]
    assert (await store.api.put(path, json=bad)).status_code == 404
    assert (await store.api.put(path, json=[{"price": 2}])).status_code == 422
    twins = [{"id": 101, "name": "Same"}, {"id": 102, "name": "same"}]
    assert (await store.api.put(path, json=twins)).status_code == 409
    assert store.sandbox.store.products[101].fields["price"] == 1


async def test_products_are_deleted_by_id_and_by_filter(store: Store) -> None:
    assert (await store.api.delete("v3/catalog/products")).status_code == 422
    assert (await store.api.delete("v3/catalog/products?id:in=101,102")).status_code == 204
    assert (await store.api.delete("v3/catalog/products/103")).status_code == 204
    left = (await store.api.get("v3/catalog/products?id:max=104")).json()["data"]
    assert [row["id"] for row in left] == [104]


async def test_variant_batches_write_prices_and_null_inherits_again(store: Store) -> None:
    made = await created(store)
    small, medium = made["variants"]
    rows = [{"id": small["id"], "price": None}, {"id": medium["id"], "price": 30}]
    answer = await store.api.put("v3/catalog/variants", json=rows)
    assert answer.status_code == 200
    assert [row["calculated_price"] for row in answer.json()["data"]] == [19.9, 30]
    ignored = await store.api.put(
        "v3/catalog/variants", json=[{"id": small["id"], "sku": "CHANGED"}]
    )
    assert ignored.json()["data"][0]["sku"] == "TEE-S"


async def test_variant_batches_are_limited_and_name_the_bad_ones(store: Store) -> None:
    made = await created(store)
    rows = [{"id": made["variants"][0]["id"], "price": 1}] * 51
    large = await store.api.put("v3/catalog/variants", json=rows)
    assert large.status_code == 413
    assert large.json()["title"] == "maximum items allowed in the array is 50"
    bad = [{"id": 999_999, "price": 1}, {"id": made["variants"][0]["id"], "price": "1"}]
    answer = await store.api.put("v3/catalog/variants", json=bad)
    assert answer.status_code == 422
    errors = answer.json()["batch_errors"]
    assert [row["status"] for row in errors] == [404, 422]


async def test_a_size_is_added_as_a_value_and_then_a_variant(store: Store) -> None:
    made = await created(store)
    base = f"v3/catalog/products/{made['id']}"
    option = made["options"][0]
    value = await store.api.post(f"{base}/options/{option['id']}/values", json={"label": "L"})
    entry = {"id": value.json()["data"]["id"], "option_id": option["id"]}
    body = {"sku": "TEE-L", "option_values": [entry]}
    assert (await store.api.post(f"{base}/variants", json=body)).status_code == 200
    again = await store.api.post(f"{base}/variants", json={**body, "sku": "TEE-L2"})
    assert (again.status_code, again.json()["code"]) == (409, 22010)
    unknown = {"sku": "TEE-X", "option_values": [{"id": 1, "option_id": option["id"]}]}
    assert (await store.api.post(f"{base}/variants", json=unknown)).status_code == 422


async def test_a_value_that_no_variant_uses_can_be_deleted(store: Store) -> None:
    made = await created(store)
    option = made["options"][0]
    values = f"v3/catalog/products/{made['id']}/options/{option['id']}/values"
    used = option["option_values"][0]["id"]
    assert (await store.api.delete(f"{values}/{used}")).status_code == 422
    free = (await store.api.post(values, json={"label": "L"})).json()["data"]["id"]
    assert (await store.api.delete(f"{values}/{free}")).status_code == 204
    left = (await store.api.get(values)).json()["data"]
    assert [row["id"] for row in left] == [row["id"] for row in option["option_values"]]
    assert (await store.api.delete(f"{values}/{free}")).status_code == 404


async def test_single_variants_change_sku_picture_and_go(store: Store) -> None:
    made = await created(store)
    path = f"v3/catalog/products/{made['id']}/variants/{made['variants'][0]['id']}"
    changed = await store.api.put(path, json={"sku": "TEE-XS", "mpn": "M1"})
    assert changed.json()["data"]["sku"] == "TEE-XS"
    taken = await store.api.put(path, json={"sku": "tee-m"})
    assert taken.status_code == 409
    picture = await store.api.post(f"{path}/image", json={"image_url": "https://cdn.test/v.jpg"})
    assert picture.json()["data"]["image_url"].startswith("http://store.test/")
    assert (await store.api.delete(path)).status_code == 204


async def test_simple_products_grow_options(store: Store) -> None:
    made = await created(store, name="Plain", sku="PLAIN", variants=[])
    base = f"v3/catalog/products/{made['id']}"
    option = {"display_name": "Color", "type": "swatch", "option_values": [{"label": "Red"}]}
    answer = (await store.api.post(f"{base}/options", json=option)).json()["data"]
    entry = {"id": answer["option_values"][0]["id"], "option_id": answer["id"]}
    await store.api.post(f"{base}/variants", json={"sku": "PLAIN-R", "option_values": [entry]})
    read = (await store.api.get(f"{base}?include=variants")).json()["data"]
    assert read["base_variant_id"] is None
    assert [row["sku"] for row in read["variants"]] == ["PLAIN-R"]


async def test_images_and_custom_fields_are_written_one_by_one(store: Store) -> None:
    made = await created(store)
    base = f"v3/catalog/products/{made['id']}"
    long = {"image_url": "https://cdn.test/" + "x" * 255}
    assert (await store.api.post(f"{base}/images", json=long)).status_code == 422
    body = {"image_url": "https://cdn.test/2.jpg", "is_thumbnail": True, "description": "Back"}
    image = (await store.api.post(f"{base}/images", json=body)).json()["data"]
    images = (await store.api.get(f"{base}/images")).json()["data"]
    assert [row["is_thumbnail"] for row in images] == [False, True]
    await store.api.put(f"{base}/images/{image['id']}", json={"description": "Rear"})
    await store.api.delete(f"{base}/images/{images[0]['id']}")
    assert len((await store.api.get(f"{base}/images")).json()["data"]) == 1
    twin = {"name": "Material", "value": "Cotton"}
    assert (await store.api.post(f"{base}/custom-fields", json=twin)).status_code == 409
    field = made["custom_fields"][0]["id"]
    assert (await store.api.delete(f"{base}/custom-fields/{field}")).status_code == 204


async def test_metafields_belong_to_their_client_and_batches_fail_in_part(store: Store) -> None:
    row = {"permission_set": "app_only", "namespace": "q", "key": "asin", "value": "B0"}
    single = await store.api.post("v3/catalog/products/101/metafields", json=row)
    assert single.json()["data"]["owner_client_id"] == SMALL.account_client_id()
    batch = [{**row, "resource_id": 102}, {**row, "resource_id": 999_999}]
    answer = await store.api.post("v3/catalog/products/metafields", json=batch)
    assert answer.status_code == 422
    assert answer.json()["meta"] == {"total": 2, "success": 1, "failed": 1}
    path = f"v3/catalog/products/101/metafields/{single.json()['data']['id']}"
    changed = await store.api.put(path, json={"value": "B1"})
    assert changed.json()["data"]["value"] == "B1"
    assert (await store.api.delete(path)).status_code == 204
    assert (await store.api.get("v3/catalog/products/101/metafields")).json()["data"] == []


async def test_categories_are_created_in_arrays_and_one_by_one(store: Store) -> None:
    path = "v3/catalog/trees/categories"
    made = await store.api.post(path, json=[{"name": "New", "tree_id": 1}])
    assert made.status_code == 201
    parent = made.json()["data"][0]["category_id"]
    rows = [{"name": "Child", "parent_id": parent}, {"name": "child", "parent_id": parent}]
    partly = await store.api.post(path, json=rows)
    assert (partly.status_code, partly.json()["meta"]["failed"]) == (207, 1)
    assert (await store.api.post(path, json=[{"name": "x"}])).status_code == 422
    legacy = await store.api.post("v3/catalog/categories", json={"name": "Old", "parent_id": 0})
    assert legacy.json()["data"]["id"] > parent
    assign = [{"product_id": 101, "category_id": parent}]
    answer = await store.api.put("v3/catalog/products/category-assignments", json=assign)
    assert answer.status_code == 204
    assert parent in store.sandbox.store.products[101].fields["categories"]
    assert (await store.api.post("v3/catalog/brands", json={"name": "acme"})).status_code == 409


async def test_channel_assignments_are_put_and_deleted(store: Store) -> None:
    path = "v3/catalog/products/channel-assignments"
    assert (await store.api.delete(f"{path}?product_id:in=101")).status_code == 204
    assert (await store.api.get(f"{path}?product_id:in=101")).json()["data"] == []
    row = [{"product_id": 101, "channel_id": 1}]
    assert (await store.api.put(path, json=row)).status_code == 204
    assert (
        await store.api.put(path, json=[{"product_id": 101, "channel_id": 9}])
    ).status_code == 422
