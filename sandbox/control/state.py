"""What the control API tells about the sandbox."""

from sandbox.errors import JSON
from sandbox.state import Sandbox


def describe(sandbox: Sandbox) -> JSON:
    """Store hash, credentials, tokens and counts."""
    settings = sandbox.settings
    store = sandbox.store
    app_grant = sandbox.tokens.of_client(settings.client_id)
    account = sandbox.tokens.of_client(settings.account_client_id())
    reading = sandbox.quota.peek()
    return {
        "store_hash": settings.store_hash,
        "store_time": store.clock.unix(),
        "app": {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
            "app_url": settings.app_url,
            "installed": sandbox.app.installed,
            "installs": sandbox.app.installs,
            "scopes": sandbox.app.scopes.split(),
            "access_token": app_grant.token if app_grant else None,
            "install_url": f"{settings.public_url}/app/{settings.client_id}/install",
            "manage_url": f"{settings.public_url}/manage/apps/{settings.client_id}",
        },
        "api_account": {
            "client_id": settings.account_client_id(),
            "client_secret": settings.account_client_secret(),
            "access_token": account.token if account else None,
        },
        "access_token": settings.token(),
        "owner": sandbox.app.owner.wire(),
        "users": [user.wire() for user in sandbox.app.users],
        "counts": {
            "products": len(store.products),
            "variants": store.variant_count(),
            "orders": len(store.orders),
            "brands": len(store.brands),
            "categories": len(store.categories),
            "hooks": len(sandbox.hooks.all()),
        },
        "quota": {
            "quota": reading.quota,
            "left": reading.left,
            "window_ms": reading.window_ms,
            "reset_ms": reading.reset_ms,
            "rival_per_second": sandbox.quota.rival_per_second,
        },
        "requests": sandbox.log.total(),
        "deliveries_pending": sandbox.deliveries.pending(),
        "seed": settings.seed,
    }
