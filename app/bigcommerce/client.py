"""The one place that talks to a store: ``StoreClient.request``.

A request asks pacing for a slot, is sent, is counted, and `retry.decide` judges what came back.
What remains is an `Answer`, or an error of errors.py. The access token lives in a header built
here and nowhere else; it never reaches a message, a record or a repr.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from app.bigcommerce import pacing, retry, wire
from app.bigcommerce.errors import CredentialsRejected, RateLimited, Where
from app.bigcommerce.pacing import Lane, PacingStore, Policy, Quota
from app.bigcommerce.retry import Failure
from app.bigcommerce.wire import Answer, Call, Exchange

T = TypeVar("T")
Param = str | int | bool
SHORTEST_REST = 0.05
ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One exchange for counters and logs; ``outcome`` is a status or a failure's name."""

    method: str
    path: str
    outcome: int | str
    seconds: float
    attempt: int
    request_id: str | None
    quota: Quota | None


class StoreClient:
    """One store's API in one lane; cheap to make, shares ``http`` and ``pacing`` with others.

    ``patience``: seconds a single call may wait in place for quota or a busy store before it
    raises RateLimited or StoreUnavailable with the ``wait`` that is left to others.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        api_url: str,
        store_hash: str,
        access_token: str,
        pacing: PacingStore,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: random.Random,
        lane: Lane = "bulk",
        patience: float = 0.0,
        policy: Policy = Policy(),  # noqa: B008 - frozen
        on_request: Callable[[RequestRecord], None] | None = None,
        user_agent: str = "bigcommerce-client",
    ) -> None:
        self.store_hash = store_hash
        self.lane: Lane = lane
        self.patience = patience
        self.requests_made = 0
        self.quota: Quota | None = None
        self._http = http
        self._url = f"{api_url.rstrip('/')}/stores/{quote(store_hash, safe='')}"
        self._token = access_token
        self._headers = {
            "X-Auth-Token": access_token,
            "Accept": "application/json",
            "User-Agent": user_agent,
        }
        self._pacing = pacing
        self._clock = clock
        self._sleep = sleep
        self._rng = rng
        self._policy = policy
        self._on_request = on_request

    def __repr__(self) -> str:
        return f"StoreClient({self.store_hash!r}, lane={self.lane!r})"

    async def request(
        self,
        method: str,
        path: str,
        expect: type[T],
        *,
        params: Mapping[str, Param] | None = None,
        body: object = None,
        repeatable: bool | None = None,
        attempts: int = retry.ATTEMPTS,
    ) -> Answer[T]:
        """Send to ``path`` (``/v2/…`` or ``/v3/…``) and read the data as ``expect``.

        Nothing (204) reads as an empty list for a list, as None for ``object``, and is a
        MalformedAnswer for a record. ``repeatable`` overrides what the method implies about
        repeating it unseen; ``attempts`` bounds that. Raises the errors of errors.py only.
        """
        call = Call(
            method,
            path,
            {key: _param(value) for key, value in (params or {}).items()},
            None if body is None else ENCODER.encode(body),
            repeatable,
            attempts,
        )
        if not (self._token.isascii() and self._token.isprintable() and self._token.strip()):
            # Someone typed it in; it cannot even be sent, so no store would accept it.
            raise CredentialsRejected(Where(method, path), detail="the token is not a token")
        return wire.answer(call, await self._exchange(call), expect)

    async def get(
        self, path: str, expect: type[T], *, params: Mapping[str, Param] | None = None
    ) -> T:
        """GET, data only."""
        return (await self.request("GET", path, expect, params=params)).data

    async def rest(self, attempt: int) -> None:
        """The pause before trying something smaller after a stumble (paging)."""
        await self._sleep(retry.pause(attempt, self._rng))

    async def _exchange(self, call: Call) -> Exchange:
        """Send until `retry` is content; raises when it gives up or wants to wait outside."""
        attempt, patience = 1, self.patience
        while True:
            ticket, waited = await self._slot(call, patience)
            patience -= waited
            got = await self._send(call, attempt, ticket)
            outcome = got.outcome
            if isinstance(outcome, int) and 200 <= outcome < 300:
                return got
            verdict = retry.decide(
                call.method,
                outcome,
                got.headers,
                attempt,
                rng=self._rng,
                safe_to_repeat=call.repeatable,
                patience=patience,
                attempts=call.attempts,
            )
            if not isinstance(verdict, retry.Retry):
                raise wire.error(call, got, verdict) from got.cause
            if outcome in retry.BUSY:
                patience -= verdict.after
            await self._sleep(verdict.after)
            attempt += 1

    async def _slot(self, call: Call, patience: float) -> tuple[str, float]:
        """A pacing ticket, after its delay, and the seconds of patience it took."""
        waited = 0.0
        while True:
            decision = await self._pacing.transact(
                self.store_hash,
                lambda state, now: pacing.reserve(state, now, self.lane, self._policy),
            )
            if isinstance(decision, pacing.Refuse):
                if decision.wait > patience - waited:
                    raise RateLimited(Where(call.method, call.path), wait=decision.wait)
                await self._sleep(decision.wait)
                waited += max(decision.wait, SHORTEST_REST)
                continue
            if decision.delay > 0:
                try:
                    await self._sleep(decision.delay)
                except BaseException:
                    await self._give_back(decision.ticket, sent=False)
                    raise
            return decision.ticket, waited

    async def _give_back(self, ticket: str, *, sent: bool) -> None:
        await self._pacing.transact(
            self.store_hash, lambda state, now: pacing.release(state, now, ticket, sent)
        )

    async def _send(self, call: Call, attempt: int, ticket: str) -> Exchange:
        """Send once and tell pacing, the counter and the observer what came of it."""
        started = self._clock()
        self.requests_made += 1
        try:
            got = await self._over_the_wire(call)
        except BaseException:
            await self._give_back(ticket, sent=True)
            raise
        outcome, headers = got.outcome, got.headers
        if isinstance(outcome, Failure) and outcome is not Failure.UNREADABLE:
            await self._give_back(ticket, sent=outcome is not Failure.NOT_SENT)
        else:
            status = outcome if isinstance(outcome, int) else 200
            await self._pacing.transact(
                self.store_hash,
                lambda state, now: pacing.observe(state, now, ticket, status, headers),
            )
        quota = pacing.read_quota(headers)
        self.quota = quota or self.quota
        if self._on_request is not None:
            said = outcome if isinstance(outcome, int) else outcome.value
            seconds = self._clock() - started
            self._on_request(
                RequestRecord(call.method, call.path, said, seconds, attempt, got.request_id, quota)
            )
        return got

    async def _over_the_wire(self, call: Call) -> Exchange:
        headers = self._headers
        if call.content is not None:
            headers = {**headers, "Content-Type": "application/json"}
        return await wire.exchange(
            self._http, call, url=self._url, headers=headers, secret=self._token
        )


def _param(value: Param) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
