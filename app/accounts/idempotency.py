"""`Idempotency-Key` on POST: the same key and body answers the same result.

The remembered answer is written in the transaction that has the effect, so after a crash either
both exist or neither. Answers are kept encrypted, since some carry a key or an address.
Concurrent requests with one key wait for each other on the unique index.
Routes that talk to a store cannot hold a transaction open; they are marked `detached` and
remember their answer right after the effect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.auth import authenticate, check_reach
from app.accounts.models import IdempotencyKey
from app.accounts.service import Principal
from app.core.crypto import KeyRing
from app.core.deps import get_resources
from app.core.errors import AppError, ValidationFailed
from app.core.uow import UnitOfWork

MAX_KEY = 255
REMEMBERED_FOR = timedelta(hours=24)
F = TypeVar("F", bound=Callable[..., Any])


class KeyReused(AppError):
    """The key was used before with another request."""

    code: ClassVar[str] = "idempotency_key_reused"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "The idempotency key was used with another request"


def detached(endpoint: F) -> F:
    """Mark an endpoint that opens its own units of work because it calls a store."""
    endpoint.__dict__["detached"] = True
    return endpoint


class IdempotentRoute(APIRoute):
    """Route class of routers whose POSTs honour `Idempotency-Key`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        original = super().get_route_handler()
        is_detached = getattr(self.endpoint, "detached", False)

        async def handle(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            token = request.headers.get("authorization", "")
            if request.method != "POST" or key is None or not token.lower().startswith("bearer "):
                return await original(request)
            if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
                raise ValidationFailed.of(
                    "Idempotency-Key", "invalid_key", f"Use 1 to {MAX_KEY} printable characters."
                )
            principal = await authenticate(get_resources(request), token[7:].strip())
            request.state.principal = principal
            check_reach(request, principal)
            fingerprint = await _fingerprint(request, principal)
            if is_detached:
                return await _run_detached(request, principal, key, fingerprint, original)
            return await _run_in_one(request, principal, key, fingerprint, original)

        return handle


async def _fingerprint(request: Request, principal: Principal) -> str:
    """Who asked for what: an answer is for the API key that it was given to."""
    body = await request.body()
    asked = f"{principal.actor} {principal.scope} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(asked.encode() + body).hexdigest()


async def _run_in_one(
    request: Request,
    principal: Principal,
    key: str,
    fingerprint: str,
    original: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Response:
    keyring = get_resources(request).keyring
    stack: AsyncExitStack = request.scope["fastapi_function_astack"]
    uow = await stack.enter_async_context(get_resources(request).unit_of_work())
    request.state.unit_of_work = uow
    inserted = await uow.session.scalar(
        insert(IdempotencyKey)
        .values(account_id=principal.account_id, key=key, fingerprint=fingerprint)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    if inserted is None:
        remembered = await _find(uow, principal, key)
        if remembered is not None:
            return _replay(keyring, remembered, fingerprint)
    response = await original(request)
    await _remember(uow, keyring, principal, key, fingerprint, response)
    return response


async def _run_detached(
    request: Request,
    principal: Principal,
    key: str,
    fingerprint: str,
    original: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Response:
    res = get_resources(request)
    async with res.unit_of_work() as uow:
        remembered = await _find(uow, principal, key)
    if remembered is not None:
        return _replay(res.keyring, remembered, fingerprint)
    response = await original(request)
    async with res.unit_of_work() as uow:
        await uow.session.execute(
            insert(IdempotencyKey)
            .values(account_id=principal.account_id, key=key, fingerprint=fingerprint)
            .on_conflict_do_nothing()
        )
        await _remember(uow, res.keyring, principal, key, fingerprint, response)
    return response


async def _find(uow: UnitOfWork, principal: Principal, key: str) -> IdempotencyKey | None:
    row: IdempotencyKey | None = await uow.session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.account_id == principal.account_id, IdempotencyKey.key == key
        )
    )
    return row


async def _remember(
    uow: UnitOfWork,
    keyring: KeyRing,
    principal: Principal,
    key: str,
    fingerprint: str,
    response: Response,
) -> None:
    await uow.session.execute(
        update(IdempotencyKey)
        .where(
            IdempotencyKey.account_id == principal.account_id,
            IdempotencyKey.key == key,
            IdempotencyKey.fingerprint == fingerprint,
            IdempotencyKey.status.is_(None),
        )
        .values(
            status=response.status_code,
            sealed_body=keyring.encrypt(bytes(response.body).decode()),
            media_type=response.headers.get("content-type"),
        )
    )


def _replay(keyring: KeyRing, row: IdempotencyKey, fingerprint: str) -> Response:
    if row.fingerprint != fingerprint:
        raise KeyReused("Send a new Idempotency-Key with a new request.")
    return Response(
        content=keyring.decrypt(row.sealed_body) if row.sealed_body else "",
        status_code=row.status or 200,
        headers={"Content-Type": row.media_type or "application/json", "Idempotent-Replay": "true"},
    )


async def forget_old_keys(uow: UnitOfWork) -> None:
    """Drop answers that are older than a day."""
    before = uow.clock.now() - REMEMBERED_FOR
    await uow.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
