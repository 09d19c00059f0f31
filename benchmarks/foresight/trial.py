"""One case in three equal worlds: the plan carried out, no plan at all, a plan that grew stale.

1. A dry run: the store is asked and not written to, our tables stay as they are. Then its plan is
   executed: every item comes out as it was predicted, and the store, field by field, is what it was
   before with the predicted changes and no others.
2. The same world without a plan: every item and every count is as the dry run of the first one
   said, and the two stores are alike in the end.
3. A dry run, then the store changes, then the plan is executed: what was touched is reported and
   keeps the stranger's value, all else is carried out.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.foresight.pictures import picture_host
from benchmarks.foresight.worlds import FOLLOWS, Case, Item, View, World, plain, tables
from benchmarks.stage import Servers, stage

MakeServers = Callable[[], Servers]
DONE = ("created", "updated")
ZERO_IS_NONE = ("sale_price", "retail_price", "map_price")
SHOWN = 8
SLICE_SECONDS = 1.0
"""Short ones, so that much of what is predicted and done goes on where another slice ended."""


@dataclass
class Verdict:
    """Counts of a case, and sentences about all that is not as it should be."""

    case: str
    listings: int = 0
    predicted: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    alike: int = 0
    differing: int = 0
    touched: int = 0
    reported: int = 0
    overwritten: int = 0
    dry_writes: int = 0
    estimated: int = 0
    made: int = 0
    made_by_plan: int = 0
    wrong: list[str] = field(default_factory=list)

    def differs(self, text: str) -> None:
        """Note something that was predicted otherwise."""
        self.differing += 1
        self.wrong.append(f"{self.case}: {text}"[:1500])


@dataclass
class Told:
    """What a run says, by item."""

    run: dict[str, Any]
    items: dict[str, Item]


async def trial(make_servers: MakeServers, case: Case, seed: int) -> Verdict:
    """Play a case."""
    async with picture_host() as pictures:
        return await _play(_Worlds(make_servers, case, seed, pictures))


@dataclass(frozen=True)
class _Worlds:
    """What equal worlds are made of."""

    make_servers: MakeServers
    case: Case
    seed: int
    pictures: str

    @asynccontextmanager
    async def make(self, twin: str) -> AsyncIterator[World]:
        """One of them."""
        # Every world is a store of its own, so that nothing is left of another one's quota.
        store = {"products": 0, "orders": 0, "quota": 1_000_000, "store_hash": f"world{twin}"}
        async with stage(self.make_servers(), SLICE_SECONDS, **store) as on:
            await on.store.post("/sandbox/faults", json={"effect": "mute_webhooks"})
            channel = await on.connect()
            rng = random.Random(f"{self.case.name} {self.seed}")
            world = World(on, channel, rng, self.case.size, self.pictures)
            await self.case.build(world)
            yield world


async def _play(worlds: _Worlds) -> Verdict:
    case = worlds.case
    verdict = Verdict(case.name)
    async with worlds.make("a") as world:
        keys = await case.keys(world)
        before = await case.look(world)
        dry = await _dry_run(world, case, keys, before, verdict)
        done = await _carry_out(world, case, keys, dry)
        verdict.estimated = dry.run["requests"]["estimated"] or 0
        verdict.made_by_plan = done.run["requests"]["made"]
        verdict.listings = len({item["subject_id"] for item in dry.items.values()})
        verdict.listings += dry.run["counts"]["unchanged"] if case.by_subject else 0
        _compare_plan(dry, done, verdict)
        after = await case.look(world)
        _compare_views(_foreseen(case, before, dry.items), after, before, verdict)
    async with worlds.make("b") as world:
        keys = await case.keys(world)
        twin = await _told(
            world,
            case,
            keys,
            await world.on.run(world.channel, case.integration, params=dict(case.params)),
        )
        verdict.made = twin.run["requests"]["made"]
        _compare_twin(dry, twin, verdict)
        _compare_worlds(after, await case.look(world), verdict)
    async with worlds.make("c") as world:
        await _grow_stale(world, case, verdict)
    return verdict


async def _told(world: World, case: Case, keys: Mapping[str, str], run: dict[str, Any]) -> Told:
    if run["status"] not in ("succeeded", "completed_with_errors"):
        raise RuntimeError(f"{case.name}: {run}")
    found: dict[str, Item] = {}
    for item in await world.on.every(f"/v1/runs/{run['id']}/items"):
        key = keys.get(item["subject_id"], "") if case.by_subject else item["external_id"]
        for change in item["changes"] or []:
            if change["field"] == "merged_into":
                change["to"] = keys[change["to"]]
        if key in found:
            raise RuntimeError(f"{case.name}: two items of {key}")
        found[key] = item
    return Told(run, found)


async def _dry_run(
    world: World, case: Case, keys: Mapping[str, str], before: View, verdict: Verdict
) -> Told:
    rows = await tables(world.on)
    await world.on.store.delete("/sandbox/requests")
    run = await world.on.run(
        world.channel, case.integration, mode="dry_run", params=dict(case.params)
    )
    verdict.dry_writes = sum(not line.startswith("GET ") for line in await world.on.requests())
    dry = await _told(world, case, keys, run)
    counts = dry.run["counts"]
    verdict.predicted = sum(counts.values())
    verdict.outcomes = Counter(counts)
    afterwards = await tables(world.on)
    for name in rows:
        if rows[name] != afterwards[name]:
            verdict.differs(f"the dry run changed the table {name}")
    _compare_views(before, await case.look(world), before, verdict)
    return dry


async def _carry_out(world: World, case: Case, keys: Mapping[str, str], dry: Told) -> Told:
    answer = await world.on.api.post("/v1/runs", json={"plan_run_id": dry.run["id"]})
    answer.raise_for_status()
    return await _told(world, case, keys, await world.on.finish(answer.json()["id"]))


def _said(item: Item | None) -> Any:
    """All of an item that a dry run can know."""
    if item is None:
        return None
    changes = {(row["field"], str(row["from"]), str(row["to"])) for row in item["changes"] or []}
    return (item["outcome"], item["code"], item["field"], frozenset(changes))


def _apart(item: Item | None, other: Item | None) -> str:
    """In what two items differ."""
    left, right = _said(item), _said(other)
    if left is None or right is None:
        return f"{left} predicted, {right} told"
    text = f"{left[:3]} predicted, {right[:3]} told"
    for name, only in (("predicted", left[3] - right[3]), ("told", right[3] - left[3])):
        if only:
            text += f"; {name} only: {sorted(only)}"
    return text


def _compare_plan(dry: Told, done: Told, verdict: Verdict) -> None:
    """What was foreseen is done; what is not worth a change may be told again, or not at all."""
    for key, item in dry.items.items():
        other = done.items.get(key)
        if other is None and not item["changes"]:
            continue
        _compare_item(key, "the plan carried out", item, other, verdict)
    for key in done.items.keys() - dry.items.keys():
        verdict.differs(f"{key}: not in the plan, yet {_said(done.items[key])}")
    for name in DONE:
        if dry.run["counts"][name] != done.run["counts"][name]:
            verdict.differs(f"{name}: {dry.run['counts']} in the plan, {done.run['counts']} done")


def _compare_twin(dry: Told, twin: Told, verdict: Verdict) -> None:
    for key in dry.items.keys() | twin.items.keys():
        _compare_item(key, "execution", dry.items.get(key), twin.items.get(key), verdict)
    if dry.run["counts"] != twin.run["counts"]:
        verdict.differs(f"{dry.run['counts']} predicted, {twin.run['counts']} executed")


def _compare_item(
    key: str, what: str, item: Item | None, other: Item | None, verdict: Verdict
) -> None:
    if _said(item) == _said(other):
        verdict.alike += 1
        return
    text = f"{key}, {what}: {_apart(item, other)}"
    verdict.differs(text + (f" ({other['message']})" if other else ""))


def _foreseen(case: Case, before: View, items: Mapping[str, Item]) -> View:
    """The view after all changes of items are made."""
    found = copy.deepcopy(before)
    for key, item in items.items():
        for change in item["changes"] or []:
            case.apply(found, key, change)
    return found


def _compare_views(expected: View, seen: View, before: View, verdict: Verdict) -> None:
    """Compare field by field; of what is new, the fields that were foreseen."""
    for key in expected.keys() | seen.keys():
        wanted, there = expected.get(key), seen.get(key)
        if wanted is None or there is None:
            verdict.differs(f"{key}: {'not ' if there is None else ''}there, against prediction")
            continue
        known = {_part(name) for name in before.get(key, {})}
        for name in wanted.keys() | there.keys():
            if name not in wanted and _part(name) not in known:
                continue
            if not _same(name, wanted.get(name), there.get(name)):
                text = f"{key}, {name}: {wanted.get(name)!r} predicted, {there.get(name)!r} there"
                verdict.differs(text)


def _part(name: str) -> str:
    """The product or the variant that a field belongs to."""
    return name.partition(".")[0]


def _same(name: str, one: Any, other: Any) -> bool:
    """Of some prices the store says 0 where there is none."""
    if name == FOLLOWS:
        return True
    if name.endswith(ZERO_IS_NONE):
        return (plain(one) or None) == (plain(other) or None)
    return bool(plain(one) == plain(other))


def _compare_worlds(one: View, other: View, verdict: Verdict) -> None:
    for key in one.keys() | other.keys():
        left, right = one.get(key, {}), other.get(key, {})
        for name in left.keys() | right.keys():
            if plain(left.get(name)) != plain(right.get(name)):
                text = f"{left.get(name)!r} by plan, {right.get(name)!r} without"
                verdict.differs(f"{key}, {name}: {text}")


async def _grow_stale(world: World, case: Case, verdict: Verdict) -> None:
    keys = await case.keys(world)
    run = await world.on.run(
        world.channel, case.integration, mode="dry_run", params=dict(case.params)
    )
    dry = await _told(world, case, keys, run)
    touched = await case.disturb(world, dry.items)
    disturbed = await case.look(world)
    done = await _carry_out(world, case, keys, dry)
    seen = await case.look(world)
    stale = {key for key, _ in touched}
    verdict.touched = len(stale)
    for key in stale:
        item = done.items.get(key)
        if item is not None and item["outcome"] not in DONE and item["code"]:
            verdict.reported += 1
        else:
            verdict.differs(f"{key}: stale, yet {_said(item)}")
    for key, name in touched:
        there, wanted = seen.get(key, {}).get(name), disturbed.get(key, {}).get(name)
        if plain(there) != plain(wanted):
            verdict.overwritten += 1
            verdict.wrong.append(f"{case.name}: {key}, {name}: {wanted!r} became {there!r}")
    # Neighbours of what was touched may be reported as well; what is done is as it was foreseen.
    for key, item in done.items.items():
        foreseen = dry.items.get(key)
        if item["outcome"] in DONE:
            _compare_item(key, "done although others grew stale", foreseen, item, verdict)
    near = {_family(disturbed, key) for key in stale}
    for key, item in dry.items.items():
        other = done.items.get(key)
        if (
            key in stale
            or _family(disturbed, key) in near
            or (other is None and not item["changes"])
        ):
            continue
        if _said(item) != _said(other):
            verdict.differs(f"{key}: untouched, yet {_apart(item, other)}")
    # An item that failed in one value may have been changed in others.
    carried = {
        key: item for key, item in done.items.items() if item["outcome"] in DONE or item["changes"]
    }
    _compare_views(_foreseen(case, disturbed, carried), seen, disturbed, verdict)


def _family(view: View, key: str) -> str:
    """The product that a key belongs to."""
    return str(view.get(key, {}).get("product", key))
