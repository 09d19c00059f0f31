"""Previews as a use case: load a template, get the record or records, map them."""

from __future__ import annotations

import asyncio
from uuid import UUID

from app.accounts.service import Principal
from app.core.errors import ValidationFailed
from app.core.resources import Resources
from app.mapping.engine.context import Context
from app.templates.checking import sets_for
from app.templates.kinds import TemplateKind
from app.templates.ports import RecordSource
from app.templates.preview import compile_what_works, jsonable, preview_record
from app.templates.preview_many import preview_records
from app.templates.repository import get_template, present_mappings
from app.templates.schemas import PreviewRequest, RecordPreview, RecordsPreview

# A record in the request is in our own units, as `PUT /v1/products` takes them.
OUR_WEIGHT = "kg"
OUR_LENGTH = "cm"


async def preview(
    res: Resources,
    caller: Principal,
    template_id: UUID,
    body: PreviewRequest,
    source: RecordSource,
) -> RecordPreview | RecordsPreview:
    """Try a template; no transaction is open while a record is fetched or mapped."""
    _require_one(body)
    async with res.unit_of_work() as uow:
        template = await get_template(uow, caller.account_id, template_id)
        mappings = body.mappings
        if mappings is None:
            mappings = (await present_mappings(uow, [template]))[template.id]
        sets = await sets_for(uow, caller.account_id, mappings)
    tried = await asyncio.to_thread(
        compile_what_works, template.integration, template.name, mappings, sets
    )
    given = Context(res.clock.now(), OUR_WEIGHT, OUR_LENGTH)
    if body.records is not None:
        counted = await asyncio.to_thread(
            preview_records, tried, mappings, sets, body.records, given
        )
        return RecordsPreview.model_validate(counted)
    if body.external_id is None:
        shown = await asyncio.to_thread(preview_record, tried, body.record or {}, given)
        return RecordPreview.model_validate(shown)
    integration = TemplateKind(template.integration)
    live = await source.fetch(
        res, caller.account_id, integration, body.channel_id, body.external_id
    )
    context = Context(res.clock.now(), live.weight_unit, live.dimension_unit, live.rates)
    shown = await asyncio.to_thread(preview_record, tried, live.record, context)
    return RecordPreview.model_validate({**shown, "record": jsonable(live.record)})


def _require_one(body: PreviewRequest) -> None:
    given = [body.record is not None, body.records is not None, body.external_id is not None]
    if sum(given) != 1:
        message = "Send exactly one of `record`, `records` and `external_id`."
        raise ValidationFailed.of("record", "one_of", message)
