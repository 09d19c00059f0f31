"""Records fetched on request, from a store or from our catalogue, to try a template on."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import NotFound as NotInStore
from app.bigcommerce.models.catalog import Brand
from app.bigcommerce.resources import brands, categories, orders, products
from app.channels.repository import get_channel
from app.connections.client import INTERACTIVE_PATIENCE, store_client
from app.connections.kinds import ConnectionStatus
from app.connections.models import Connection
from app.connections.repository import usable_connection
from app.connections.views import store_errors
from app.core.errors import NotFound, ValidationFailed
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.integrations.build_sources import own_product_record
from app.integrations.importing.product_records import brand_names, category_paths, product_record
from app.integrations.ordering.order_records import order_record
from app.integrations.ordering.order_refunds import with_refunds
from app.integrations.ordering.whole_orders import complete
from app.runs.errors import ConnectionNotActive
from app.templates.kinds import TemplateKind
from app.templates.ports import LiveRecord


class LiveRecords:
    """The `RecordSource` of template previews."""

    async def fetch(
        self,
        res: Resources,
        account_id: UUID,
        integration: TemplateKind,
        channel_id: UUID | None,
        external_id: str,
    ) -> LiveRecord:
        """Fetch a product or an order by its id in the store, or a product of ours by its SKU."""
        if integration is TemplateKind.BUILD_LISTINGS:
            async with res.unit_of_work() as uow:
                return LiveRecord(await own_product_record(uow, account_id, external_id))
        if not external_id.isascii() or not external_id.isdigit() or len(external_id) > 15:
            raise NotFound(f"The store has no record “{external_id}”.")
        async with res.unit_of_work() as uow:
            connection = await _connection(uow, account_id, channel_id)
        client = store_client(res, connection, "orders", patience=INTERACTIVE_PATIENCE)
        with store_errors():
            try:
                record = await _record(client, integration, int(external_id))
            except NotInStore as error:
                raise NotFound(f"The store has no record “{external_id}”.") from error
        return LiveRecord(
            record=record,
            weight_unit=connection.store.get("weight_units"),
            dimension_unit=connection.store.get("dimension_units"),
        )


async def _connection(uow: UnitOfWork, account_id: UUID, channel_id: UUID | None) -> Connection:
    if channel_id is not None:
        await get_channel(uow, account_id, channel_id)
        connection = await usable_connection(uow, channel_id)
        if connection is None:
            raise ConnectionNotActive("The channel is not connected to a store.")
        return connection
    found = list(
        await uow.session.scalars(
            select(Connection)
            .where(
                Connection.account_id == account_id,
                Connection.status == ConnectionStatus.ACTIVE,
            )
            .limit(2)
        )
    )
    if not found:
        raise ConnectionNotActive("No channel of this account is connected to a store.")
    if len(found) > 1:
        raise ValidationFailed.of(
            "channel_id", "channel_needed", "Several stores are connected: name the channel."
        )
    return found[0]


async def _record(
    client: StoreClient, integration: TemplateKind, external_id: int
) -> dict[str, object]:
    if integration is TemplateKind.IMPORT_LISTINGS:
        product = await products.one(client, external_id)
        named: list[Brand] = []
        async for page in brands.pages(client):
            named.extend(page.items)
        paths = category_paths(await categories.all_of(client))
        return product_record(product, brand_names(named), paths)
    if integration is TemplateKind.GET_ORDERS:
        whole = await complete(client, await orders.one(client, external_id))
        return order_record((await with_refunds(client, [whole]))[0])
    raise ValidationFailed.of(
        "external_id",
        "no_live_record",
        f"{integration} does not read from the store: send a `record` instead.",
    )
