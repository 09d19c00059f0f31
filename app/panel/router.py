"""`/bigcommerce/*`: what BigCommerce and the merchant's browser open."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.bigcommerce.oauth import install_url
from app.channels.router import Templates
from app.connections.claims import claim
from app.connections.errors import CallbackRefused
from app.connections.install_callback import InstallQuery, finish_install, ticket_is_good
from app.connections.payload_callbacks import open_app, remove_user, uninstall
from app.connections.sessions import PanelSession, redeem_code
from app.connections.tokens import TICKET_LIFE
from app.core.deps import Res
from app.core.errors import AppError
from app.core.settings import Settings
from app.panel.pages import error_page, message_page, visit_page
from app.panel.schemas import ClaimRequest, SessionRequest, SessionView

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/bigcommerce", tags=["bigcommerce"])

TICKET_COOKIE = "quayside_install"
_claim_bearer = HTTPBearer(auto_error=False, description="The token of an unclaimed store's page.")
ClaimBearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_claim_bearer)]


@router.get("/connect/{ticket}", response_class=RedirectResponse, status_code=302)
async def get_connect(ticket: str, res: Res) -> Response:
    """Leave the pending connection's ticket in this browser and start BigCommerce's install."""
    settings = res.settings
    if not await ticket_is_good(res, ticket):
        return message_page(
            settings,
            404,
            "This link is not valid any more",
            "Please begin connecting the store again; a link works for an hour.",
        )
    target = install_url(settings.bigcommerce_login_url, settings.bigcommerce_client_id)
    response = RedirectResponse(target, 302, headers=_quiet())
    is_https = settings.public_url.startswith("https://")
    response.set_cookie(
        TICKET_COOKIE,
        ticket,
        max_age=int(TICKET_LIFE.total_seconds()),
        path=_cookie_path(settings),
        httponly=True,
        secure=is_https,
        # The callback may arrive inside the control panel's frame; only a secure cookie may then.
        samesite="none" if is_https else "lax",
    )
    return response


@router.get("/auth", response_class=Response)
async def get_auth(request: Request, res: Res, templates: Templates) -> Response:
    """Install callback: a page for the control panel's frame, or back to where it began."""
    given = request.query_params
    is_external = "external_install" in given
    query = InstallQuery(given.get("code", ""), given.get("scope", ""), given.get("context", ""))
    response: Response
    try:
        visit = await finish_install(res, templates, query, request.cookies.get(TICKET_COOKIE))
    except AppError as error:
        log.warning("install_failed", code=error.code)
        response = _back(res.settings, "failed") if is_external else error_page(res.settings, error)
        return response
    if is_external:
        response = _back(res.settings, "succeeded")
    else:
        response = await visit_page(res, visit)
    response.delete_cookie(TICKET_COOKIE, path=_cookie_path(res.settings))
    return response


@router.get("/load", response_class=Response)
async def get_load(request: Request, res: Res) -> Response:
    """The app, opened in the control panel."""
    try:
        visit = await open_app(res, request.query_params.get("signed_payload_jwt", ""))
    except AppError as error:
        return error_page(res.settings, error)
    return await visit_page(res, visit)


@router.get("/uninstall")
async def get_uninstall(request: Request, res: Res) -> JSONResponse:
    """The app was uninstalled: its work stops and its secrets are forgotten."""
    await uninstall(res, request.query_params.get("signed_payload_jwt", ""))
    return JSONResponse({"status": "uninstalled"})


@router.get("/remove_user")
async def get_remove_user(request: Request, res: Res) -> JSONResponse:
    """A person may not open the app any more: what we know of them is deleted."""
    await remove_user(res, request.query_params.get("signed_payload_jwt", ""))
    return JSONResponse({"status": "removed"})


@router.post("/session")
async def post_session(body: SessionRequest, res: Res, response: Response) -> SessionView:
    """Exchange a page's one-time code for its bearer token."""
    response.headers.update(_quiet())
    return _session_view(await redeem_code(res, body.code))


@router.post("/claim")
async def post_claim(
    body: ClaimRequest, res: Res, templates: Templates, bearer: ClaimBearer, response: Response
) -> SessionView:
    """Decide which account an unclaimed store belongs to."""
    if bearer is None:
        raise CallbackRefused("Please open the app again.")
    response.headers.update(_quiet())
    session = await claim(res, templates, bearer.credentials, body.choice, body.link_code)
    return _session_view(session)


def _session_view(session: PanelSession) -> SessionView:
    return SessionView(
        state=session.state,
        token=session.token,
        connection_id=session.connection_id,
        channel_id=session.channel_id,
    )


def _back(settings: Settings, outcome: str) -> RedirectResponse:
    """An install that began outside the control panel ends at BigCommerce's own page."""
    url = install_url(settings.bigcommerce_login_url, settings.bigcommerce_client_id, outcome)
    return RedirectResponse(url, 302, headers=_quiet())


def _quiet() -> dict[str, str]:
    return {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


def _cookie_path(settings: Settings) -> str:
    return f"{urlsplit(settings.public_url).path}/bigcommerce"
