"""The pure comparison of wanted and found webhooks."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.bigcommerce.models.store import Hook
from app.connections.client import SECRET_HEADER
from app.connections.hooks import (
    SCOPES,
    Create,
    Delete,
    HookFault,
    Repair,
    Update,
    Wanted,
    compare,
    is_ours,
)

WANTED = Wanted("https://quayside.test/bigcommerce/webhooks", "the-secret")
FOREIGN = "https://rival.test/hooks"


def hook(number: int, scope: str = "store/order/*", **more: object) -> Hook:
    values: dict[str, object] = {
        "id": number,
        "scope": scope,
        "destination": WANTED.destination,
        "headers": WANTED.headers,
        "is_active": True,
        **more,
    }
    return msgspec.convert(values, Hook)


def complete() -> list[Hook]:
    return [hook(number, scope) for number, scope in enumerate(SCOPES, 1)]


def test_nothing_is_wrong_with_a_complete_set() -> None:
    assert compare(WANTED, complete()).problems == ()


def test_the_best_of_several_is_kept() -> None:
    broken = hook(100, destination=FOREIGN)
    found = compare(WANTED, [broken, *complete()])
    assert [(p.code, p.hook_id) for p in found.problems] == [(HookFault.DUPLICATE, 100)]
    assert found.repairs == (Delete(100, "store/order/*"),)


def test_hooks_of_others_are_left_alone() -> None:
    foreign = hook(100, destination=FOREIGN, headers={SECRET_HEADER: "another"})
    bare = hook(101, destination=FOREIGN, headers=None)
    assert compare(WANTED, [foreign, bare, *complete()]).problems == ()


def test_a_subscription_we_no_longer_want_is_removed() -> None:
    found = compare(WANTED, [hook(100, "store/cart/*"), *complete()])
    assert [(p.code, p.scope) for p in found.problems] == [(HookFault.UNWANTED, "store/cart/*")]
    assert found.repairs == (Delete(100, "store/cart/*"),)


def test_the_secret_is_in_no_text() -> None:
    found = compare(WANTED, [hook(1, headers=None)])
    assert WANTED.secret not in f"{WANTED!r} {found!r}"


HOOKS = st.lists(
    st.builds(
        lambda scope, destination, headers, active: (scope, destination, headers, active),
        st.sampled_from([*SCOPES, "store/cart/*"]),
        st.sampled_from([WANTED.destination, FOREIGN]),
        st.sampled_from(
            [WANTED.headers, None, {SECRET_HEADER: "old"}, {SECRET_HEADER.lower(): "x"}]
        ),
        st.booleans(),
    ),
    max_size=20,
)


@given(HOOKS)
def test_carrying_out_the_repairs_leaves_no_problem(
    drawn: list[tuple[str, str, dict[str, str] | None, bool]],
) -> None:
    found = [
        hook(number, scope, destination=destination, headers=headers, is_active=active)
        for number, (scope, destination, headers, active) in enumerate(drawn, 1)
    ]
    foreign = [one for one in found if not is_ours(WANTED, one)]
    comparison = compare(WANTED, found)
    repaired = apply(found, comparison.repairs)
    assert compare(WANTED, repaired).problems == ()
    assert all(one in repaired for one in foreign)
    assert bool(comparison.problems) == bool(comparison.repairs)


def apply(found: list[Hook], repairs: tuple[Repair, ...]) -> list[Hook]:
    hooks = {one.id: one for one in found}
    for step in repairs:
        if isinstance(step, Create):
            number = 1000 + len(hooks)
            hooks[number] = hook(number, step.scope)
        elif isinstance(step, Update):
            hooks[step.hook_id] = msgspec.structs.replace(hooks[step.hook_id], **step.changes)
        else:
            del hooks[step.hook_id]
    return list(hooks.values())
