"""An order on one channel makes the others sell less: they are told at once, not when it is due.

Saving orders marks the account's other channels whose stock is kept in step. A moment later, when
no more orders pour in, a sync of the listings concerned is started for each of them. It sends
nothing where nothing changed, and while another run of the integration is under way, it waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from app.core.uow import UnitOfWork
from app.integrations.syncing.sold import LINES, TOLD
from app.runs.params import MAX_IDS

GATHERING: Final = timedelta(seconds=1)
APART: Final = timedelta(seconds=15)
"""Between the starts of two such runs of a channel."""
OVERLAP: Final = timedelta(minutes=1)
"""Orders are looked for from so long before the mark on, for clocks that differ a little."""
AT_ONCE: Final = 50

# The fragments are constants of `sold`; values are bound.
_MARK: Final = text("""
    UPDATE channel_integrations AS other SET stock_moved_at = :now
    FROM channels
    WHERE channels.id = other.channel_id AND channels.account_id = :account_id
      AND channels.deleted_at IS NULL AND channels.id <> :channel_id
      AND other.type = 'sync_listings' AND other.enabled AND other.stock_moved_at IS NULL
""")
_DUE: Final = text("""
    SELECT moved.channel_id, channels.account_id, moved.stock_moved_at
    FROM channel_integrations AS moved
    JOIN channels ON channels.id = moved.channel_id AND channels.deleted_at IS NULL
    JOIN connections ON connections.channel_id = moved.channel_id
      AND connections.status = 'active' AND connections.deleted_at IS NULL
    WHERE moved.stock_moved_at <= :before AND moved.enabled AND NOT moved.paused
      AND moved.settings -> 'fields' ? 'quantity'
      AND NOT EXISTS (
          SELECT 1 FROM runs
          WHERE runs.channel_id = moved.channel_id AND runs.integration = 'sync_listings'
            AND (runs.status IN ('queued', 'running', 'waiting')
                 OR runs.trigger = 'webhook' AND runs.created_at > :not_since)
      )
    ORDER BY moved.stock_moved_at LIMIT :limit
    FOR UPDATE OF moved SKIP LOCKED
""")
_LISTINGS: Final = text(f"""
    WITH {TOLD}, sold AS (
        SELECT DISTINCT level.sku_key FROM {LINES}
        WHERE o.account_id = :account_id AND o.channel_id <> :channel_id
          AND o.updated_at >= :since AND level.sku_key IS NOT NULL
    ), owners AS (
        SELECT id FROM products WHERE account_id = :account_id
          AND sku_key IN (SELECT sku_key FROM sold)
        UNION
        SELECT product_id FROM product_variants WHERE account_id = :account_id
          AND sku_key IN (SELECT sku_key FROM sold)
    )
    SELECT id FROM listings
    WHERE channel_id = :channel_id AND link_status = 'linked' AND external_id IS NOT NULL
      AND product_id IN (SELECT id FROM owners)
    ORDER BY id LIMIT :limit
""")
_SETTLE: Final = text("""
    UPDATE channel_integrations SET stock_moved_at = NULL
    WHERE channel_id = :channel_id AND type = 'sync_listings'
""")


@dataclass(frozen=True)
class Moved:
    """A channel that sells what others have sold, and since when that was not told to its store."""

    channel_id: UUID
    account_id: UUID
    since: datetime


async def mark_others(uow: UnitOfWork, account_id: UUID, channel_id: UUID) -> None:
    """Note that orders of a channel have changed what the account's other channels can sell."""
    values = {"account_id": account_id, "channel_id": channel_id, "now": uow.clock.now()}
    await uow.session.execute(_MARK, values)


async def channels_to_tell(uow: UnitOfWork) -> list[Moved]:
    """Return and lock channels that are to be told now."""
    now = uow.clock.now()
    rows = await uow.session.execute(
        _DUE, {"before": now - GATHERING, "not_since": now - APART, "limit": AT_ONCE}
    )
    return [Moved(*row) for row in rows]


async def params_of_sync(uow: UnitOfWork, moved: Moved) -> dict[str, Any] | None:
    """What the run is restricted to; None when nothing of it is sold on the channel."""
    rows = await uow.session.scalars(
        _LISTINGS,
        {
            "account_id": moved.account_id,
            "channel_id": moved.channel_id,
            "since": moved.since - OVERLAP,
            "limit": MAX_IDS + 1,
        },
    )
    ids = [str(listing_id) for listing_id in rows]
    if not ids:
        return None
    return {} if len(ids) > MAX_IDS else {"listing_ids": ids}


async def told(uow: UnitOfWork, moved: Moved) -> None:
    """Take the mark away: a run is under way that began after it, or there is nothing to tell."""
    await uow.session.execute(_SETTLE, {"channel_id": moved.channel_id})
