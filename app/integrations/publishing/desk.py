"""What a slice of a publishing run looks up once: the storefront and its categories."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from app.bigcommerce.errors import NOT_OFFERED
from app.bigcommerce.models.catalog import Product
from app.bigcommerce.resources import brands, inventory
from app.connections.repository import connection_of_channel
from app.core.resources import Resources
from app.integrations.context import RunContext
from app.integrations.publishing.batches import Candidate, settings_of
from app.integrations.publishing.category_paths import CategoryPaths, make_missing, read_categories
from app.integrations.publishing.diff import StoreView
from app.integrations.publishing.image_checks import ImageChecker
from app.integrations.publishing.metafields import Seen
from app.integrations.publishing.plan import Remark
from app.integrations.publishing.predicting import Taken
from app.integrations.publishing.sources import Terms, freeze_terms, thaw_terms

DEFAULT_STOREFRONT = 1


@dataclass(frozen=True)
class Finishing:
    """A product in the store of which something is still to be sent."""

    candidate: Candidate
    product: Product
    created: bool = False


@dataclass
class Desk:
    """Look-ups of one slice; `unsaved` is what the run has yet to keep of them."""

    context: RunContext
    checker: ImageChecker
    storefront: int
    multi_storefront: bool
    terms: Terms
    kept: dict[str, Any]
    """What the run keeps between slices."""
    categories: CategoryPaths | None = None
    unsaved: dict[str, Any] | None = None
    brands: dict[int, str] | None = None
    brand_names: set[str] = field(default_factory=set)
    """Brands in lower case that the store is known to have."""
    finishing: list[Finishing] = field(default_factory=list)
    """Products of the batch that metafields or channels are still to be sent for."""
    estimated: int = 0
    """Requests that the run is going to take, as far as it has looked."""
    seen: Seen = field(default_factory=Seen)
    """Metafields of the store that no publication remembers."""
    taken: Taken = field(default_factory=Taken)
    """Names and SKUs of what the run would make, for its prediction."""

    async def paths(self, candidates: list[Candidate]) -> CategoryPaths:
        """The store's categories, read at most once per run, and only if they are needed."""
        if self.categories is None:
            kept = self.kept.get("categories")
            if kept:
                self.categories = CategoryPaths.from_json(kept)
            elif any(candidate.desired.categories for candidate in candidates):
                try:
                    self.categories = await read_categories(self.context.client, self.storefront)
                except NOT_OFFERED:
                    self.categories = CategoryPaths(None)
                self._keep()
        return self.categories or CategoryPaths(None)

    async def cut_paths(self, candidates: list[Candidate]) -> None:
        """Cut paths that are too deep to be made; deeper categories that exist may be used."""
        known, depth = await self.paths(candidates), settings_of(self.context).category_depth
        for candidate in candidates:
            fitting: dict[tuple[str, ...], None] = {}
            for path in candidate.desired.categories or ():
                if len(path) > depth and known.find(path) is None:
                    text = (
                        f"Category {' > '.join(path)} was cut to {depth} levels, as the setting"
                        " `category_depth` says."
                    )
                    remark = Remark("category_too_deep", text, "bigcommerce_product.categories")
                    candidate.desired.remarks.append(remark)
                    path = path[:depth]
                fitting[path] = None
            if candidate.desired.categories is not None:
                candidate.desired.categories = list(fitting)

    async def view(self, existing: list[Candidate]) -> StoreView:
        """What products that exist are compared with; read only if there are any."""
        known = await self.paths(existing)
        if existing and self.brands is None and any(row.desired.brand for row in existing):
            self.brands = {}
            async for page in brands.pages(self.context.client):
                self.brands |= {brand.id: brand.name for brand in page.items}
            self.brand_names |= {name.strip().casefold() for name in self.brands.values()}
        if existing and "single_location" not in self.kept:
            self.kept = {**self.kept, "single_location": await self._single_location()}
            self.unsaved = self.kept
        return StoreView(
            settings_of(self.context),
            known,
            self.brands or {},
            bool(self.kept.get("single_location")),
        )

    async def _single_location(self) -> bool:
        """Whether a product's level is the level of one place."""
        try:
            found = await inventory.locations(self.context.client)
        except NOT_OFFERED:
            return True
        return sum(1 for place in found if place.enabled) <= 1

    async def make_categories(self, candidates: list[Candidate]) -> None:
        """Make the categories that products need; a path that cannot be made becomes a remark."""
        known = await self.paths(candidates)
        wanted = [path for candidate in candidates for path in candidate.desired.categories or ()]
        if not known.missing(wanted):
            return
        refused = await make_missing(self.context.client, known, wanted, self.storefront)
        self._keep()
        for candidate in candidates:
            for path in candidate.desired.categories or ():
                if known.find(path) is None:
                    why = next(
                        (refused[path[:n]] for n in range(1, len(path) + 1) if path[:n] in refused),
                        "",
                    )
                    text = f"Category {' > '.join(path)} could not be made. {why}".strip()
                    candidate.desired.remarks.append(
                        Remark("category_refused", text, "bigcommerce_product.categories")
                    )

    def category_ids(self, candidate: Candidate) -> list[int]:
        """Ids of a product's categories that exist."""
        known = self.categories or CategoryPaths(None)
        found = [known.find(path) for path in candidate.desired.categories or ()]
        return list(dict.fromkeys(number for number in found if number is not None))

    def take_unsaved(self) -> dict[str, Any] | None:
        """What the next page is to keep with the run."""
        taken, self.unsaved = self.unsaved, None
        return taken

    def _keep(self) -> None:
        if self.categories is not None:
            self.kept = {**self.kept, "categories": self.categories.to_json()}
            self.unsaved = self.kept


async def open_desk(context: RunContext) -> Desk:
    """Look at the connection for what the store has told of itself, and at rules and orders.

    These are kept with the run, so that all of it is computed alike.
    """
    kept = context.run.scratch
    async with context.res.unit_of_work() as uow:
        connection = await connection_of_channel(uow, context.run.channel_id)
        fresh = {} if kept else await freeze_terms(uow, context)
    store = connection.store if connection else {}
    return Desk(
        context=context,
        checker=ImageChecker(context.res.http, allow_private=_is_sandboxed(context.res)),
        storefront=int(store.get("default_channel_id") or DEFAULT_STOREFRONT),
        multi_storefront=bool(store.get("multi_storefront")),
        terms=thaw_terms(context, kept or fresh),
        kept=kept or fresh,
        unsaved=fresh or None,
    )


def _is_sandboxed(res: Resources) -> bool:
    """Whether BigCommerce itself is on a private address, so that pictures may be, too."""
    host = urlsplit(res.settings.bigcommerce_api_url).hostname or ""
    if host == "localhost":
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
