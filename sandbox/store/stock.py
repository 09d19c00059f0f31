"""Stock per location, and the levels the catalogue shows (FACTS 5.10)."""

from dataclasses import dataclass

INT32_MAX = 2_147_483_647

StockKey = tuple[str, int]  # ("variant" | "product", id): what the tracking level counts


@dataclass(slots=True)
class Level:
    """Units of one item at one location; `available` is what can be sold."""

    onhand: int = 0
    safety: int = 0
    warning: int = 0
    bin_picking_number: str = ""
    is_in_stock: bool = True

    @property
    def available(self) -> int:
        """On hand without the safety stock."""
        return self.onhand - self.safety


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An accepted change of units on hand, applied when it is due."""

    due: float
    key: StockKey
    location_id: int
    quantity: int
    absolute: bool


class Stock:
    """All levels. An item without a level at a location was never counted there."""

    def __init__(self) -> None:
        self._levels: dict[StockKey, dict[int, Level]] = {}
        self._pending: list[Adjustment] = []

    def at(self, key: StockKey, location_id: int) -> Level | None:
        """The level at one location, if the item was ever counted there."""
        return self._levels.get(key, {}).get(location_id)

    def locations(self, key: StockKey) -> dict[int, Level]:
        """All levels of one item by location."""
        return self._levels.get(key, {})

    def ensure(self, key: StockKey, location_id: int) -> Level:
        """The level at one location, made when missing."""
        return self._levels.setdefault(key, {}).setdefault(location_id, Level())

    def available(self, key: StockKey) -> int:
        """Units that can be sold over all locations."""
        return sum(level.available for level in self._levels.get(key, {}).values())

    def set_available(self, key: StockKey, location_id: int, quantity: int) -> None:
        """Count the item so that `quantity` can be sold at the location."""
        level = self.ensure(key, location_id)
        level.onhand = quantity + level.safety

    def forget(self, key: StockKey) -> None:
        """Drop every level of a deleted item."""
        self._levels.pop(key, None)

    def schedule(
        self, due: float, key: StockKey, location_id: int, quantity: int, *, absolute: bool
    ) -> None:
        """Accept an adjustment of units on hand that becomes visible at `due` on the timer."""
        self._pending.append(Adjustment(due, key, location_id, quantity, absolute))

    def settle(self, now: float) -> list[Adjustment]:
        """Apply the accepted adjustments that are due, in order, and return them."""
        if not self._pending:
            return []
        due = [entry for entry in self._pending if entry.due <= now]
        self._pending = [entry for entry in self._pending if entry.due > now]
        for entry in due:
            level = self.ensure(entry.key, entry.location_id)
            level.onhand = entry.quantity if entry.absolute else level.onhand + entry.quantity
        return due
