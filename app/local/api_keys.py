"""API keys made on this machine, by whoever may open the database."""

from __future__ import annotations

from app.accounts.service import Scope, create_key, ensure_account
from app.core.clock import SystemClock
from app.core.db import make_engine, make_sessions
from app.core.queue import SilentQueue
from app.core.uow import UnitOfWork


async def create_api_key(database_url: str, account: str, scope: Scope) -> str:
    """Create a key, and the account when it is missing; the text is returned this once."""
    engine = make_engine(database_url, pool_size=2)
    try:
        async with UnitOfWork(make_sessions(engine), SilentQueue(), SystemClock()) as uow:
            _, text = await create_key(uow, await ensure_account(uow, account), scope)
        return text
    finally:
        await engine.dispose()
