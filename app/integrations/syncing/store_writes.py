"""Sending the rows of one request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import NOT_OFFERED, Refused, Unreachable, Where
from app.bigcommerce.models.catalog import Product
from app.bigcommerce.resources import inventory, products, variants
from app.bigcommerce.resources.batches import batches, joined
from app.bigcommerce.wire import Answer
from app.integrations.syncing.batches import code_of, deliver
from app.integrations.syncing.diff import OF_PRODUCT, OF_VARIANT
from app.integrations.syncing.known import MONEY
from app.integrations.syncing.store_writes_metafields import Metafields
from app.integrations.syncing.texts import CUSTOM_FIELD
from app.listings.writes import Batch, Refusal
from app.listings.writes_models import ListingWrite, Route

HTTP_INTERNAL_ERROR: Final = 500
DEFAULT_LOCATION: Final = 1
_TOGETHER: Final = frozenset({"price", "sale_price", OF_PRODUCT, OF_VARIANT})
REASON: Final = "Stock level sent by the listing sync"


@dataclass
class Sent:
    """What became of a request's rows."""

    refused: dict[UUID, Refusal] = field(default_factory=dict)
    remarks: dict[UUID, Refusal] = field(default_factory=dict)
    """Of rows that arrived."""
    levels: dict[UUID, int] = field(default_factory=dict)
    """What the store shows instead of a level that was wanted."""
    partly: list[str] = field(default_factory=list)
    """Sentences about what the store saved only in part (207)."""


@dataclass(frozen=True)
class _Target:
    """One object of the store with all that is written of it."""

    id: int
    rows: tuple[ListingWrite, ...]

    @property
    def whole(self) -> bool:
        """Whether its stock is counted for the product."""
        return self.rows[0].store_field == OF_PRODUCT

    def named(self, prefix: str) -> list[ListingWrite]:
        """Rows of a family of values by name."""
        return [row for row in self.rows if row.store_field.startswith(prefix)]

    def without(self, rest: _Target) -> tuple[ListingWrite, ...]:
        """Its rows that another target of the same object leaves out."""
        kept = {row.id for row in rest.rows}
        return tuple(row for row in self.rows if row.id not in kept)

    def plain(self) -> dict[str, object]:
        """Values that a catalogue request holds as they are."""
        return {
            row.store_field: stored_value(row)
            for row in self.rows
            if not row.store_field.startswith(CUSTOM_FIELD)
        }


def stored_value(row: ListingWrite) -> Any:
    """The value that a row sends."""
    value = row.after["stored"]
    if row.store_field in MONEY and value is not None:
        return Decimal(str(value))
    return value


@dataclass
class Sender:
    """Sends batches of one slice of a run.

    All requests set absolute values, so a batch may be sent again after a time-out or a crash.
    With `stubborn` a request that makes the store stumble again and again counts as refused, so
    that what causes it is found.
    """

    client: StoreClient
    location: int | None = None
    """Where stock is written to."""
    places: int = 1
    """How many places hold stock."""
    stubborn: bool = False
    metafields: Metafields = field(default_factory=Metafields)

    async def send(self, batch: Batch) -> Sent:
        """Send a batch; everything the store takes arrives, the rest is refused row by row."""
        sent = Sent()
        if batch.route is Route.METAFIELD:
            for row, error in await self.metafields.send(self.client, batch.rows):
                sent.refused[row.id] = Refusal(code_of(error), error.for_merchant)
            return sent
        targets = _targets(batch.rows)
        elsewhere = await self._elsewhere(targets) if batch.route is Route.INVENTORY else {}
        fields = await self._custom_fields(targets) if batch.route is Route.PRODUCT else {}

        async def send(chosen: Sequence[_Target]) -> None:
            try:
                await self._request(batch.route, chosen, elsewhere, fields, sent)
            except Unreachable as error:
                if self.stubborn and error.status == HTTP_INTERNAL_ERROR:
                    where = Where(error.method, error.path, error.status)
                    raise Refused(where, problems=error.problems) from error
                raise

        again = []
        for target, error in await deliver(targets, send):
            rest = _harmless_rest(target, error)
            refused = target.rows if rest is None else target.without(rest)
            sent.refused.update(_refusals(refused, error))
            again += [] if rest is None else [rest]
        for target, error in await deliver(again, send):
            sent.refused.update(_refusals(target.rows, error))
        return sent

    async def _request(
        self,
        route: Route,
        targets: Sequence[_Target],
        elsewhere: Mapping[int, int],
        fields: Mapping[int, Mapping[str, int]],
        sent: Sent,
    ) -> None:
        answer: Answer[Any] | None = None
        match route:
            case Route.INVENTORY:
                adjustments = [self._adjustment(one, elsewhere, sent) for one in targets]
                await inventory.adjust_absolute(self.client, adjustments, reason=REASON)
            case Route.VARIANT:
                bodies = [{"id": one.id, **one.plain()} for one in targets]
                answer = await variants.update_batch(self.client, bodies)
            case Route.PRODUCT:
                answer = await self._update_products(targets, fields)
            case Route.DELETION:
                await products.delete(self.client, [target.id for target in targets])
        if answer is not None and answer.partly_saved is not None:
            sent.partly.append(answer.partly_saved.for_merchant)

    async def _update_products(
        self, targets: Sequence[_Target], fields: Mapping[int, Mapping[str, int]]
    ) -> Answer[Any]:
        bodies = []
        adds = False
        for target in targets:
            body: dict[str, object] = {"id": target.id, **target.plain()}
            known = fields.get(target.id, {})
            entries = [_custom_field(row, known) for row in target.named(CUSTOM_FIELD)]
            if entries:
                body["custom_fields"] = entries
                adds = adds or any("id" not in entry for entry in entries)
            bodies.append(body)
        # A custom field that is added twice is there twice: that request must not be repeated
        # before its effect was looked at (FACTS 5.4).
        return await self.client.request(
            "PUT", products.PATH, list[Product], body=bodies, repeatable=False if adds else None
        )

    async def _custom_fields(self, targets: Sequence[_Target]) -> dict[int, dict[str, int]]:
        """Ids of custom fields by name, of the products that are to get some."""
        ids = [target.id for target in targets if target.named(CUSTOM_FIELD)]
        if not ids:
            return {}
        found = await products.by_ids(self.client, ids, include="custom_fields")
        return {
            product.id: {one.name: one.id for one in product.custom_fields} for product in found
        }

    async def _elsewhere(self, targets: Sequence[_Target]) -> dict[int, int]:
        """Units of each target at other places than ours: buyers see the sum (FACTS 5.10)."""
        if self.location is None:
            self.location, self.places = await stock_location(self.client)
        units: dict[int, int] = {}
        if self.places < 2:
            return units
        for whole, name in ((True, "product_id"), (False, "variant_id")):
            mine = [target.id for target in targets if target.whole is whole]
            for ids in batches(mine, products.IDS_BATCH):
                filters = {f"{name}:in": joined(ids)}
                async for page in inventory.items(self.client, filters=filters):
                    for item in page.items:
                        key = item.identity.product_id if whole else item.identity.variant_id
                        units[key] = sum(
                            level.available_to_sell or 0
                            for level in item.locations
                            if level.location_enabled and level.location_id != self.location
                        )
        return units

    def _adjustment(
        self, target: _Target, elsewhere: Mapping[int, int], sent: Sent
    ) -> dict[str, object]:
        row = target.rows[0]
        wanted, others = int(stored_value(row)), elsewhere.get(target.id, 0)
        if others > max(wanted, 0):
            sent.levels[row.id] = others
            sent.remarks[row.id] = Refusal(
                "other_locations_hold_more",
                f"Other places of the store hold {others} units, more than the {wanted} that are "
                "to be sold; only the stock of the default place was set, to 0.",
            )
        identity = "product_id" if target.whole else "variant_id"
        return {
            "location_id": self.location or DEFAULT_LOCATION,
            identity: target.id,
            # A level below zero is the store's own, and only an undo puts it back.
            "quantity": max(wanted - others, 0) if others else wanted,
        }


def _custom_field(row: ListingWrite, known: Mapping[str, int]) -> dict[str, object]:
    name = row.store_field.removeprefix(CUSTOM_FIELD)
    entry: dict[str, object] = {"name": name, "value": row.after["stored"]}
    return {"id": known[name], **entry} if name in known else entry


def _targets(rows: Iterable[ListingWrite]) -> list[_Target]:
    found: dict[tuple[int, bool], list[ListingWrite]] = {}
    for row in rows:
        found.setdefault((row.target, row.store_field == OF_VARIANT), []).append(row)
    return [_Target(target, tuple(group)) for (target, _), group in found.items()]


def _named(rows: Sequence[ListingWrite], error: Refused) -> set[UUID]:
    """Rows whose field the store complains of, wherever in the body it says that it is."""
    places = {part for path in error.fields for part in path.split(".")}
    return {row.id for row in rows if row.store_field in places}


def _harmless_rest(target: _Target, error: Refused) -> _Target | None:
    """What can be sent without the values that the store complains of.

    What a buyer pays and what is in stock goes whole or not at all: half of it may be wrong.
    """
    named = _named(target.rows, error)
    rest = tuple(row for row in target.rows if row.id not in named)
    fields = {row.store_field for row in target.rows if row.id in named}
    return _Target(target.id, rest) if named and rest and not fields & _TOGETHER else None


def _refusals(rows: Sequence[ListingWrite], error: Refused) -> dict[UUID, Refusal]:
    """The reason for every row of a target: one bad value keeps the others from being saved."""
    named = _named(rows, error)
    return {
        row.id: Refusal(
            code_of(error) if not named or row.id in named else "refused_together",
            error.for_merchant,
        )
        for row in rows
    }


async def stock_location(client: StoreClient) -> tuple[int, int]:
    """Return the id of the place that stock is written to, and how many places hold stock."""
    try:
        found = [place for place in await inventory.locations(client) if place.enabled]
    except NOT_OFFERED:
        # Without the scope for locations there is still the one that every store begins with.
        return DEFAULT_LOCATION, 1
    chosen = next((place for place in found if place.is_default), None)
    if chosen is None:
        ids = sorted(place.id for place in found) or [DEFAULT_LOCATION]
        return (DEFAULT_LOCATION if DEFAULT_LOCATION in ids else ids[0]), len(found)
    return chosen.id, len(found)
