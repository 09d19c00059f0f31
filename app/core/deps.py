"""What routes receive: the process's resources and a unit of work per request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from app.core.resources import Resources
from app.core.uow import UnitOfWork


def get_resources(request: Request) -> Resources:
    """Return the resources opened by the application's lifespan."""
    resources: Resources = request.app.state.resources
    return resources


async def get_unit_of_work(request: Request) -> AsyncIterator[UnitOfWork]:
    """Open the request's transaction; it commits before the answer is sent.

    An idempotent route has opened it already, so that the remembered answer commits with it.
    """
    opened: UnitOfWork | None = getattr(request.state, "unit_of_work", None)
    if opened is not None:
        yield opened
        return
    async with get_resources(request).unit_of_work() as uow:
        yield uow


Res = Annotated[Resources, Depends(get_resources)]
Uow = Annotated[UnitOfWork, Depends(get_unit_of_work, scope="function")]
