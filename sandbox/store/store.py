"""One store: its tables, its counters and the events its changes cause."""

from collections import defaultdict
from collections.abc import Callable

from sandbox.clock import Clock, iso
from sandbox.errors import JSON
from sandbox.settings import SandboxSettings
from sandbox.store.profile import StoreProfile
from sandbox.store.records import Order, Product
from sandbox.store.stock import Stock, StockKey

DEFAULT_LOCATION = 1
DEFAULT_CHANNEL = 1

EventSink = Callable[[str, JSON], None]


def _nobody_listens(scope: str, data: JSON) -> None:
    """The sink while the store is being seeded."""


class Store:
    """State of one store. Changes go through the functions beside this class, which announce."""

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.profile = StoreProfile(settings)
        self.products: dict[int, Product] = {}
        self.variant_owner: dict[int, int] = {}
        self.names: dict[str, int] = {}
        self.skus: dict[str, int] = {}
        self.brands: dict[int, JSON] = {}
        self.brand_names: dict[str, int] = {}
        self.categories: dict[int, JSON] = {}
        self.orders: dict[int, Order] = {}
        self.metafields: dict[tuple[str, int], list[JSON]] = defaultdict(list)
        self.stock = Stock()
        self.announce: EventSink = _nobody_listens
        self._counters: dict[str, int] = {}

    def next_id(self, kind: str, first: int = 1) -> int:
        """The next id of a kind of record."""
        value = self._counters.get(kind, first - 1) + 1
        self._counters[kind] = value
        return value

    def now_iso(self) -> str:
        """Store time in the v3 form."""
        return iso(self.clock.now())

    def claim(self, product: Product) -> None:
        """Register the product's name and SKUs as taken (unique ignoring case, FACTS 8.14)."""
        self.release(product)
        product.claimed_name = str(product.fields["name"]).lower()
        self.names.setdefault(product.claimed_name, product.id)
        skus = [product.fields["sku"], *(row["sku"] for row in product.variants)]
        product.claimed_skus = {str(sku).lower() for sku in skus if sku}
        for sku in product.claimed_skus:
            self.skus.setdefault(sku, product.id)
        for row in product.variants:
            self.variant_owner[row["id"]] = product.id

    def release(self, product: Product) -> None:
        """Give back what the product had claimed."""
        if self.names.get(product.claimed_name) == product.id:
            del self.names[product.claimed_name]
        for sku in product.claimed_skus:
            if self.skus.get(sku) == product.id:
                del self.skus[sku]

    def stock_key(self, product: Product, variant: JSON) -> StockKey:
        """What is counted for a variant, by the product's tracking level."""
        if product.fields["inventory_tracking"] == "product":
            return ("product", product.id)
        return ("variant", int(variant["id"]))

    def variant_count(self) -> int:
        """Variants in the store, base variants included."""
        return len(self.variant_owner)
