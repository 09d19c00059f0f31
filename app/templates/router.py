"""`/v1/fields`, `/v1/templates` and, included here, `/v1/mapping-sets`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Request

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute, detached
from app.core.deps import Res, Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.mapping.catalogue import describe
from app.templates import service
from app.templates.kinds import TemplateKind
from app.templates.linting import lint_document
from app.templates.ports import RecordSource
from app.templates.repository import get_template, get_version, templates_of, versions_of
from app.templates.schemas import (
    CopyRequest,
    FieldList,
    LintView,
    PreviewRequest,
    ProblemView,
    RecordPreview,
    RecordsPreview,
    TemplateRequest,
    TemplateView,
    VersionSummary,
    VersionView,
)
from app.templates.set_router import router as set_router
from app.templates.transfer import TemplateFile, export_template, import_template
from app.templates.trying import preview

router = APIRouter(route_class=IdempotentRoute)
_fields = APIRouter(prefix="/v1/fields", tags=["templates"], route_class=IdempotentRoute)
_templates = APIRouter(prefix="/v1/templates", tags=["templates"], route_class=IdempotentRoute)

VersionNumber = Annotated[int, Path(ge=1, le=2_147_483_647)]


def _record_source(request: Request) -> RecordSource:
    source: RecordSource = request.app.state.record_source
    return source


@_fields.get("/{type}")
async def get_fields(type: TemplateKind, caller: Reader) -> FieldList:
    """List every field that a template of this integration may read or fill."""
    return FieldList.model_validate(describe(type.value))


@_templates.post("", status_code=201)
async def post_template(body: TemplateRequest, uow: Uow, caller: Writer) -> TemplateView:
    """Create a template."""
    template = await service.create_template(uow, caller, body)
    return (await service.view_templates(uow, [template]))[0]


@_templates.get("")
async def get_templates(
    uow: Uow,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    integration: TemplateKind | None = None,
) -> Page[TemplateView]:
    """List templates, oldest first."""
    found = await paginate(uow.session, templates_of(caller.account_id, integration), page)
    return Page(data=await service.view_templates(uow, found.rows), next_cursor=found.next_cursor)


@_templates.post("/lint")
async def post_lint(
    document: Annotated[dict[str, Any], Body()], uow: Uow, caller: Reader
) -> LintView:
    """Judge a body as for creating a template; nothing is saved."""
    problems = await lint_document(uow, caller.account_id, document)
    return LintView(problems=[ProblemView.model_validate(item) for item in problems])


@_templates.post("/import", status_code=201)
async def post_import(file: TemplateFile, uow: Uow, caller: Writer) -> TemplateView:
    """Create a template, and the mapping sets it uses, from an exported file."""
    template = await import_template(uow, caller, file)
    return (await service.view_templates(uow, [template]))[0]


@_templates.get("/{template_id}")
async def get_one_template(template_id: GivenId, uow: Uow, caller: Reader) -> TemplateView:
    """Return one template."""
    template = await get_template(uow, caller.account_id, template_id)
    return (await service.view_templates(uow, [template]))[0]


@_templates.put("/{template_id}")
async def put_template(
    template_id: GivenId, body: TemplateRequest, uow: Uow, caller: Writer
) -> TemplateView:
    """Replace a template's name and mappings; one that is attached must stay free of errors."""
    template = await service.change_template(uow, caller, template_id, body)
    return (await service.view_templates(uow, [template]))[0]


@_templates.delete("/{template_id}", status_code=204)
async def delete_template(template_id: GivenId, uow: Uow, caller: Writer) -> None:
    """Delete a template that is attached to no channel."""
    await service.delete_template(uow, caller, template_id)


@_templates.post("/{template_id}/duplicate", status_code=201)
async def post_duplicate(
    template_id: GivenId, uow: Uow, caller: Writer, body: CopyRequest | None = None
) -> TemplateView:
    """Copy a template."""
    name = body.name if body is not None else None
    template = await service.duplicate_template(uow, caller, template_id, name)
    return (await service.view_templates(uow, [template]))[0]


@_templates.post("/{template_id}/default")
async def post_default(template_id: GivenId, uow: Uow, caller: Writer) -> TemplateView:
    """Let new channels start with this template."""
    template = await service.make_default(uow, caller, template_id)
    return (await service.view_templates(uow, [template]))[0]


@_templates.get("/{template_id}/versions")
async def get_versions(
    template_id: GivenId, uow: Uow, caller: Reader, page: Annotated[PageRequest, Depends()]
) -> Page[VersionSummary]:
    """List a template's versions, newest first."""
    template = await get_template(uow, caller.account_id, template_id)
    found = await paginate(uow.session, versions_of(template.id), page)
    return Page(
        data=[VersionSummary.model_validate(row) for row in found.rows],
        next_cursor=found.next_cursor,
    )


@_templates.get("/{template_id}/versions/{version}")
async def get_one_version(
    template_id: GivenId, version: VersionNumber, uow: Uow, caller: Reader
) -> VersionView:
    """Return one version with its mappings."""
    template = await get_template(uow, caller.account_id, template_id)
    return VersionView.model_validate(await get_version(uow, template.id, version))


@_templates.post("/{template_id}/versions/{version}/restore")
async def post_restore(
    template_id: GivenId, version: VersionNumber, uow: Uow, caller: Writer
) -> TemplateView:
    """Put an old version in force again, as a new version."""
    template = await service.restore_version(uow, caller, template_id, version)
    return (await service.view_templates(uow, [template]))[0]


@_templates.get("/{template_id}/export")
async def get_export(template_id: GivenId, uow: Uow, caller: Reader) -> TemplateFile:
    """Return a template with the mapping sets it uses, as a file for import."""
    return await export_template(uow, caller.account_id, template_id)


@_templates.post("/{template_id}/preview")
@detached
async def post_preview(
    template_id: GivenId,
    body: PreviewRequest,
    res: Res,
    caller: Reader,
    source: Annotated[RecordSource, Depends(_record_source)],
) -> RecordPreview | RecordsPreview:
    """Try a template on one record, on a live one of the store, or on up to 1,000 records."""
    return await preview(res, caller, template_id, body, source)


router.include_router(_fields)
router.include_router(_templates)
router.include_router(set_router)
