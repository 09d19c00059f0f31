"""The v2 twin of webhook subscriptions; creating answers 201 (FACTS 3.1)."""

from sandbox.api.paging import v2_page
from sandbox.call import Answer, Call, Endpoint
from sandbox.hooks.registry import Hook


def list_hooks(call: Call) -> Answer:
    """The client's own hooks; 204 when there are none."""
    call.allow("page", "limit")
    return v2_page(call, call.sandbox.hooks.of_client(call.grant.client_id), Hook.wire)


def create_hook(call: Call) -> Answer:
    """Subscribe."""
    hook = call.sandbox.hooks.create(call.grant.client_id, call.json_object())
    return Answer(hook.wire(), 201)


def read_hook(call: Call) -> Answer:
    """One hook."""
    return Answer(_hook(call).wire())


def update_hook(call: Call) -> Answer:
    """Change or re-activate a hook."""
    call.sandbox.hooks.update(_hook(call), call.json_object())
    return Answer(_hook(call).wire())


def delete_hook(call: Call) -> Answer:
    """Unsubscribe; answers with the hook that was."""
    hook = _hook(call)
    call.sandbox.hooks.delete(hook)
    return Answer(hook.wire())


def _hook(call: Call) -> Hook:
    return call.sandbox.hooks.get(call.grant.client_id, call.ids["hook_id"])


ENDPOINTS = (
    Endpoint("GET", "/v2/hooks", list_hooks),
    Endpoint("POST", "/v2/hooks", create_hook),
    Endpoint("GET", "/v2/hooks/{hook_id}", read_hook),
    Endpoint("PUT", "/v2/hooks/{hook_id}", update_hook),
    Endpoint("DELETE", "/v2/hooks/{hook_id}", delete_hook),
)
