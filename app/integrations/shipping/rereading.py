"""Reading an order back after its shipments, through Get Orders' own template and saving."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.bigcommerce.client import StoreClient
from app.bigcommerce.models.orders import Order
from app.channels.kinds import IntegrationType
from app.channels.repository import get_integration
from app.channels.settings import SETTINGS
from app.connections.models import Connection
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.integrations.context import StoreContext
from app.integrations.ordering.order_fetching import by_ids, keep_and_map
from app.integrations.ordering.order_mapping import MappedOrders
from app.integrations.ordering.order_saving import save_mapped
from app.mapping.engine.context import Context
from app.mapping.errors import TemplateInvalid
from app.templates.runs import template_in_force


@dataclass(frozen=True, kw_only=True)
class Rereading(StoreContext):
    """How Get Orders reads orders of the channel at present."""

    account_id: UUID
    channel_id: UUID

    async def map_order(self, order: Order) -> MappedOrders:
        """Complete and map an order that was read."""
        return await keep_and_map(self, self.channel_id, [order])

    async def save(self, uow: UnitOfWork, mapped: MappedOrders) -> bool:
        """Save what was mapped; False when Get Orders does not keep the order as it is now."""
        saved = await save_mapped(
            uow,
            self.res.keyring,
            account_id=self.account_id,
            channel_id=self.channel_id,
            mapped=mapped,
        )
        return bool(saved)


async def open_rereading(
    res: Resources,
    uow: UnitOfWork,
    connection: Connection,
    client: StoreClient,
    mapping: Context,
) -> Rereading | None:
    """Prepare reading back; None when the channel's Get Orders template cannot be used."""
    kind = IntegrationType.GET_ORDERS
    integration = await get_integration(uow, connection.channel_id, kind)
    account_id = connection.account_id
    try:
        template = await template_in_force(uow, account_id, integration.template_id, kind)
    except TemplateInvalid:
        return None
    if template is None:
        return None
    return Rereading(
        res=res,
        settings=SETTINGS[kind].model_validate(integration.settings),
        template=template,
        mapping=mapping,
        client=client,
        connection_id=connection.id,
        currency=connection.store.get("currency"),
        account_id=account_id,
        channel_id=connection.channel_id,
    )


async def read_order(client: StoreClient, number: int) -> Order | None:
    """Read an order of the store; None when the store does not know it."""
    return next(iter(await by_ids(client, [number])), None)
