"""Errors of rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from app.core.errors import Conflict, FieldProblem, ValidationFailed


class RuleInvalid(ValidationFailed):
    """The definition cannot be used; `errors` say where and why."""

    code: ClassVar[str] = "rule_invalid"
    title: ClassVar[str] = "The rule is not valid"

    @classmethod
    def found(cls, problems: Sequence[FieldProblem]) -> RuleInvalid:
        """Build the error from at least one problem."""
        detail = "; ".join(f"{item.field}: {item.message}" for item in problems[:3])
        return cls(detail, errors=list(problems))


class TooManyRules(Conflict):
    """The channel has as many rules of the kind as it may have."""

    code: ClassVar[str] = "too_many_rules"
    title: ClassVar[str] = "The channel has too many rules of this kind"
