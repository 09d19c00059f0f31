"""Aggregate fields: values of several sources, combined into one per SKU.

The result stands in `extra` of the product or variant, where templates find it: all of them by
name in `custom_aggregate_fields`, and as one text in `custom_aggregate_field`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.accounts.audit import changed, record_change
from app.accounts.service import Principal
from app.core.errors import Conflict, NotFound
from app.core.uow import UnitOfWork
from app.mapping.aggregate import Function, Kind, aggregate
from app.mapping.aggregate import SourceValue as Reported
from app.mapping.values import as_text
from app.products.aggregate_schemas import AggregateFieldBody, SourceValueBody
from app.products.columns import sku_key
from app.products.models import AggregateField, SourceValue
from app.products.repository import find_skus, lock_catalogue
from app.products.schemas import Counts, FailedItem

LISTED: Final = "custom_aggregate_fields"
AS_TEXT: Final = "custom_aggregate_field"
_COLUMNS: Final = ("name", "kind", "function", "sources", "ignore_out_of_stock")
_SHOW: Final = """
    UPDATE {table} AS t
    SET extra = (t.extra - CAST(:names AS text[])) || v.shown, updated_at = :now
    FROM (
        SELECT k.sku_key, CAST(k.shown AS jsonb) AS shown
        FROM unnest(CAST(:keys AS text[]), CAST(:shown AS text[])) AS k(sku_key, shown)
    ) AS v
    WHERE t.account_id = :account_id AND t.sku_key = v.sku_key
      AND t.extra IS DISTINCT FROM (t.extra - CAST(:names AS text[])) || v.shown
"""


class AggregateNameTaken(Conflict):
    """Another aggregate field has this name."""

    code = "name_taken"
    title = "The name is taken"


def fields_of(account_id: UUID) -> Select[AggregateField]:
    """Select an account's aggregate fields, oldest first."""
    return (
        select(AggregateField)
        .where(AggregateField.account_id == account_id)
        .order_by(AggregateField.id)
    )


async def get_field(uow: UnitOfWork, account_id: UUID, field_id: UUID) -> AggregateField:
    """Return a field of the account; raises `NotFound`."""
    found = await uow.session.scalar(fields_of(account_id).where(AggregateField.id == field_id))
    if found is None:
        raise NotFound("There is no aggregate field with that id.")
    return found


async def create_field(
    uow: UnitOfWork, caller: Principal, body: AggregateFieldBody
) -> AggregateField:
    """Add a field; it has values as soon as sources report some."""
    row = AggregateField(account_id=caller.account_id, **body.model_dump())
    uow.session.add(row)
    await _flush(uow, body.name)
    record_change(uow, caller, "create", "aggregate_field", row.id, body.model_dump())
    await uow.session.flush()
    await uow.session.refresh(row)
    return row


async def change_field(
    uow: UnitOfWork, caller: Principal, field_id: UUID, body: AggregateFieldBody
) -> AggregateField:
    """Change a field, and combine anew what its sources said."""
    await lock_catalogue(uow, caller.account_id)
    row = await get_field(uow, caller.account_id, field_id)
    before = {name: getattr(row, name) for name in _COLUMNS}
    for name, value in body.model_dump().items():
        setattr(row, name, value)
    changes = changed(before, body.model_dump())
    if changes:
        row.updated_at = uow.clock.now()
        await _flush(uow, body.name)
        record_change(uow, caller, "update", "aggregate_field", row.id, changes)
        await _show(uow, caller.account_id, await _keys_of(uow, row.id))
    await uow.session.flush()
    return row


async def delete_field(uow: UnitOfWork, caller: Principal, field_id: UUID) -> None:
    """Delete a field with all that sources said of it."""
    await lock_catalogue(uow, caller.account_id)
    row = await get_field(uow, caller.account_id, field_id)
    keys = await _keys_of(uow, row.id)
    await uow.session.delete(row)
    record_change(uow, caller, "delete", "aggregate_field", row.id, {"name": row.name})
    await uow.session.flush()
    await _show(uow, caller.account_id, keys)


async def put_values(
    uow: UnitOfWork, account_id: UUID, items: Sequence[SourceValueBody | FailedItem]
) -> Counts:
    """Write what sources say; an item that cannot be taken does not stop the others."""
    await lock_catalogue(uow, account_id)
    failed = [item for item in items if isinstance(item, FailedItem)]
    given = [item for item in items if isinstance(item, SourceValueBody)]
    fields = {row.name.lower(): row for row in await uow.session.scalars(fields_of(account_id))}
    known = await find_skus(uow, account_id, {item.sku for item in given})
    chosen: dict[tuple[UUID, str, str], SourceValueBody] = {}
    for item in given:
        field = fields.get(item.field.lower())
        if field is None:
            message = f"There is no aggregate field “{item.field}”."
            failed.append(FailedItem(sku=item.sku, code="unknown_field", message=message))
        elif sku_key(item.sku) not in known:
            message = "No product or variant has this SKU."
            failed.append(FailedItem(sku=item.sku, code="unknown_sku", message=message))
        else:
            chosen[field.id, sku_key(item.sku), item.source.strip()] = item
    counts = await _write(uow, chosen)
    await _show(uow, account_id, {key for _, key, _ in chosen})
    return Counts(**counts, failed=failed)


async def _write(
    uow: UnitOfWork, chosen: dict[tuple[UUID, str, str], SourceValueBody]
) -> dict[str, int]:
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    rows = await uow.session.scalars(
        select(SourceValue).where(
            SourceValue.field_id.in_({field_id for field_id, _, _ in chosen}),
            SourceValue.sku_key.in_({key for _, key, _ in chosen}),
        )
    )
    stored = {(row.field_id, row.sku_key, row.source): row for row in rows}
    new: list[dict[str, Any]] = []
    for key, item in chosen.items():
        old = stored.get(key)
        if item.value is None:
            counts["unchanged" if old is None else "updated"] += 1
            if old is not None:
                await uow.session.delete(old)
        elif old is not None and (old.value, old.in_stock) == (item.value, item.in_stock):
            counts["unchanged"] += 1
        else:
            counts["created" if old is None else "updated"] += 1
            names = ("field_id", "sku_key", "source")
            values = {"value": item.value, "in_stock": item.in_stock}
            new.append({**dict(zip(names, key, strict=True)), **values})
    await uow.session.flush()
    if new:
        statement = insert(SourceValue)
        await uow.session.execute(
            statement.on_conflict_do_update(
                index_elements=["field_id", "sku_key", "source"],
                set_={name: statement.excluded[name] for name in ("value", "in_stock")},
            ),
            new,
        )
        uow.session.expire_all()
    return counts


async def _keys_of(uow: UnitOfWork, field_id: UUID) -> set[str]:
    query = select(SourceValue.sku_key).where(SourceValue.field_id == field_id).distinct()
    return set(await uow.session.scalars(query))


async def _show(uow: UnitOfWork, account_id: UUID, keys: Collection[str]) -> None:
    """Combine the values of SKUs and put the results where templates find them."""
    if not keys:
        return
    rows = await uow.session.execute(
        select(SourceValue, AggregateField)
        .join(AggregateField, AggregateField.id == SourceValue.field_id)
        .where(AggregateField.account_id == account_id, SourceValue.sku_key.in_(keys))
        .order_by(AggregateField.name, SourceValue.source)
    )
    found: dict[str, dict[UUID, tuple[AggregateField, list[Reported]]]] = {key: {} for key in keys}
    for value, field in rows:
        _, reported = found[value.sku_key].setdefault(field.id, (field, []))
        if field.sources is None or value.source in field.sources:
            stock = value.in_stock
            if stock is None and field.kind == "quantity":
                stock = int(value.value)
            reported.append(Reported(value.value, stock))
    shown = {key: json.dumps(_shown(fields.values())) for key, fields in sorted(found.items())}
    for table in ("products", "product_variants"):
        await uow.session.execute(
            text(_SHOW.format(table=table)),
            {
                "names": [LISTED, AS_TEXT],
                "keys": list(shown),
                "shown": list(shown.values()),
                "account_id": account_id,
                "now": uow.clock.now(),
            },
        )


def _shown(fields: Collection[tuple[AggregateField, list[Reported]]]) -> dict[str, Any]:
    listed = [
        {"name": field.name, "value": _text(value)}
        for field, reported in fields
        if (value := _combined(field, reported)) is not None
    ]
    if not listed:
        return {}
    sentence = "; ".join(f"{item['name']}: {item['value']}" for item in listed)
    return {LISTED: listed, AS_TEXT: sentence}


def _combined(field: AggregateField, reported: list[Reported]) -> Decimal | None:
    return aggregate(
        cast(Kind, field.kind),
        cast(Function, field.function),
        reported,
        ignore_out_of_stock=field.ignore_out_of_stock,
    )


def _text(value: Decimal) -> str:
    return as_text(value.normalize() if value == value.to_integral_value() else value)


async def _flush(uow: UnitOfWork, name: str) -> None:
    try:
        await uow.session.flush()
    except IntegrityError as error:
        raise AggregateNameTaken(f"There is an aggregate field named “{name}”.") from error
