"""Records of the store. Wire fields live in plain dicts so that answers need no conversion."""

from dataclasses import dataclass, field

from sandbox.errors import JSON


@dataclass(slots=True)
class Product:
    """A product as the v3 catalogue shows it (FACTS 5.2), its sub-resources beside it."""

    fields: JSON
    variants: list[JSON] = field(default_factory=list)
    images: list[JSON] = field(default_factory=list)
    custom_fields: list[JSON] = field(default_factory=list)
    options: list[JSON] = field(default_factory=list)
    modifiers: list[JSON] = field(default_factory=list)
    videos: list[JSON] = field(default_factory=list)
    bulk_pricing_rules: list[JSON] = field(default_factory=list)
    channels: list[int] = field(default_factory=list)
    claimed_skus: set[str] = field(default_factory=set)
    claimed_name: str = ""

    @property
    def id(self) -> int:
        """The product id."""
        return int(self.fields["id"])

    @property
    def has_options(self) -> bool:
        """Whether the variants are option variants instead of one base variant."""
        return self.fields["base_variant_id"] is None

    def variant(self, variant_id: int) -> JSON | None:
        """One variant by id."""
        return next((row for row in self.variants if row["id"] == variant_id), None)


@dataclass(slots=True)
class Order:
    """An order as v2 shows it (FACTS 4.2), its sub-resources beside it."""

    fields: JSON
    created: float
    modified: float
    lines: list[JSON] = field(default_factory=list)
    addresses: list[JSON] = field(default_factory=list)
    pickups: list[JSON] = field(default_factory=list)
    coupons: list[JSON] = field(default_factory=list)
    fees: list[JSON] = field(default_factory=list)
    shipments: list[JSON] = field(default_factory=list)
    refunds: list[JSON] = field(default_factory=list)
    transactions: list[JSON] = field(default_factory=list)
    messages: list[JSON] = field(default_factory=list)
    recipients: dict[int, str] = field(default_factory=dict)
    tax_rate: str = "0"
    stock_taken: bool = False
    lines_missing_in_include: bool = False

    @property
    def id(self) -> int:
        """The order id."""
        return int(self.fields["id"])

    def line(self, line_id: int) -> JSON | None:
        """One order line by id (`order_product_id`)."""
        return next((row for row in self.lines if row["id"] == line_id), None)
