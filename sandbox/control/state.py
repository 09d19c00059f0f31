"""What the control API tells about the sandbox."""

from sandbox.errors import JSON
from sandbox.state import Sandbox


def describe(sandbox: Sandbox) -> JSON:
    """Store hash, credentials, tokens and counts."""
    settings = sandbox.settings
    return {
        "store_hash": settings.store_hash,
        "store_time": sandbox.clock.unix(),
        "app": _app(sandbox),
        "api_account": {
            "client_id": settings.account_client_id(),
            "client_secret": settings.account_client_secret(),
            "access_token": _token(sandbox, settings.account_client_id()),
        },
        "access_token": settings.token(),
        "owner": sandbox.app.owner.wire(),
        "users": [user.wire() for user in sandbox.app.users],
        "counts": _counts(sandbox),
        "quota": quota(sandbox),
        "requests": sandbox.log.total(),
        "deliveries_pending": sandbox.deliveries.pending(),
        "seed": settings.seed,
    }


def quota(sandbox: Sandbox) -> JSON:
    """The quota window."""
    reading = sandbox.quota.peek()
    return {
        "quota": reading.quota,
        "left": reading.left,
        "window_ms": reading.window_ms,
        "reset_ms": reading.reset_ms,
        "rival_per_second": sandbox.quota.rival_per_second,
    }


def _app(sandbox: Sandbox) -> JSON:
    settings = sandbox.settings
    return {
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "app_url": settings.app_url,
        "installed": sandbox.app.installed,
        "installs": sandbox.app.installs,
        "scopes": sandbox.app.scopes.split(),
        "access_token": _token(sandbox, settings.client_id),
        "install_url": f"{settings.public_url}/app/{settings.client_id}/install",
        "manage_url": f"{settings.public_url}/manage/apps/{settings.client_id}",
    }


def _token(sandbox: Sandbox, client_id: str) -> str | None:
    grant = sandbox.tokens.of_client(client_id)
    return grant.token if grant else None


def _counts(sandbox: Sandbox) -> JSON:
    store = sandbox.store
    return {
        "products": len(store.products),
        "variants": store.variant_count(),
        "orders": len(store.orders),
        "brands": len(store.brands),
        "categories": len(store.categories),
        "hooks": len(sandbox.hooks.all()),
    }
