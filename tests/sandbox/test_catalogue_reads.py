"""Reading the catalogue: filters, includes, pages, stock and settings."""

import pytest

from tests.sandbox.conftest import Store


async def get(store: Store, path: str) -> dict[str, object]:
    """A v3 answer that must be 200."""
    answer = await store.api.get(f"v3/{path}")
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.json()
    return body


async def rows(store: Store, path: str) -> list[dict[str, object]]:
    """The data of a v3 list."""
    found = (await get(store, path))["data"]
    assert isinstance(found, list)
    return found


async def test_pages_of_products_add_up_and_link_to_each_other(store: Store) -> None:
    seen: list[object] = []
    page = 1
    while True:
        body = await get(store, f"catalog/products?limit=40&page={page}&include=images")
        seen.extend(row["id"] for row in body["data"])  # type: ignore[attr-defined]
        pagination = body["meta"]["pagination"]  # type: ignore[index]
        assert pagination["per_page"] == 40
        if "next" not in pagination["links"]:
            break
        assert "include=images" in pagination["links"]["next"]
        page += 1
    assert seen == sorted(store.sandbox.store.products)
    assert (page, pagination["total"], pagination["total_pages"]) == (4, 150, 4)


async def test_a_page_beyond_the_end_is_empty_and_not_an_error(store: Store) -> None:
    assert await rows(store, "catalog/products?page=99") == []


@pytest.mark.parametrize("include", ["options", "modifiers", "variants,options"])
async def test_slow_includes_cut_the_page_to_ten(store: Store, include: str) -> None:
    body = await get(store, f"catalog/products?limit=250&include={include}")
    assert len(body["data"]) == 10  # type: ignore[arg-type]
    assert body["meta"]["pagination"]["per_page"] == 10  # type: ignore[index]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("id=110", [110]),
        ("id:in=110,120,999", [110, 120]),
        ("id:greater=248", [249, 250]),
        ("id:min=248", [248, 249, 250]),
        ("id:less=103", [101, 102]),
        ("id:max=103&id:not_in=102", [101, 103]),
    ],
)
async def test_products_are_found_by_id(store: Store, query: str, expected: list[int]) -> None:
    assert [row["id"] for row in await rows(store, f"catalog/products?{query}")] == expected


async def test_products_are_found_by_date_sku_and_flags(store: Store) -> None:
    products = list(store.sandbox.store.products.values())
    dates = sorted(str(row.fields["date_modified"]) for row in products)
    newest = dates[-5].replace("+00:00", "Z")
    found = await rows(store, f"catalog/products?date_modified:min={newest}")
    assert len(found) == 5
    sku = str(products[3].fields["sku"])
    assert [row["id"] for row in await rows(store, f"catalog/products?sku={sku.lower()}")] == [
        products[3].id
    ]
    hidden = await rows(store, "catalog/products?is_visible=false&limit=250")
    assert {row["is_visible"] for row in hidden} == {False}
    empty = await rows(store, "catalog/products?out_of_stock=1&limit=250")
    assert all(row["inventory_level"] == 0 for row in empty)


async def test_fields_are_chosen_and_sorted(store: Store) -> None:
    found = await rows(
        store, "catalog/products?include_fields=name,price&sort=price&direction=desc"
    )
    prices = [row["price"] for row in found]
    assert prices == sorted(prices, reverse=True)  # type: ignore[type-var]
    assert set(found[0]) == {
        "id",
        "name",
        "price",
        "gift_wrapping_options_type",
        "gift_wrapping_options_list",
    }
    dropped = await rows(store, "catalog/products?exclude_fields=description")
    assert "description" not in dropped[0]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        (
            "color=red&size=s",
            "The filter(s): color, size are not valid filter parameter(s).",
        ),
        ("id:in=x", "The filter id:in has an invalid value."),
        ("include=everything", "'everything' is not a valid include."),
        ("sort=colour", "The sort parameter 'colour' is not valid."),
        ("page=0", "The page must be a positive integer."),
    ],
)
async def test_unknown_filters_are_refused(store: Store, query: str, title: str) -> None:
    answer = await store.api.get(f"v3/catalog/products?{query}")
    assert answer.status_code == 422
    assert answer.json()["title"] == title


async def test_a_larger_limit_is_lowered(store: Store) -> None:
    body = await get(store, "catalog/variants?limit=2000")
    assert body["meta"]["pagination"]["per_page"] == 250  # type: ignore[index]


async def test_base_variants_mirror_their_product_and_options_remove_them(store: Store) -> None:
    for product in store.sandbox.store.products.values():
        base = product.fields["base_variant_id"]
        if base is None:
            assert all(row["option_values"] for row in product.variants)
        else:
            assert [row["id"] for row in product.variants] == [base]
            assert product.variants[0]["sku"] == product.fields["sku"]
            assert product.variants[0]["sku_id"] is None


async def test_variants_are_flat_and_the_sku_filter_finds_option_variants_only(
    store: Store,
) -> None:
    products = list(store.sandbox.store.products.values())
    simple = next(row for row in products if row.fields["base_variant_id"] and row.fields["sku"])
    option = next(row for row in products if row.has_options).variants[0]
    assert await rows(store, f"catalog/variants?sku={simple.fields['sku']}") == []
    assert [row["id"] for row in await rows(store, f"catalog/variants?sku={option['sku']}")] == [
        option["id"]
    ]
    of_one = await rows(store, f"catalog/variants?product_id:in={option['product_id']}&limit=250")
    assert {row["product_id"] for row in of_one} == {option["product_id"]}


async def test_the_seed_holds_every_kind_of_product(store: Store) -> None:
    products = list(store.sandbox.store.products.values())
    fields = [row.fields for row in products]
    assert {row["inventory_tracking"] for row in fields} == {"none", "product", "variant"}
    assert {row["type"] for row in fields} == {"physical", "digital"}
    assert any(row["brand_id"] == 0 for row in fields)
    assert any(row["sku"] == "" for row in fields)
    assert any(not row["is_visible"] for row in fields)
    assert any(len(row.images) > 2 for row in products)
    assert any(not row.images for row in products)
    assert any(row.custom_fields for row in products)
    assert any(len(row.variants) > 30 for row in products)
    variants = [variant for row in products for variant in row.variants]
    assert any(row["inventory_level"] < 0 for row in variants)
    assert any(row["price"] is None for row in variants)
    assert any(row["sku"] == "" and row["option_values"] for row in variants)
    paths = await rows(store, "catalog/trees/1/categories")
    assert paths[0]["children"][0]["children"][0]["children"]  # type: ignore[index]


async def test_summary_counts_what_the_lists_hold(store: Store) -> None:
    summary = (await get(store, "catalog/summary"))["data"]
    total = (await get(store, "catalog/variants"))["meta"]["pagination"]["total"]  # type: ignore[index]
    assert summary["variant_count"] == total  # type: ignore[index]


async def test_brands_and_categories_are_found_by_name(store: Store) -> None:
    assert [row["name"] for row in await rows(store, "catalog/brands?name=acme")] == ["Acme"]
    like = await rows(store, "catalog/trees/categories?name:like=tent")
    assert {row["name"] for row in like} == {"Tents", "Two-Person Tents"}
    tents = next(row for row in like if row["name"] == "Tents")
    children = await rows(
        store, f"catalog/trees/categories?parent_id:in={tents['category_id']}&tree_id:in=1"
    )
    assert [row["name"] for row in children] == ["Two-Person Tents"]
    legacy = await rows(store, f"catalog/categories?id:in={tents['category_id']}")
    assert legacy[0]["name"] == "Tents"


async def test_stock_is_read_by_sku_variant_product_and_location(store: Store) -> None:
    products = list(store.sandbox.store.products.values())
    option = next(row for row in products if row.has_options and row.variants[0]["sku"])
    variant = option.variants[0]
    (item,) = await rows(store, f"inventory/items?sku:in={variant['sku']}")
    assert item["identity"] == {
        "sku": variant["sku"],
        "variant_id": variant["id"],
        "product_id": option.id,
    }
    (place,) = item["locations"]  # type: ignore[misc]
    assert place["available_to_sell"] == variant["inventory_level"]  # type: ignore[has-type]
    of_product = await rows(store, f"inventory/items?product_id:in={option.id}&limit=1000")
    assert len(of_product) == len(option.variants)
    here = await rows(store, f"inventory/locations/1/items?variant_id:in={variant['id']}")
    assert here[0]["available_to_sell"] == variant["inventory_level"]
    assert (await store.api.get("v3/inventory/locations/7/items")).status_code == 404


async def test_units_are_spelt_in_two_ways(store: Store) -> None:
    await store.control("PATCH", "store", weight_units="Kilograms", dimension_units="Centimeters")
    body = (await store.api.get("v2/store")).json()
    assert (body["weight_units"], body["dimension_units"]) == ("Kilograms", "Centimeters")
    units = (await get(store, "settings/store/units-of-measurement"))["data"]
    assert units["weight_measurement"] == "KGS"  # type: ignore[index]


async def test_states_are_listed_per_country(store: Store) -> None:
    (country,) = (await store.api.get("v2/countries?country_iso2=US")).json()
    states = (await store.api.get(f"v2/countries/{country['id']}/states?limit=250")).json()
    texas = next(row for row in states if row["state"] == "Texas")
    assert (texas["state_abbreviation"], texas["country_id"]) == ("TX", country["id"])
    (germany,) = (await store.api.get("v2/countries?country_iso2=DE")).json()
    assert (await store.api.get(f"v2/countries/{germany['id']}/states")).status_code == 204
