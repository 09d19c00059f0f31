"""What the whole store does without stock: one setting of the store, changed only when asked for.

`out_of_stock.apply: store` asks for it: a dry run shows the change, a run makes it, and the run
after `apply` went back to `listing` restores what the store had, unless somebody changed it since.
What the store had is written down before the request leaves.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import update

from app.bigcommerce.errors import NOT_OFFERED, Refused
from app.bigcommerce.resources import store
from app.channels.models import ChannelIntegration
from app.channels.repository import get_integration
from app.channels.settings import OutOfStock
from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, RunContext
from app.integrations.syncing.cursor import SyncCursor
from app.runs.kinds import Entity, LogLevel, Outcome, RunMode
from app.runs.recording import ItemOutcome, LogLine, PageRecord

FIELD: Final = "product_out_of_stock_behavior"
KEPT: Final = "out_of_stock"
_BEHAVIORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "do_nothing": "do_nothing",
        "hide": "hide_product",
        "keep_accessible": "hide_product_and_accessible",
        "redirect": "hide_product_and_redirect",
    }
)
"""The store's own words (FACTS 5.11)."""


@dataclass
class SettingPage:
    """A step of the change. `kept` is what the channel remembers from here on; None forgets."""

    context: RunContext
    at: SyncCursor
    kept: dict[str, str] | None
    items: tuple[ItemOutcome, ...] = ()
    log: tuple[LogLine, ...] = ()

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Remember, and report."""
        run = self.context.run
        row = await get_integration(uow, run.channel_id, run.integration)
        cursor = {key: value for key, value in row.cursor.items() if key != KEPT}
        if self.kept is not None:
            cursor[KEPT] = self.kept
        await uow.session.execute(
            update(ChannelIntegration)
            .where(
                ChannelIntegration.channel_id == run.channel_id,
                ChannelIntegration.type == run.integration.value,
            )
            .values(cursor=cursor)
        )
        return PageResult(
            PageRecord(cursor=self.at.to_json(), items=list(self.items), log=list(self.log))
        )


async def store_setting_pages(
    context: RunContext, wanted: OutOfStock, at: SyncCursor
) -> AsyncGenerator[SettingPage, None]:
    """Bring the store's setting to what is wanted; costs a request only if anything may be."""
    kept: dict[str, str] | None = context.integration_cursor.get(KEPT)
    if wanted.apply != "store" and kept is None:
        return
    try:
        live = (await store.inventory_settings(context.client)).product_out_of_stock_behavior
    except NOT_OFFERED as error:
        line = LogLine(error.for_merchant, LogLevel.WARNING, "store_setting_not_readable")
        yield SettingPage(context, at, kept, log=(line,))
        return
    target, following = _decided(wanted, kept, live)
    if target == live:
        if following != kept:
            yield SettingPage(context, at, following)
        return
    item = _item(Outcome.UPDATED, live, target)
    if context.run.mode is RunMode.DRY_RUN:
        yield SettingPage(context, at, kept, (item,))
        return
    before = {"previous": (kept or {}).get("previous", live), "applied": target}
    yield SettingPage(context, at, before)
    try:
        await store.set_out_of_stock_behavior(context.client, target)
    except (*NOT_OFFERED, Refused) as error:
        failed = _item(Outcome.FAILED, live, target, "store_refused", error.for_merchant)
        yield SettingPage(context, at, kept, (failed,))
        return
    said = LogLine(f"What the whole store does without stock is now {target}; it was {live}.")
    yield SettingPage(context, at, following, (item,), (said,))


def _decided(
    wanted: OutOfStock, kept: dict[str, str] | None, live: str
) -> tuple[str, dict[str, str] | None]:
    """What the store's setting should be, and what is then to be remembered."""
    if wanted.apply == "store":
        target = _BEHAVIORS[wanted.behavior]
        previous = (kept or {}).get("previous", live)
        untouched = kept is None and target == live
        return target, None if untouched else {"previous": previous, "applied": target}
    if kept is not None and live == kept["applied"]:
        return kept["previous"], None
    return live, None


def _item(
    outcome: Outcome, live: str, target: str, code: str | None = None, message: str | None = None
) -> ItemOutcome:
    changes: list[dict[str, Any]] | None = [{"field": FIELD, "from": live, "to": target}]
    return ItemOutcome(
        Entity.STORE,
        FIELD,
        outcome,
        code=code,
        message=message or "What the whole store does with products without stock.",
        field=FIELD,
        changes=None if outcome is Outcome.FAILED else changes,
    )
