"""The fields that the product promises, by the names under which users know them."""

from __future__ import annotations

ADDRESS = [
    *("city", "company", "country", "country_iso_2", "email", "first_name", "last_name", "phone"),
    *("state", "state_code", "street_address_1", "street_address_2", "zip"),
]
LINE = [
    *("base_cost_price", "base_price", "base_total", "base_wrapping_cost", "bin_picking_number"),
    *("brand", "cost_price_ex_tax", "cost_price_inc_tax", "cost_price_tax", "fixed_shipping_cost"),
    *("fulfillment_source", "id", "name", "price_ex_tax", "price_inc_tax", "price_tax", "quantity"),
    *("quantity_refunded", "quantity_shipped", "refund_amount", "sku", "total_ex_tax"),
    *("total_inc_tax", "total_tax", "type", "upc", "weight", "wrapping_cost_ex_tax"),
    *("wrapping_cost_inc_tax", "wrapping_cost_tax", "wrapping_message", "wrapping_name"),
]
ORDER = [
    *("base_handling_cost", "base_shipping_cost", "base_wrapping_cost", "coupon_discount"),
    *("currency_code", "currency_exchange_rate", "custom_status", "customer_locale"),
    *("customer_message", "date_created", "date_modified", "date_shipped"),
    *("default_currency_code", "discount_amount", "ebay_order_id", "external_source"),
    *("geo_ip_country", "geo_ip_country_iso2", "gift_card_amount", "gift_certificate_amount"),
    *("handling_cost_ex_tax", "handling_cost_inc_tax", "handling_cost_tax", "items_total"),
    *("order_id", "order_source", "payment_method", "payment_status", "refunded_amount"),
    *("shipping_address_count", "shipping_cost_ex_tax", "shipping_cost_inc_tax"),
    *("shipping_cost_tax", "staff_notes", "status", "store_credit_amount"),
    *("store_default_currency_code", "exchange_rate", "subtotal_ex_tax", "subtotal_inc_tax"),
    *("subtotal_tax", "total_ex_tax", "total_inc_tax", "total_tax", "wrapping_cost_ex_tax"),
    *("wrapping_cost_inc_tax", "wrapping_cost_tax"),
]
# Three order fields are named otherwise on the left side of the table.
RENAMED = {
    "handling_cost_inc_tax": "handling_cost_including_tax",
    "shipping_cost_inc_tax": "shipping_cost_including_tax",
    "subtotal_inc_tax": "subtotal_including_tax",
    "exchange_rate": "store_default_to_transactional_exchange_rate",
}
ORDER_TARGETS = [
    *(f"billing_address.{name}" for name in ADDRESS),
    *(f"shipping_address.{name}" for name in [*ADDRESS, "shipping_method"]),
    *(f"line_item.{name}" for name in LINE),
    *(f"order.{name}" for name in ORDER),
]
ORDER_SOURCES = [
    *(f"bigcommerce_billing_address.{name}" for name in ADDRESS),
    *(f"bigcommerce_shipping_address.{name}" for name in [*ADDRESS, "shipping_method"]),
    *(f"bigcommerce_line_item.{name}" for name in LINE),
    *(f"bigcommerce_order.{RENAMED.get(name, name)}" for name in ORDER),
]
ORDER_REQUIRED = {"order.date_created", "line_item.sku", "line_item.quantity"}
# (source label, target label) of the other tables.
IMPORT = [
    *[("Name", "Product Title"), ("SKU", "Master SKU"), ("Description", "Product Description")],
    *[("Price", "List Price"), ("Inventory Level", "Quantity"), ("UPC", "UPC")],
    *[("Weight", "Weight"), ("Width", "Width"), ("Height", "Height"), ("Depth", "Length")],
    *[("Images", "Product Images"), ("Categories", "Category Path"), ("Brand", "Brand")],
    *[("Variant SKU", "Variant SKU"), ("Variant Price", "Variant List Price")],
    *[("Variant Inventory Level", "Variant Quantity"), ("Variant UPC", "Variant UPC")],
    ("Variant Image", "Variant Image"),
]
SYNC = [
    *[("Custom Aggregate Field", "Custom Field"), ("Estimated Cost", "Cost Price")],
    *[("Estimated Dropship Fee", "Dropship Fee"), ("Estimated Shipping Cost", "Shipping Cost")],
    *[("Quantity", "Inventory Level"), ("List Price", "Price"), ("MAP", "Map Price")],
    *[("MSRP", "Retail Price"), ("List Price", "Sale Price")],
    ("Availability Description", "Availability Description"),
]
PUBLISH = [
    *[("Attribute", "Metafields or Custom Fields"), ("Brand", "Brand")],
    *[("Category 1", "Category (Level 1)"), ("Category 2", "Category (Level 2)")],
    *[("Category 3", "Category (Level 3)"), ("Custom Field", "Custom Fields")],
    *[("Description", "Description"), ("Image", "Images"), ("Parent SKU", "SKU")],
    *[("Title", "Name"), ("ASIN", "ASIN"), ("Description", "Variant Description")],
    *[("Custom Aggregate Field", "Custom Fields"), ("Dimensional Weight", "Dimensional Weight")],
    *[("Estimated Cost", "Cost Price"), ("Estimated Dropship Fee", "Dropship Fee")],
    *[("Estimated Shipping Cost", "Shipping Cost"), ("GTIN", "GTIN"), ("Height", "Height")],
    *[("Image", "Variant Image"), ("Length", "Length"), ("List Price", "Sale Price")],
    *[("MAP", "Minimum Advertised Price"), ("MPN", "MPN"), ("MSRP", "Retail Price")],
    *[("Master SKU", "Master SKU"), ("Option", "Variant Option"), ("SKU", "Variant SKU")],
    *[("Quantity", "Inventory Level"), ("Title", "Variant Name"), ("UPC", "UPC")],
    *[("Weight", "Weight"), ("Width", "Width"), ("Type", "Type"), ("Price", "Price")],
]
SHIP = [
    *[("Note", "Comments"), ("Shipped At", "Date Created")],
    *[("Shipping Cost", "Merchant Shipping Cost"), ("Method", "Shipping Method")],
    *[("Carrier", "Shipping Provider"), ("Tracking URL", "Tracking Link")],
    *[("Tracking Number", "Tracking Number"), ("Carrier", "Tracking Carrier")],
]
