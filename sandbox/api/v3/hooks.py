"""Webhook subscriptions over the API (FACTS 3.1)."""

from typing import Any

from sandbox.api.filters import boolean, family, select
from sandbox.api.paging import pagination, v3_page
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import JSON, Refused
from sandbox.hooks.registry import Hook


def _read(name: str) -> Any:
    return lambda hook: getattr(hook, name)


FILTERS = {
    **family("is_active", _read("is_active"), boolean, ""),
    **family("scope", _read("scope"), str, ""),
    **family("destination", _read("destination"), str, ""),
}


def list_hooks(call: Call) -> Answer:
    """The client's own hooks."""
    rows = select(call, call.sandbox.hooks.of_client(call.grant.client_id), FILTERS)
    return v3_page(call, rows, Hook.wire)


def create_hook(call: Call) -> Answer:
    """Subscribe; answers 200."""
    return data(call.sandbox.hooks.create(call.grant.client_id, call.json_object()).wire())


def read_hook(call: Call) -> Answer:
    """One hook."""
    return data(_hook(call).wire())


def update_hook(call: Call) -> Answer:
    """Change or re-activate a hook."""
    hook = _hook(call)
    call.sandbox.hooks.update(hook, call.json_object())
    return data(_hook(call).wire())


def delete_hook(call: Call) -> Answer:
    """Unsubscribe; answers with the hook that was."""
    hook = _hook(call)
    call.sandbox.hooks.delete(hook)
    return data(hook.wire())


def read_admin(call: Call) -> Answer:
    """Health of the client's hooks: states, blocked destinations, notice addresses."""
    sandbox = call.sandbox
    client = call.grant.client_id
    rows = select(call, sandbox.hooks.of_client(client), {"is_active": FILTERS["is_active"]})
    blocked = [
        {
            "destination": f"https://{host}",
            "time_left": round(sandbox.deliveries.blocklist.time_left(host)),
            "reasons": [],
        }
        for host in sandbox.deliveries.blocklist.blocked_hosts()
    ]
    body: JSON = {
        "emails": sandbox.hooks.admin_emails.get(client, []),
        "hooks_list": [{**hook.wire(), "status": hook.status()} for hook in rows],
        "blocked_domains": blocked,
    }
    return data(body, {"pagination": pagination(call, len(rows), len(rows), 1, 50)})


def update_admin(call: Call) -> Answer:
    """Set the addresses for notices of deactivation."""
    emails = call.json_object().get("emails")
    if not isinstance(emails, list):
        raise Refused(422, "JSON data is missing or invalid", {"emails": "error.path.missing."})
    call.sandbox.hooks.admin_emails[call.grant.client_id] = [str(email) for email in emails]
    return Answer(None, 204)


def _hook(call: Call) -> Hook:
    return call.sandbox.hooks.get(call.grant.client_id, call.ids["hook_id"])


ENDPOINTS = (
    Endpoint("GET", "/v3/hooks", list_hooks),
    Endpoint("POST", "/v3/hooks", create_hook),
    Endpoint("GET", "/v3/hooks/admin", read_admin),
    Endpoint("PUT", "/v3/hooks/admin", update_admin),
    Endpoint("GET", "/v3/hooks/{hook_id}", read_hook),
    Endpoint("PUT", "/v3/hooks/{hook_id}", update_hook),
    Endpoint("DELETE", "/v3/hooks/{hook_id}", delete_hook),
)
