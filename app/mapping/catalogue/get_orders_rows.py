"""Get Orders, as data: one row per field with BigCommerce's own name for it."""

from typing import Final, NamedTuple

from app.mapping.catalogue.fields import FieldType

T = FieldType


class Row(NamedTuple):
    """A field: its name, BigCommerce's name, its type, an example, and our name if it differs.

    `stored` is False for fields that can be read in rules but have no place of their own here.
    """

    label: str
    native: str
    type: FieldType
    example: str = ""
    target_label: str = ""
    stored: bool = True
    enumeration: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The name of the field in our order."""
        return self.target_label or self.label


ADDRESS: Final = (
    Row("City", "city", T.STRING, "San Francisco"),
    Row("Company", "company", T.STRING, "TechCorp Inc."),
    Row("Country", "country", T.STRING, "United States"),
    Row("Country Iso 2", "country_iso2", T.STRING, "US"),
    Row("Email", "email", T.STRING, "customer@example.com"),
    Row("First Name", "first_name", T.STRING, "John"),
    Row("Last Name", "last_name", T.STRING, "Doe"),
    Row("Phone", "phone", T.STRING, "555-123-4567"),
    Row("State", "state", T.STRING, "California"),
    Row("State Code", "state_code", T.STRING, "CA"),
    Row("Street Address 1", "street_1", T.STRING, "123 Main St"),
    Row("Street Address 2", "street_2", T.STRING, "Apt 4B"),
    Row("Zip", "zip", T.STRING, "94105"),
)

SHIPPING_ONLY: Final = (
    Row("Shipping Method", "shipping_method", T.STRING, "Standard Shipping"),
    Row("Id", "id", T.STRING, "20"),
    Row("Items Total", "items_total", T.INTEGER, "3"),
    Row("Base Cost", "base_cost", T.MONEY, "5.00"),
    Row("Cost Ex Tax", "cost_ex_tax", T.MONEY, "5.00"),
    Row("Cost Inc Tax", "cost_inc_tax", T.MONEY, "5.40"),
    Row("Cost Tax", "cost_tax", T.MONEY, "0.40"),
    Row("Shipping Zone Name", "shipping_zone_name", T.STRING, "United States"),
)

LINE_ITEM: Final = (
    Row("Base Cost Price", "base_cost_price", T.MONEY, "10.00"),
    Row("Base Price", "base_price", T.MONEY, "20.00"),
    Row("Base Total", "base_total", T.MONEY, "40.00"),
    Row("Base Wrapping Cost", "base_wrapping_cost", T.MONEY, "2.00"),
    Row("Bin Picking Number", "bin_picking_number", T.STRING, "BIN-123"),
    Row("Brand", "brand", T.STRING, "Acme"),
    Row("Cost Price Ex Tax", "cost_price_ex_tax", T.MONEY, "10.00"),
    Row("Cost Price Inc Tax", "cost_price_inc_tax", T.MONEY, "10.80"),
    Row("Cost Price Tax", "cost_price_tax", T.MONEY, "0.80"),
    Row("Fixed Shipping Cost", "fixed_shipping_cost", T.MONEY, "5.00"),
    Row("Fulfillment Source", "fulfillment_source", T.STRING, "Warehouse A"),
    Row("Id", "id", T.STRING, "1"),
    Row("Name", "name", T.STRING, "Blue Widget"),
    Row("Price Ex Tax", "price_ex_tax", T.MONEY, "20.00"),
    Row("Price Inc Tax", "price_inc_tax", T.MONEY, "21.60"),
    Row("Price Tax", "price_tax", T.MONEY, "1.60"),
    Row("Quantity", "quantity", T.INTEGER, "2"),
    Row("Quantity Refunded", "quantity_refunded", T.INTEGER, "1"),
    Row("Quantity Shipped", "quantity_shipped", T.INTEGER, "1"),
    Row("Refund Amount", "refund_amount", T.MONEY, "20.00"),
    Row("SKU", "sku", T.STRING, "PROD-001"),
    Row("Total Ex Tax", "total_ex_tax", T.MONEY, "40.00"),
    Row("Total Inc Tax", "total_inc_tax", T.MONEY, "43.20"),
    Row("Total Tax", "total_tax", T.MONEY, "3.20"),
    Row("Type", "type", T.STRING, "physical"),
    Row("UPC", "upc", T.STRING, "012345678905"),
    Row("Weight", "weight", T.WEIGHT, "1.5"),
    Row("Wrapping Cost Ex Tax", "wrapping_cost_ex_tax", T.MONEY, "2.00"),
    Row("Wrapping Cost Inc Tax", "wrapping_cost_inc_tax", T.MONEY, "2.16"),
    Row("Wrapping Cost Tax", "wrapping_cost_tax", T.MONEY, "0.16"),
    Row("Wrapping Message", "wrapping_message", T.STRING, "Happy Birthday!"),
    Row("Wrapping Name", "wrapping_name", T.STRING, "Festive Wrap"),
    Row("Discounted Total Inc Tax", "discounted_total_inc_tax", T.MONEY, "38.20"),
    Row("Product ID", "product_id", T.INTEGER, "77"),
    Row("Variant ID", "variant_id", T.INTEGER, "382"),
    Row("Product Options", "product_options", T.OPTIONS, "Color: Blue"),
    Row("Order Address ID", "order_address_id", T.STRING, "20", stored=False),
    Row("Parent Order Product ID", "parent_order_product_id", T.STRING, "1", stored=False),
    Row("Is Bundled Product", "is_bundled_product", T.BOOLEAN, "false", stored=False),
    Row("Event Name", "event_name", T.STRING, "Delivery date"),
    Row("Event Date", "event_date", T.STRING, "2025-05-01"),
)

ORDER: Final = (
    Row("Base Handling Cost", "base_handling_cost", T.MONEY, "3.00"),
    Row("Base Shipping Cost", "base_shipping_cost", T.MONEY, "5.00"),
    Row("Base Wrapping Cost", "base_wrapping_cost", T.MONEY, "2.00"),
    Row("Coupon Discount", "coupon_discount", T.MONEY, "10.00"),
    Row("Currency Code", "currency_code", T.STRING, "USD"),
    Row("Currency Exchange Rate", "currency_exchange_rate", T.DECIMAL, "1.0"),
    Row("Custom Status", "custom_status", T.STRING, "Custom Processing"),
    Row("Customer Locale", "customer_locale", T.STRING, "en-US"),
    Row("Customer Message", "customer_message", T.STRING, "Please ship quickly!"),
    Row("Date Created", "date_created", T.DATETIME, "2025-04-07T10:00:00Z"),
    Row("Date Modified", "date_modified", T.DATETIME, "2025-04-07T12:00:00Z"),
    Row("Date Shipped", "date_shipped", T.DATETIME, "2025-04-08T09:00:00Z"),
    Row("Default Currency Code", "default_currency_code", T.STRING, "USD"),
    Row("Discount Amount", "discount_amount", T.MONEY, "5.00"),
    Row("Ebay Order Id", "ebay_order_id", T.STRING, "EBAY-12345"),
    Row("External Source", "external_source", T.STRING, "eBay"),
    Row("Geo IP Country", "geoip_country", T.STRING, "United States"),
    Row("Geo IP Country Iso2", "geoip_country_iso2", T.STRING, "US"),
    Row("Gift Card Amount", "gift_card_amount", T.MONEY, "25.00"),
    Row("Gift Certificate Amount", "gift_certificate_amount", T.MONEY, "10.00"),
    Row("Handling Cost Ex Tax", "handling_cost_ex_tax", T.MONEY, "3.00"),
    Row(
        "Handling Cost Including Tax",
        "handling_cost_inc_tax",
        T.MONEY,
        "3.24",
        "Handling Cost Inc Tax",
    ),
    Row("Handling Cost Tax", "handling_cost_tax", T.MONEY, "0.24"),
    Row("Items Total", "items_total", T.INTEGER, "3"),
    Row("Order ID", "id", T.STRING, "12345"),
    Row("Order Source", "order_source", T.STRING, "manual"),
    Row("Payment Method", "payment_method", T.STRING, "Credit Card"),
    Row("Payment Status", "payment_status", T.STRING, "paid"),
    Row("Refunded Amount", "refunded_amount", T.MONEY, "20.00"),
    Row("Shipping Address Count", "shipping_address_count", T.INTEGER, "1"),
    Row("Shipping Cost Ex Tax", "shipping_cost_ex_tax", T.MONEY, "5.00"),
    Row(
        "Shipping Cost Including Tax",
        "shipping_cost_inc_tax",
        T.MONEY,
        "5.40",
        "Shipping Cost Inc Tax",
    ),
    Row("Shipping Cost Tax", "shipping_cost_tax", T.MONEY, "0.40"),
    Row("Staff Notes", "staff_notes", T.STRING, "Expedited shipping requested"),
    Row("Status", "status", T.STRING, "Awaiting Payment"),
    Row("Store Credit Amount", "store_credit_amount", T.MONEY, "15.00"),
    Row("Store Default Currency Code", "store_default_currency_code", T.STRING, "USD"),
    Row(
        "Store Default To Transactional Exchange Rate",
        "store_default_to_transactional_exchange_rate",
        T.DECIMAL,
        "1.0",
        "Exchange Rate",
    ),
    Row("Subtotal Ex Tax", "subtotal_ex_tax", T.MONEY, "90.00"),
    Row("Subtotal Including Tax", "subtotal_inc_tax", T.MONEY, "97.20", "Subtotal Inc Tax"),
    Row("Subtotal Tax", "subtotal_tax", T.MONEY, "7.20"),
    Row("Total Ex Tax", "total_ex_tax", T.MONEY, "95.00"),
    Row("Total Inc Tax", "total_inc_tax", T.MONEY, "102.60"),
    Row("Total Tax", "total_tax", T.MONEY, "7.60"),
    Row("Wrapping Cost Ex Tax", "wrapping_cost_ex_tax", T.MONEY, "2.00"),
    Row("Wrapping Cost Inc Tax", "wrapping_cost_inc_tax", T.MONEY, "2.16"),
    Row("Wrapping Cost Tax", "wrapping_cost_tax", T.MONEY, "0.16"),
    Row("Status ID", "status_id", T.INTEGER, "11"),
    Row("Customer ID", "customer_id", T.STRING, "0"),
    Row("Channel ID", "channel_id", T.INTEGER, "1"),
    Row("IP Address", "ip_address", T.STRING, "203.0.113.7", stored=False),
    Row("External Order ID", "external_order_id", T.STRING, "PO-7788"),
    Row("External Merchant ID", "external_merchant_id", T.STRING, "M-1"),
    Row("Order Is Digital", "order_is_digital", T.BOOLEAN, "false"),
    Row("Is Tax Inclusive Pricing", "is_tax_inclusive_pricing", T.BOOLEAN, "false", stored=False),
    Row("Tax Provider ID", "tax_provider_id", T.STRING, "BasicTaxProvider", stored=False),
    Row("Items Shipped", "items_shipped", T.INTEGER, "0", stored=False),
)
