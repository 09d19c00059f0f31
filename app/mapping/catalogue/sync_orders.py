"""Sync Orders: our shipments become shipments of the store's order.

The store dates a shipment itself; `bigcommerce_shipment.date_created` is only compared.
"""

from typing import Final

from app.mapping.catalogue.build import source, store
from app.mapping.catalogue.fields import Field, FieldType, Level, NamedField, Shape

T = FieldType

SHAPE: Final = Shape(
    root=Level("shipment", "bigcommerce_shipment"), context=("order", "shipping_address")
)

PROVIDERS: Final = (
    "auspost",
    "canadapost",
    "endicia",
    "usps",
    "fedex",
    "royalmail",
    "ups",
    "upsready",
    "upsonline",
    "shipperhq",
)

SOURCES: Final[tuple[Field, ...]] = (
    source("shipment.note", "Note", T.STRING, "Shipped via priority mail"),
    source("shipment.shipped_at", "Shipped At", T.DATETIME, "2025-05-26T10:00:00Z"),
    source("shipment.shipping_cost", "Shipping Cost", T.MONEY, "5.00", sensitivity="confidential"),
    source(
        "shipment.method",
        "Method",
        T.STRING,
        "Standard Shipping",
        aliases=("shipment.shipping_method",),
    ),
    source("shipment.carrier", "Carrier", T.STRING, "UPS"),
    source("shipment.tracking_url", "Tracking URL", T.URL, "https://track.ups.com/123456"),
    source("shipment.tracking_number", "Tracking Number", T.STRING, "1Z999AA10123456784"),
    source("order.order_id", "Order ID", T.STRING, "12345", aliases=("order.external_id",)),
    source("order.status", "Status", T.STRING, "Awaiting Fulfillment"),
    source("order.order_source", "Order Source", T.STRING, "www"),
    source("order.currency_code", "Currency Code", T.STRING, "USD"),
    source("order.total_inc_tax", "Total Inc Tax", T.MONEY, "102.60"),
    source("order.date_created", "Date Created", T.DATETIME, "2025-04-07T10:00:00Z"),
    source(
        "order.customer_message",
        "Customer Message",
        T.STRING,
        "Please ship quickly!",
        sensitivity="personal",
    ),
    source("order.staff_notes", "Staff Notes", T.STRING, "Expedited", sensitivity="confidential"),
    source("shipping_address.country", "Country", T.STRING, "United States"),
    source("shipping_address.country_iso_2", "Country Iso 2", T.STRING, "US"),
    source("shipping_address.state", "State", T.STRING, "California"),
    source("shipping_address.state_code", "State Code", T.STRING, "CA"),
    source("shipping_address.zip", "Zip", T.STRING, "90001", sensitivity="personal"),
    source("shipping_address.email", "Email", T.STRING, "c@example.com", sensitivity="personal"),
    source("shipping_address.phone", "Phone", T.STRING, "555-987-6543", sensitivity="personal"),
    source("shipping_address.first_name", "First Name", T.STRING, "Jane", sensitivity="personal"),
    source("shipping_address.last_name", "Last Name", T.STRING, "Smith", sensitivity="personal"),
    source("shipping_address.shipping_method", "Shipping Method", T.STRING, "Standard Shipping"),
)

TARGETS: Final[tuple[Field, ...]] = (
    store(
        "bigcommerce_shipment.comments",
        "Comments",
        T.STRING,
        "Shipped via priority mail",
        max_length=65_535,
        bigcommerce="comments",
        public=True,
    ),
    store(
        "bigcommerce_shipment.date_created",
        "Date Created",
        T.DATETIME,
        "2025-05-26T10:00:00Z",
        bigcommerce="date_created",
    ),
    store(
        "bigcommerce_shipment.merchant_shipping_cost",
        "Merchant Shipping Cost",
        T.MONEY,
        "5.00",
        bigcommerce="merchant_shipping_cost",
    ),
    store(
        "bigcommerce_shipment.shipping_method",
        "Shipping Method",
        T.STRING,
        "Standard Shipping",
        max_length=None,
        bigcommerce="shipping_method",
        public=True,
    ),
    store(
        "bigcommerce_shipment.shipping_provider",
        "Shipping Provider",
        T.ENUM,
        "ups",
        enumeration=PROVIDERS,
        open_enumeration=True,
        bigcommerce="shipping_provider",
        public=True,
    ),
    store(
        "bigcommerce_shipment.tracking_link",
        "Tracking Link",
        T.URL,
        "https://track.ups.com/123456",
        max_length=500,
        bigcommerce="tracking_link",
        public=True,
    ),
    store(
        "bigcommerce_shipment.tracking_number",
        "Tracking Number",
        T.STRING,
        "1Z999AA10123456784",
        required=True,
        max_length=50,
        bigcommerce="tracking_number",
        public=True,
    ),
    store(
        "bigcommerce_shipment.tracking_carrier",
        "Tracking Carrier",
        T.STRING,
        "ups",
        bigcommerce="tracking_carrier",
        public=True,
    ),
)

NAMED_SOURCES: Final[tuple[NamedField, ...]] = ()
NAMED_TARGETS: Final[tuple[NamedField, ...]] = ()
