"""Reading the store's catalogue once per run, and keeping what listings may be linked to."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.integrations.linking.link_models import LinkCandidate
from app.integrations.linking.link_store import StoreProduct, from_json, to_json
from app.runs.kinds import FINISHED
from app.runs.models import Run


async def begin_index(res: Resources, run_id: UUID) -> None:
    """Forget what finished runs found, and what this one did not come to use."""
    over = select(Run.id).where(Run.status.in_(FINISHED))
    async with res.unit_of_work() as uow:
        await uow.session.execute(
            delete(LinkCandidate).where(
                (LinkCandidate.run_id == run_id) | LinkCandidate.run_id.in_(over)
            )
        )


async def keep(res: Resources, run_id: UUID, products: Sequence[StoreProduct]) -> None:
    """Add products to the run's index; a page that is read twice is kept once."""
    if not products:
        return
    statement = insert(LinkCandidate)
    async with res.unit_of_work() as uow:
        await uow.session.execute(
            statement.on_conflict_do_update(
                index_elements=["run_id", "external_number"],
                set_={"product": statement.excluded.product},
            ),
            [
                {"run_id": run_id, "external_number": product.id, "product": to_json(product)}
                for product in sorted(products, key=lambda product: product.id)
            ],
        )


async def kept(uow: UnitOfWork, run_id: UUID) -> list[StoreProduct]:
    """Return the run's index, by id."""
    rows = await uow.session.scalars(
        select(LinkCandidate.product)
        .where(LinkCandidate.run_id == run_id)
        .order_by(LinkCandidate.external_number)
    )
    return [from_json(document) for document in rows]
