"""Linting whatever is sent, saved or not: everything wrong with it is a finding."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.core.uow import UnitOfWork
from app.mapping.problems import Problem
from app.templates.checking import problems_of, sets_for
from app.templates.kinds import TemplateKind

_MAPPED = tuple(kind.value for kind in TemplateKind if kind is not TemplateKind.LINK_LISTINGS)
_UNNAMED = "Unnamed"  # a draft may be linted before it has a name
_KNOWN = frozenset({"name", "integration", "mappings"})


async def lint_document(
    uow: UnitOfWork, account_id: UUID, document: Mapping[str, object]
) -> list[Problem]:
    """Return the findings about a body as for creating a template; never raises for its content."""
    name, integration = document.get("name", _UNNAMED), document.get("integration")
    mappings = document.get("mappings")
    found = [
        Problem(key, "error", "unknown_member", f"“{key[:60]}” does not belong in a template.")
        for key in sorted(document.keys() - _KNOWN)
    ]
    if not isinstance(integration, str) or integration not in _MAPPED:
        sentence = f"Choose one of {', '.join(_MAPPED)}."
        return [*found, Problem("integration", "error", "unknown_integration", sentence)]
    if not isinstance(mappings, dict):
        sentence = "The mappings are an object from target field to mapping."
        return [*found, Problem("mappings", "error", "malformed_mapping", sentence)]
    sets = await sets_for(uow, account_id, mappings)
    return [
        *found,
        *await problems_of(integration, mappings, sets, name if isinstance(name, str) else ""),
    ]
