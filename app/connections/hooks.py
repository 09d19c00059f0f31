"""Which webhook subscriptions a connection should have, and what is wrong with those it has.

Pure. A hook is ours when it delivers to our address or carries our secret; others of the same
client, e.g. those of a second installation that shares the app, are left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest
from typing import Any

from app.bigcommerce.models.store import Hook
from app.connections.client import SECRET_HEADER

SCOPES = (
    "store/order/*",
    "store/shipment/*",
    "store/product/*",
    "store/sku/*",
    "store/app/uninstalled",
    "store/information/updated",
)


class HookFault(StrEnum):
    """What can be wrong with a subscription."""

    MISSING = "missing"
    INACTIVE = "inactive"
    WRONG_DESTINATION = "wrong_destination"
    WRONG_HEADER = "wrong_header"
    DUPLICATE = "duplicate"
    UNWANTED = "unwanted"


SENTENCES = {
    HookFault.MISSING: "There is no subscription for these events.",
    HookFault.INACTIVE: "BigCommerce has switched this subscription off.",
    HookFault.WRONG_DESTINATION: "This subscription delivers to another address.",
    HookFault.WRONG_HEADER: "This subscription does not carry our present secret.",
    HookFault.DUPLICATE: "These events are subscribed to more than once.",
    HookFault.UNWANTED: "This subscription is not needed.",
}


@dataclass(frozen=True)
class Wanted:
    """The subscriptions that a connection should have."""

    destination: str
    secret: str = field(repr=False)
    scopes: tuple[str, ...] = SCOPES

    @property
    def headers(self) -> dict[str, str]:
        """What BigCommerce sends back to us with each delivery."""
        return {SECRET_HEADER: self.secret}


@dataclass(frozen=True)
class HookProblem:
    """One thing that is wrong; `hook_id` is None for a subscription that does not exist."""

    code: HookFault
    scope: str
    hook_id: int | None

    @property
    def message(self) -> str:
        """The problem as a sentence."""
        return SENTENCES[self.code]


@dataclass(frozen=True)
class Create:
    """Subscribe to a scope."""

    scope: str


@dataclass(frozen=True)
class Update:
    """Set right what is wrong with a hook."""

    hook_id: int
    scope: str
    changes: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Delete:
    """Remove a hook that is one too many."""

    hook_id: int
    scope: str


Repair = Create | Update | Delete


@dataclass(frozen=True)
class Comparison:
    """What is wrong, and the calls that set it right, deletions first."""

    problems: tuple[HookProblem, ...]
    repairs: tuple[Repair, ...]


def is_ours(wanted: Wanted, hook: Hook) -> bool:
    """Say whether a hook delivers to us or carries our secret."""
    return hook.destination == wanted.destination or _carries_secret(wanted, hook)


def compare(wanted: Wanted, found: Sequence[Hook]) -> Comparison:
    """Compare the hooks that a store has with those that it should have."""
    by_scope: dict[str, list[Hook]] = defaultdict(list)
    for hook in found:
        if is_ours(wanted, hook):
            by_scope[hook.scope].append(hook)
    problems: list[HookProblem] = []
    deletions: list[Repair] = []
    repairs: list[Repair] = []
    for scope in wanted.scopes:
        ours = sorted(by_scope.pop(scope, []), key=lambda hook: _rank(wanted, hook))
        if not ours:
            problems.append(HookProblem(HookFault.MISSING, scope, None))
            repairs.append(Create(scope))
            continue
        best, *extra = ours
        faults, changes = _faults(wanted, best)
        problems += [HookProblem(fault, scope, best.id) for fault in faults]
        if changes:
            repairs.append(Update(best.id, scope, changes))
        problems += [HookProblem(HookFault.DUPLICATE, scope, hook.id) for hook in extra]
        deletions += [Delete(hook.id, scope) for hook in extra]
    for scope, hooks in by_scope.items():
        problems += [HookProblem(HookFault.UNWANTED, scope, hook.id) for hook in hooks]
        deletions += [Delete(hook.id, scope) for hook in hooks]
    return Comparison(tuple(problems), (*deletions, *repairs))


def _faults(wanted: Wanted, hook: Hook) -> tuple[list[HookFault], dict[str, Any]]:
    faults: list[HookFault] = []
    changes: dict[str, Any] = {}
    if hook.destination != wanted.destination:
        faults.append(HookFault.WRONG_DESTINATION)
        changes["destination"] = wanted.destination
    if not _carries_secret(wanted, hook):
        faults.append(HookFault.WRONG_HEADER)
        changes["headers"] = wanted.headers
    if not hook.is_active:
        faults.append(HookFault.INACTIVE)
        changes["is_active"] = True
    return faults, changes


def _rank(wanted: Wanted, hook: Hook) -> tuple[bool, bool, bool, int]:
    """The hook that needs least is kept; the right destination matters most."""
    return (
        hook.destination != wanted.destination,
        not _carries_secret(wanted, hook),
        not hook.is_active,
        hook.id,
    )


def _carries_secret(wanted: Wanted, hook: Hook) -> bool:
    headers = {name.lower(): value for name, value in (hook.headers or {}).items()}
    given = headers.get(SECRET_HEADER.lower(), "")
    return compare_digest(str(given).encode(), wanted.secret.encode())
