"""Rendering: every page is one document with its style and script inside."""

from __future__ import annotations

import secrets

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from app.connections.install_callback import Visit
from app.connections.installs import Note
from app.connections.kinds import SCOPES_MISSING, ConnectionStatus
from app.connections.sessions import Standing, StoreState, mint_code, standing
from app.core.errors import AppError
from app.core.resources import Resources
from app.core.settings import Settings
from app.panel.security import page_headers

_TEMPLATES = Environment(
    loader=PackageLoader("app.panel"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_NOTES = {
    Note.OTHER_STORE: (
        "You began with a connection for another store than the one in which the app is installed "
        "now. Nothing was connected for that other store."
    ),
    Note.TAKEN: "This store was connected already, so the connection you began was not used.",
}


async def visit_page(res: Resources, visit: Visit) -> HTMLResponse:
    """Return the page for somebody of a store: the app, a decision to take, or an explanation."""
    async with res.unit_of_work() as uow:
        found = await standing(uow, visit.store_hash)
        if found.state not in (StoreState.CONNECTED, StoreState.UNCLAIMED):
            code = ""
        else:
            code = await mint_code(uow, visit.store_hash, visit.user_id)
    note = _NOTES[visit.note] if visit.note else ""
    if found.state is StoreState.CONNECTED:
        return _app_page(res.settings, found, code, note)
    if found.state is StoreState.UNCLAIMED:
        return _render(res.settings, "claim.html", store=found.store_name, code=code, note=note)
    return message_page(res.settings, 200, *_explained(found))


def error_page(settings: Settings, error: AppError) -> HTMLResponse:
    """Return a refusal as a page with the status that fits."""
    return message_page(settings, error.status, error.title, error.detail, dict(error.headers))


def message_page(
    settings: Settings,
    status: int,
    title: str,
    message: str,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    """Return a page with a heading and a sentence."""
    page = _render(settings, "message.html", status=status, heading=title, message=message)
    page.headers.update(headers or {})
    return page


def _app_page(settings: Settings, found: Standing, code: str, note: str) -> HTMLResponse:
    connection = found.connection
    reason = (connection.status_reason or "") if connection is not None else ""
    missing = reason.removeprefix(f"{SCOPES_MISSING}: ").split()
    return _render(
        settings,
        "app.html",
        store=found.store_name,
        account=found.account,
        works=connection is not None and connection.status == ConnectionStatus.ACTIVE,
        missing_scopes=missing if reason.startswith(SCOPES_MISSING) else [],
        code=code,
        note=note,
    )


def _explained(found: Standing) -> tuple[str, str]:
    if found.state is StoreState.UNINSTALLED:
        return (
            "The app is not installed",
            f"The app was uninstalled from {found.store_name}. Please install it again.",
        )
    return (
        "This store is not connected",
        "Please uninstall the app in BigCommerce and install it again to connect the store.",
    )


def _render(settings: Settings, name: str, *, status: int = 200, **values: object) -> HTMLResponse:
    nonce = secrets.token_urlsafe(18)
    text = _TEMPLATES.get_template(name).render(nonce=nonce, **values)
    return HTMLResponse(text, status, headers=page_headers(settings, nonce))
