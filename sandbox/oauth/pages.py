"""The few HTML pages of the login host and the control panel."""

from html import escape

from sandbox.oauth.accounts import AppProfile

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1d2433}"
    "main{max-width:60rem;margin:2rem auto;background:#fff;padding:1.5rem 2rem;border-radius:8px}"
    "button{font:inherit;padding:.5rem 1rem;border:0;border-radius:4px;background:#3c64f4;"
    "color:#fff;cursor:pointer}button.plain{background:#d9dce9;color:#1d2433}"
    "iframe{width:100%;height:38rem;border:1px solid #d9dce9;border-radius:4px}"
    "form{display:inline-block;margin:.25rem .5rem .25rem 0}code{background:#f0f1f5;padding:0 .3em}"
)


def page(title: str, body: str) -> str:
    """A whole page."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def consent(app: AppProfile, *, external: bool) -> str:
    """The install page: the merchant sees the scopes, all or nothing."""
    client_id = escape(app.settings.client_id)
    scopes = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in app.scopes.split())
    store = escape(app.settings.store_hash)
    origin = "1" if external else "0"
    return page(
        "Install this app",
        f"<p>The app wants to use the store <code>{store}</code>:</p><ul>{scopes}</ul>"
        f'<form method="post" action="/app/{client_id}/install">'
        f'<input type="hidden" name="context" value="stores/{store}">'
        f'<input type="hidden" name="external" value="{origin}">'
        '<button type="submit" name="consent" value="yes">Confirm</button> '
        '<button type="submit" name="consent" value="no" class="plain">Cancel</button></form>',
    )


def finished(*, succeeded: bool) -> str:
    """Where an external install ends."""
    if succeeded:
        return page("Installed", "<p>The app was installed. You can close this window.</p>")
    return page("Not installed", "<p>The app could not be installed.</p>")


def manage(app: AppProfile, frame_url: str) -> str:
    """The control panel's page of the app: its frame, and what the merchant can do with it."""
    client_id = escape(app.settings.client_id)
    state = "installed" if app.installed else "not installed"
    frame = (
        f'<iframe title="The app" src="{escape(frame_url)}"></iframe>'
        if app.installed
        else f'<p><a href="/app/{client_id}/install?from=control_panel">Install the app</a></p>'
    )
    rows = "".join(
        f'<form method="post" action="/manage/apps/{client_id}/remove_user">'
        f'<input type="hidden" name="user_id" value="{user.id}">'
        f'<button class="plain">Remove user {escape(user.email)}</button></form>'
        for user in app.users
    )
    uninstall = (
        f'<form method="post" action="/manage/apps/{client_id}/uninstall">'
        '<button class="plain">Uninstall</button></form>'
        if app.installed
        else ""
    )
    return page("App", f"<p>State: {state}.</p>{frame}<p>{uninstall}{rows}</p>")
