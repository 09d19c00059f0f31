"""Whose event it is and whether it is theirs: the store's keys, kept for some seconds.

A store that we do not know is checked against keys that nobody has, so that neither the answer
nor the work behind it tells which stores are connected.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.bigcommerce.errors import SignatureRefused
from app.bigcommerce.signatures import WebhookProof, verify_webhook
from app.connections.client import SECRET_HEADER, WebhookKeys, webhook_keys
from app.connections.repository import live_connection
from app.core.resources import Resources

LIFE_SECONDS = 5.0
RELOAD_AFTER_SECONDS = 1.0
"""A refused event may mean that the keys have changed, but a flood of them must not cost one
look-up each."""
MOST_STORES = 2_000


@dataclass(frozen=True, slots=True)
class StoreKeys:
    """A store's connection, None for an unknown store, and what its events are verified with."""

    connection_id: UUID | None
    keys: WebhookKeys
    loaded_at: float


class Verifier:
    """Verifies deliveries; `clock` is in seconds and only ever goes forward."""

    def __init__(self, res: Resources, clock: Callable[[], float]) -> None:
        self._res = res
        self._clock = clock
        self._known: OrderedDict[str, StoreKeys] = OrderedDict()
        self._loading: dict[str, asyncio.Task[StoreKeys]] = {}

    async def verify(
        self, store_hash: str, raw_body: bytes, headers: Mapping[str, str]
    ) -> tuple[UUID, WebhookProof]:
        """Return the store's connection and the proof; raises `SignatureRefused`."""
        found = self._known.get(store_hash)
        if found is None or self._clock() - found.loaded_at > LIFE_SECONDS:
            found = await self._load(store_hash)
        try:
            return self._check(found, raw_body, headers)
        except SignatureRefused:
            if self._clock() - found.loaded_at < RELOAD_AFTER_SECONDS:
                raise
        return self._check(await self._load(store_hash), raw_body, headers)

    def _check(
        self, store: StoreKeys, raw_body: bytes, headers: Mapping[str, str]
    ) -> tuple[UUID, WebhookProof]:
        own = store.keys.header_secret
        proof = verify_webhook(
            raw_body,
            headers,
            secret_header=SECRET_HEADER,
            secrets=(own,) if own else (),
            client_secret=store.keys.client_secret,
            now=int(self._res.clock.now().timestamp()),
            require_signature=self._res.settings.webhook_signature_required,
        )
        if store.connection_id is None:
            raise SignatureRefused("unknown_store")
        return store.connection_id, proof

    async def _load(self, store_hash: str) -> StoreKeys:
        """Look the keys up, once for all who ask at the same time."""
        task = self._loading.get(store_hash)
        if task is None:
            task = self._loading[store_hash] = self._res.background.spawn(self._look_up(store_hash))
            task.add_done_callback(lambda _: self._loading.pop(store_hash, None))
        # One who gives up must not take the answer from the others.
        return await asyncio.shield(task)

    async def _look_up(self, store_hash: str) -> StoreKeys:
        async with self._res.unit_of_work() as uow:
            connection = await live_connection(uow, store_hash)
        if connection is None:
            keys = WebhookKeys(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
            found = StoreKeys(None, keys, self._clock())
        else:
            keys = webhook_keys(self._res, connection)
            found = StoreKeys(connection.id, keys, self._clock())
        self._known[store_hash] = found
        self._known.move_to_end(store_hash)
        if len(self._known) > MOST_STORES:
            self._known.popitem(last=False)
        return found
