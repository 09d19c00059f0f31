"""What differs between the store and our last look or write, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal
from uuid import UUID

from app.bigcommerce.models.catalog import Product
from app.integrations.importing.product_records import text_mark
from app.integrations.syncing.diff import PRODUCT_PREFIX
from app.integrations.syncing.known import LEVEL, MONEY, KnownListing, same
from app.integrations.syncing.wanted import PREFIX, WantedListing
from app.listings.synced import Level, Noted
from app.listings.writes import canonical

Kind = Literal["price", "quantity", "status", "content", "missing"]
Action = Literal["report", "repair", "adopt"]
SENTENCES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        "price": "A price was changed in the store.",
        "quantity": "The stock was changed in the store.",
        "status": "The visibility was changed in the store.",
        "content": "The content was changed in the store.",
        "missing": "It is no longer in the store.",
    }
)
COUNTED: Final[Mapping[Kind, tuple[str, str]]] = MappingProxyType(
    {
        "price": ("price", "prices"),
        "quantity": ("stock level", "stock levels"),
        "status": ("status", "statuses"),
        "content": ("text", "texts"),
        "missing": ("product or variant that is gone", "products or variants that are gone"),
    }
)
_DONE: Final[Mapping[Action, str]] = MappingProxyType(
    {"report": "only reported", "repair": "set back", "adopt": "adopted"}
)
_CONTENT: Final = (("name", "title"), ("description", "description"))


@dataclass(frozen=True)
class Policy:
    """What is done about each kind of drift."""

    price: Action = "report"
    quantity: Action = "report"
    status: Action = "report"

    def of(self, kind: Kind) -> Action:
        """The action for a kind; content is only ever reported, publishing sends it."""
        match kind:
            case "price":
                return self.price
            case "quantity":
                return self.quantity
            case "status":
                return self.status
            case "missing":
                return (
                    "repair" if "repair" in (self.price, self.quantity, self.status) else "report"
                )
        return "report"


def policy_of(param: object) -> Policy:
    """The policy that a run was asked for: one word for all kinds, or a word for each."""
    if isinstance(param, Mapping):
        return Policy(**{str(kind): action for kind, action in param.items()})
    if param == "repair":
        return Policy("repair", "repair", "repair")
    if param == "adopt":
        return Policy("adopt", "report", "adopt")
    return Policy()


@dataclass(frozen=True)
class Drift:
    """One value that is not what we left there."""

    kind: Kind
    field: str
    store_field: str
    live: Any
    ours: Any

    @property
    def change(self) -> dict[str, Any]:
        """As an item shows it: from what the store has to what it had."""
        return {"field": self.field, "from": canonical(self.live), "to": canonical(self.ours)}


def drifts_of(known: KnownListing, live: KnownListing, product: Product) -> dict[UUID, list[Drift]]:
    """What differs, by variant; what belongs to the product is told of its first variant."""
    found: dict[UUID, list[Drift]] = {}
    counted = live.tracking != "none" and not live.counted_whole
    for old, new in zip(known.variants, live.variants, strict=True):
        mine = found.setdefault(new.row.id, [])
        if not new.present:
            mine.append(Drift("missing", PREFIX + "id", "id", None, old.external_id))
            continue
        mine += [
            Drift(_kind(name), PREFIX + name, name, new.values[name], old.values[name])
            for name in ((*MONEY, LEVEL) if counted else MONEY)
            if not same(name, old.values[name], new.values[name])
        ]
    if not live.variants:
        return found
    whole = found[live.variants[0].row.id]
    if live.counted_whole and not same(LEVEL, known.values[LEVEL], live.values[LEVEL]):
        whole.append(
            Drift("quantity", PREFIX + LEVEL, LEVEL, live.values[LEVEL], known.values[LEVEL])
        )
    for name in MONEY:
        now, before = live.values[name], known.values[name]
        if not same(name, before, now) and not _shown(known, live, name, found):
            whole.append(Drift("price", PRODUCT_PREFIX + name, name, now, before))
    statuses: tuple[tuple[str, object, object], ...] = (
        ("is_visible", live.visible, known.visible),
        ("availability", live.availability, known.availability),
    )
    whole += [
        Drift("status", PRODUCT_PREFIX + name, name, seen, ours)
        for name, seen, ours in statuses
        if seen != ours
    ]
    marks = known.row.store_facts.get("texts", {})
    for name, column in _CONTENT:
        text, own = getattr(product, name), getattr(known.row, column)
        # Without a mark nobody has looked since there are marks; our own text is the next best.
        if marks[name] != text_mark(text) if name in marks else text != own:
            whole.append(Drift("content", PRODUCT_PREFIX + name, name, text, own))
    return found


def _shown(
    known: KnownListing, live: KnownListing, name: str, found: Mapping[UUID, list[Drift]]
) -> bool:
    """Whether a variant that follows its product shows the product's change of a price."""
    return any(
        name in old.inherited
        and name in new.inherited
        and any(one.field == PREFIX + name for one in found[new.row.id])
        for old, new in zip(known.variants, live.variants, strict=True)
    )


def without_agreed(
    found: Mapping[UUID, list[Drift]], live: KnownListing, wanted: WantedListing
) -> list[Noted]:
    """Take away stock levels that are just what we want, and return them to be noted.

    The store takes out what it sells, and so do we once the order has come in: nobody changed that.
    """
    agreed: list[Noted] = []
    for variant in live.variants:
        mine = wanted.variants.get(variant.row.id)
        want = mine.quantity if mine is not None else None
        now = variant.values[LEVEL]
        if live.counted_whole:
            want, now = wanted.quantity, live.values[LEVEL]
        drifts = found[variant.row.id]
        kept = [one for one in drifts if one.kind != "quantity" or want is None or want != now]
        if len(kept) == len(drifts):
            continue
        drifts[:] = kept
        if not live.counted_whole:
            agreed.append(Noted(Level.VARIANT, variant.row.id, LEVEL, now))
        if live.counted_whole or live.simple:
            agreed.append(Noted(Level.LISTING, live.row.id, LEVEL, now))
    return agreed


def told(found: Mapping[str, int], policy: Policy) -> str:
    """How much of each kind was found and what is done about it, in words."""
    return ", ".join(
        f"{found[kind]} {words[found[kind] != 1]} ({_done(kind, policy)})"
        for kind, words in COUNTED.items()
        if found.get(kind)
    )


def left_over(found: Mapping[str, int], policy: Policy) -> bool:
    """Whether anything that was found is only reported."""
    return any(policy.of(kind) == "report" for kind in COUNTED if found.get(kind))


def _done(kind: Kind, policy: Policy) -> str:
    action = policy.of(kind)
    return "taken note of" if kind == "missing" and action == "repair" else _DONE[action]


def _kind(name: str) -> Kind:
    return "quantity" if name == LEVEL else "price"
