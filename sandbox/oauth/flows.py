"""Install, uninstall and user removal: what the platform does, whoever starts it (FACTS 1)."""

from urllib.parse import urlencode

import httpx

from sandbox.access import Grant
from sandbox.errors import JSON, Refused
from sandbox.oauth.accounts import Code, User
from sandbox.oauth.payload import signed
from sandbox.state import Sandbox


def auth_redirect(sandbox: Sandbox, user: User, *, external: bool) -> str:
    """Consent was given: the address of the app's auth callback with a fresh code."""
    code = sandbox.app.issue_code(user, sandbox.clock.timer)
    query = {
        "code": code.value,
        "scope": code.scope,
        "context": code.context,
        "account_uuid": sandbox.app.account_uuid,
    }
    if external:
        query["external_install"] = "1"
    return f"{sandbox.app.callback('auth')}?{urlencode(query)}"


def exchange(sandbox: Sandbox, form: dict[str, str]) -> JSON:
    """Redeem a code for a token (FACTS 1.2). Raises Refused 400/401; the bodies are a guess."""
    settings = sandbox.settings
    if (form.get("client_id"), form.get("client_secret")) != (
        settings.client_id,
        settings.client_secret,
    ):
        raise _refused(401, "invalid_client", "The client credentials are invalid.")
    if form.get("grant_type") != "authorization_code":
        raise _refused(400, "unsupported_grant_type", "The grant type is not supported.")
    if form.get("redirect_uri") != sandbox.app.callback("auth"):
        raise _refused(400, "invalid_request", "The redirect URI is not the registered one.")
    code = _live_code(sandbox, form)
    code.used = True
    app = sandbox.app
    app.installs += 1
    app.installed = True
    token = settings.derived(f"app-token-{app.installs}-{code.value}")[:40]
    sandbox.tokens.issue(
        Grant(token, settings.client_id, settings.client_secret, set(code.scope.split()))
    )
    return {
        "access_token": token,
        "scope": code.scope,
        "user": code.user.wire(),
        "owner": app.owner.wire(),
        "context": code.context,
        "account_uuid": app.account_uuid,
    }


async def uninstall(sandbox: Sandbox, user: User) -> JSON:
    """Uninstall whatever the app answers: token and webhooks are gone (FACTS 1.1, 1.3)."""
    payload = signed(sandbox, user)
    sandbox.tokens.revoke(sandbox.settings.client_id)
    sandbox.hooks.delete_client(sandbox.settings.client_id)
    sandbox.app.installed = False
    return await call_app(sandbox, "uninstall", {"signed_payload_jwt": payload})


async def remove_user(sandbox: Sandbox, user_id: int) -> JSON:
    """Take a user's access away and tell the app. Raises KeyError for an unknown user."""
    user = sandbox.app.remove_user(user_id)
    return await call_app(sandbox, "remove_user", {"signed_payload_jwt": signed(sandbox, user)})


async def install(sandbox: Sandbox, user: User, *, external: bool) -> JSON:
    """Consent without a browser: call the app's auth callback and say what it answered."""
    return await fetch(sandbox, auth_redirect(sandbox, user, external=external))


async def call_app(sandbox: Sandbox, name: str, query: dict[str, str]) -> JSON:
    """Call one of the app's callbacks from the platform's servers."""
    return await fetch(sandbox, f"{sandbox.app.callback(name)}?{urlencode(query)}")


async def fetch(sandbox: Sandbox, url: str) -> JSON:
    """GET an address of the app; `status` is null when it did not answer."""
    headers = {"Referer": f"{sandbox.settings.public_url}/"}
    try:
        answer = await sandbox.http.get(url, headers=headers)
    except httpx.HTTPError as problem:
        return {"status": None, "error": f"{type(problem).__name__}: {problem}", "body": ""}
    location = answer.headers.get("location", "")
    return {"status": answer.status_code, "location": location, "body": answer.text[:20_000]}


def _live_code(sandbox: Sandbox, form: dict[str, str]) -> Code:
    code = sandbox.app.codes.get(form.get("code", ""))
    if code is None or code.used or code.expires_at < sandbox.clock.timer():
        raise _refused(400, "invalid_grant", "The code is invalid, was used or has expired.")
    if form.get("context") != code.context:
        raise _refused(400, "invalid_request", "The context does not belong to the code.")
    if set(form.get("scope", "").split()) != set(code.scope.split()):
        raise _refused(400, "invalid_scope", "The scope does not belong to the code.")
    return code


def _refused(status: int, error: str, description: str) -> Refused:
    return Refused(status, description, extra={"error": error, "error_description": description})
