"""Whether a listing is to be seen, bought or deleted: pending changes, rules, stock.

A listing that a sync took off sale carries an attention code, and only such a listing is put on
sale again by itself: what a person hid stays hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.channels.settings import OutOfStock
from app.integrations.syncing.known import KnownListing
from app.listings.kinds import Health
from app.listings.synced import (
    DISABLED_OUT_OF_STOCK,
    HIDDEN_OUT_OF_STOCK,
    PENDING_HERE,
    StatusNote,
)
from app.rules.statuses import StatusDecision

AVAILABLE = "available"
DISABLED = "disabled"


@dataclass
class StatusWish:
    """What is to change; None leaves a part as it is."""

    visible: bool | None = None
    availability: str | None = None
    deletion: bool = False
    health: Health | None = None
    carried_out: str | None = None
    attention: dict[str, bool] = field(default_factory=dict)
    reason: str = ""

    def note(self, listing: KnownListing) -> StatusNote:
        """What to record once the store has it."""
        facts: dict[str, object] = {}
        if self.visible is not None:
            facts["is_visible"] = self.visible
        if self.availability is not None:
            facts["availability"] = self.availability
        return StatusNote(listing.row.id, facts, self.health, self.carried_out, self.attention)

    @property
    def says_something(self) -> bool:
        """Whether anything is to be recorded."""
        return bool(self.health or self.carried_out or self.attention)


def wanted_status(
    known: KnownListing,
    out_of_stock: OutOfStock,
    in_stock: bool | None,
    rule: StatusDecision | None = None,
) -> StatusWish:
    """Decide; `in_stock` is None when the listing's stock is not known.

    What was asked for comes first, then the channel's rules, then running out of stock. A rule
    that wants a listing to be listed does not show one that has nothing to sell.
    """
    pending = known.row.pending
    if pending in PENDING_HERE:
        wish = _carry_out(known, str(pending), f"The listing is to be {pending}.")
        wish.carried_out = pending
        return wish
    if rule is not None and rule.to != "listed":
        if rule.to == "paused":
            return StatusWish(health=Health.PAUSED, reason=rule.reason)
        return _carry_out(known, rule.to, rule.reason)
    by_stock = _by_stock(known, out_of_stock, in_stock)
    hidden_for_stock = HIDDEN_OUT_OF_STOCK in {*known.row.attention, *by_stock.attention}
    if rule is not None and not known.visible and not hidden_for_stock:
        return _carry_out(known, rule.to, rule.reason)
    return by_stock


def _carry_out(known: KnownListing, pending: str, reason: str) -> StatusWish:
    codes = known.row.attention
    markers: dict[str, bool] = {
        code: False for code in (HIDDEN_OUT_OF_STOCK, DISABLED_OUT_OF_STOCK) if code in codes
    }
    wish = StatusWish(reason=reason)
    if pending == "delisted":
        wish.deletion = True
        wish.health = Health.DELISTED
    else:
        wish.attention = markers
        wish.visible = pending == "listed"
        wish.health = Health.LISTED if wish.visible else Health.HIDDEN
        if DISABLED_OUT_OF_STOCK in markers:
            wish.availability = AVAILABLE
        if wish.health == known.row.health:
            wish.health = None
    return _without_repetition(known, wish)


def _by_stock(known: KnownListing, settings: OutOfStock, in_stock: bool | None) -> StatusWish:
    wish = StatusWish()
    if in_stock is None or settings.apply != "listing":
        return wish
    codes = set(known.row.attention)
    to_hide = not in_stock and settings.behavior in {"hide", "redirect"}
    to_disable = not in_stock and settings.behavior == "keep_accessible"
    if to_hide and known.visible:
        wish.visible, wish.health = False, Health.HIDDEN
        wish.attention[HIDDEN_OUT_OF_STOCK] = True
    elif not to_hide and HIDDEN_OUT_OF_STOCK in codes:
        wish.visible, wish.health = True, Health.LISTED
        wish.attention[HIDDEN_OUT_OF_STOCK] = False
    if to_disable and known.availability == AVAILABLE:
        wish.availability = DISABLED
        wish.attention[DISABLED_OUT_OF_STOCK] = True
    elif not to_disable and DISABLED_OUT_OF_STOCK in codes:
        wish.availability = AVAILABLE
        wish.attention[DISABLED_OUT_OF_STOCK] = False
    wish.reason = "It is in stock again." if in_stock else "It is out of stock."
    return _without_repetition(known, wish)


def _without_repetition(known: KnownListing, wish: StatusWish) -> StatusWish:
    """What the store has already is not sent again, but still recorded."""
    if wish.visible == known.visible:
        wish.visible = None
    if wish.availability == known.availability:
        wish.availability = None
    return wish
