"""The login host and the control panel: install, token exchange, load, uninstall (FACTS 1)."""

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.errors import Refused
from sandbox.oauth import flows, pages
from sandbox.oauth.accounts import User
from sandbox.oauth.payload import signed
from sandbox.state import Sandbox


class LoginHost:
    """Handlers bound to one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """All routes of the login host and the control panel."""
        return [
            Route("/app/{client_id}/install", self.show_consent, methods=["GET"]),
            Route("/app/{client_id}/install", self.give_consent, methods=["POST"]),
            Route("/app/{client_id}/install/succeeded", self.succeeded),
            Route("/app/{client_id}/install/failed", self.failed),
            Route("/oauth2/token", self.token, methods=["POST"]),
            Route("/manage/apps/{client_id}", self.manage),
            Route("/manage/apps/{client_id}/uninstall", self.uninstall, methods=["POST"]),
            Route("/manage/apps/{client_id}/remove_user", self.remove_user, methods=["POST"]),
        ]

    async def show_consent(self, request: Request) -> Response:
        """The install page. Started from outside unless it comes from the control panel."""
        problem = self._wrong(request, request.query_params)
        if problem is not None:
            return problem
        external = request.query_params.get("from") != "control_panel"
        return HTMLResponse(pages.consent(self._sandbox.app, external=external))

    async def give_consent(self, request: Request) -> Response:
        """Consent: send the browser to the app's auth callback."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        problem = self._wrong(request, form)
        if problem is not None:
            return problem
        if form.get("consent") == "no":
            return self._to_manage()
        try:
            user = self._user(form.get("user_id"))
        except (KeyError, ValueError):
            return HTMLResponse(pages.finished(succeeded=False), 404)
        external = form.get("external", "1") != "0"
        url = flows.auth_redirect(self._sandbox, user, external=external)
        return RedirectResponse(url, status_code=302)

    async def succeeded(self, request: Request) -> Response:
        """Where the app sends the browser after an external install."""
        return self._wrong(request, {}) or HTMLResponse(pages.finished(succeeded=True))

    async def failed(self, request: Request) -> Response:
        """Where the app sends the browser when an external install failed."""
        return self._wrong(request, {}) or HTMLResponse(pages.finished(succeeded=False))

    async def token(self, request: Request) -> Response:
        """The token endpoint; JSON and form bodies."""
        form = await _form(request)
        try:
            answer = flows.exchange(self._sandbox, form)
        except Refused as refusal:
            return JSONResponse(refusal.body("v3"), refusal.status)
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def manage(self, request: Request) -> Response:
        """The control panel with the app in a frame."""
        problem = self._wrong(request, {})
        if problem is not None:
            return problem
        sandbox = self._sandbox
        payload = signed(sandbox, sandbox.app.owner)
        frame = f"{sandbox.app.callback('load')}?signed_payload_jwt={payload}"
        return HTMLResponse(pages.manage(sandbox.app, frame))

    async def uninstall(self, request: Request) -> Response:
        """The uninstall button."""
        problem = self._wrong(request, {})
        if problem is not None:
            return problem
        await flows.uninstall(self._sandbox, self._sandbox.app.owner)
        return self._to_manage()

    async def remove_user(self, request: Request) -> Response:
        """The button that takes a user's access away."""
        problem = self._wrong(request, {})
        if problem is not None:
            return problem
        form = await request.form()
        try:
            await flows.remove_user(self._sandbox, int(str(form.get("user_id", "0"))))
        except (KeyError, ValueError):
            return HTMLResponse(pages.page("Unknown user", ""), 404)
        return self._to_manage()

    def _wrong(self, request: Request, given: object) -> Response | None:
        """A refusal when the client id or the preselected store is not ours."""
        settings = self._sandbox.settings
        if request.path_params["client_id"] != settings.client_id:
            return HTMLResponse(pages.page("Unknown app", ""), 404)
        wanted = getattr(given, "get", lambda _: None)
        store = wanted("store_hash") or str(wanted("context") or "").removeprefix("stores/")
        if store and store != settings.store_hash:
            return HTMLResponse(pages.page("Unknown store", ""), 404)
        return None

    def _user(self, text: str | None) -> User:
        return self._sandbox.app.user(int(text) if text else None)

    def _to_manage(self) -> Response:
        return RedirectResponse(f"/manage/apps/{self._sandbox.settings.client_id}", 303)


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            parsed = msgspec.json.decode(await request.body())
        except msgspec.DecodeError:
            return {}
        return {str(k): str(v) for k, v in parsed.items()} if isinstance(parsed, dict) else {}
    return {name: str(value) for name, value in (await request.form()).items()}
