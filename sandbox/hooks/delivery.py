"""Delivering events: payload, signature, retries, switch-off and blocklist (FACTS 3.2 to 3.4)."""

import asyncio
import base64
import hashlib
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from standardwebhooks import Webhook

from sandbox.clock import Clock
from sandbox.errors import JSON
from sandbox.faults import FaultRule, Faults
from sandbox.hooks.blocklist import Blocklist
from sandbox.hooks.registry import Hook, HookRegistry
from sandbox.settings import SandboxSettings

CONCURRENT = 20


class Deliveries:
    """Sends each event to every hook that wants it, in the background."""

    def __init__(
        self,
        settings: SandboxSettings,
        clock: Clock,
        http: httpx.AsyncClient,
        hooks: HookRegistry,
        faults: Faults,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._http = http
        self._hooks = hooks
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(CONCURRENT)
        self._log: deque[JSON] = deque(maxlen=20_000)
        self._next = 1
        self.blocklist = Blocklist(clock.timer, settings.retry_scale)

    def publish(
        self, scope: str, store_id: str, data: JSON, secret_of: Callable[[str], str]
    ) -> None:
        """Queue an event for every active hook that wants its scope."""
        wanted = [hook for hook in self._hooks.all() if hook.is_active and hook.wants(scope)]
        if not wanted:
            return
        payload = self._payload(scope, store_id, data)
        for hook in wanted:
            if self._struck("mute_webhooks", scope):
                self._record(hook, payload, 0, None, "muted by a fault")
                continue
            copies = 2 if self._struck("duplicate_webhooks", scope) else 1
            for _ in range(copies):
                late = self._struck("reorder_webhooks", scope)
                span = (late.delay_ms or 300) / 1000 if late else 0.0
                self._spawn(hook, payload, secret_of(hook.client_id), span * self._faults.jitter())

    def log(self) -> list[JSON]:
        """Every attempt so far, oldest first; `status` is null when nobody answered."""
        return list(self._log)

    def clear(self) -> None:
        """Forget past attempts."""
        self._log.clear()

    def pending(self) -> int:
        """Deliveries under way or waiting for a retry."""
        return len(self._tasks)

    async def drain(self, timeout_s: float) -> bool:
        """Wait until nothing is under way; False when it took longer than `timeout_s`."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=timeout_s)
        return not self._tasks

    async def stop(self) -> None:
        """Cancel what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _struck(self, effect: str, scope: str) -> FaultRule | None:
        return self._faults.strike("EVENT", scope, frozenset({effect}))

    def _payload(self, scope: str, store_id: str, data: JSON) -> JSON:
        body: JSON = {
            "scope": scope,
            "store_id": store_id,
            "data": data,
            "created_at": self._clock.unix(),
            "producer": f"stores/{self._settings.store_hash}",
        }
        digest = hashlib.sha1(msgspec.json.encode(body), usedforsecurity=False).hexdigest()
        return {**body, "hash": digest}

    def _spawn(self, hook: Hook, payload: JSON, secret: str, wait_s: float) -> None:
        task = asyncio.get_running_loop().create_task(
            self._deliver(hook.id, payload, secret, wait_s)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, hook_id: int, payload: JSON, secret: str, wait_s: float) -> None:
        if wait_s:
            await self._clock.sleep(wait_s)
        raw = msgspec.json.encode(payload)
        message_id = f"msg_{payload['hash'][:12]}_{self._take_number()}"
        first_sent = datetime.now(UTC)
        waits = [0.0, *self._settings.retry_schedule]
        for attempt, wait in enumerate(waits, start=1):
            if wait:
                await self._clock.sleep(wait * self._settings.retry_scale)
            hook = self._hooks.find(hook_id)
            if hook is None or not hook.is_active:
                return
            moment = datetime.now(UTC) if self._settings.resign_retries else first_sent
            if await self._attempt(hook, payload, raw, secret, message_id, moment, attempt):
                return
        exhausted = self._hooks.find(hook_id)
        if exhausted is not None:
            self._hooks.deactivate(exhausted)

    async def _attempt(
        self,
        hook: Hook,
        payload: JSON,
        raw: bytes,
        secret: str,
        message_id: str,
        moment: datetime,
        attempt: int,
    ) -> bool:
        host = urlsplit(hook.destination).netloc
        if self._settings.blocklist and self.blocklist.blocks(host):
            self._record(hook, payload, attempt, None, "destination is on the blocklist")
            return False
        headers = {"Content-Type": "application/json", **(hook.headers or {})}
        if self._settings.sign_webhooks:
            headers.update(signature(secret, message_id, moment, raw))
        status: int | None = None
        error = ""
        async with self._slots:
            try:
                answer = await self._http.post(hook.destination, content=raw, headers=headers)
                status = answer.status_code
            except httpx.HTTPError as problem:
                error = f"{type(problem).__name__}: {problem}"
        ok = status is not None and 200 <= status < 300
        self.blocklist.count(host, ok)
        self._record(hook, payload, attempt, status, error)
        return ok

    def _record(
        self, hook: Hook, payload: JSON, attempt: int, status: int | None, error: str
    ) -> None:
        entry: dict[str, Any] = {
            "id": self._take_number(),
            "at": self._clock.unix(),
            "hook_id": hook.id,
            "destination": hook.destination,
            "scope": payload["scope"],
            "attempt": attempt,
            "status": status,
            "error": error,
            "payload": payload,
        }
        self._log.append(entry)

    def _take_number(self) -> int:
        self._next += 1
        return self._next


def signature(secret: str, message_id: str, moment: datetime, raw: bytes) -> dict[str, str]:
    """Standard Webhooks headers; the HMAC key is the raw client secret (FACTS 3.3)."""
    signer = Webhook(base64.b64encode(secret.encode()).decode())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signer.sign(message_id, moment, raw.decode()),
    }
