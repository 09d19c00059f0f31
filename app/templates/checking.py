"""What the linter says about templates, with the mapping sets that they use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from uuid import UUID

from app.core.uow import UnitOfWork
from app.mapping.lint import lint
from app.mapping.problems import Problem, errors_of
from app.mapping.sets import MappingSet as EngineSet
from app.mapping.sets import mapping_set
from app.templates.errors import TemplateHasErrors
from app.templates.models import MappingSet, MappingTemplate
from app.templates.reading import set_ids_in, unstorable
from app.templates.set_repository import Entries, sets_with_entries

EngineSets = dict[str, EngineSet]


def engine_sets(rows: Iterable[MappingSet]) -> EngineSets:
    """Return sets as the engine takes them, by id."""
    return {str(row.id): mapping_set(str(row.id), row.name, row.entries) for row in rows}


async def sets_for(uow: UnitOfWork, account_id: UUID, mappings: Mapping[str, object]) -> EngineSets:
    """Return the account's sets that mappings use; another account's are not found."""
    wanted = set_ids_in(mappings)
    return engine_sets(await sets_with_entries(uow, account_id, wanted)) if wanted else {}


async def problems_of(
    integration: str, mappings: Mapping[str, object], sets: EngineSets, name: str
) -> list[Problem]:
    """Return the linter's findings; mappings that cannot be read are findings too.

    In a thread, because the largest templates take seconds that other requests need.
    """
    return await asyncio.to_thread(_problems_of, integration, mappings, sets, name)


def _problems_of(
    integration: str, mappings: Mapping[str, object], sets: EngineSets, name: str
) -> list[Problem]:
    excessive = unstorable(mappings)
    if not excessive:
        return lint(integration, name, mappings, sets)
    bad = {problem.field for problem in excessive}
    if "" in bad:
        return excessive
    rest = {key: raw for key, raw in mappings.items() if key not in bad}
    # A required field whose mapping is excessive is not missing: it is reported already.
    others = [item for item in lint(integration, name, rest, sets) if item.field not in bad]
    return [*excessive, *others]


async def require_attachable(
    uow: UnitOfWork, template: MappingTemplate, mappings: Mapping[str, object]
) -> None:
    """Raise `TemplateHasErrors` unless an integration may work with these mappings."""
    sets = await sets_for(uow, template.account_id, mappings)
    problems = await problems_of(template.integration, mappings, sets, template.name)
    if errors_of(problems):
        raise TemplateHasErrors.found(template.name, problems)


async def require_no_new_errors(
    uow: UnitOfWork,
    template: MappingTemplate,
    mappings: Mapping[str, object],
    changed: MappingSet,
    entries: Entries,
) -> None:
    """Raise `TemplateHasErrors` if new entries of one set break a template."""
    before = await sets_for(uow, template.account_id, mappings)
    set_id = str(changed.id)
    after = {**before, set_id: mapping_set(set_id, changed.name, entries)}
    old = errors_of(await problems_of(template.integration, mappings, before, template.name))
    problems = await problems_of(template.integration, mappings, after, template.name)
    if [problem for problem in errors_of(problems) if problem not in old]:
        raise TemplateHasErrors.found(template.name, problems)
