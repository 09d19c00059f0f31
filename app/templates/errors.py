"""Errors of mapping templates and mapping sets."""

from __future__ import annotations

from typing import ClassVar

from app.core.errors import AppError, Conflict, FieldProblem, ValidationFailed
from app.mapping.problems import Problem


class NameTaken(Conflict):
    """Another template of the integration, or another set, has this name."""

    code: ClassVar[str] = "name_taken"
    title: ClassVar[str] = "The name is taken"


class TemplateInUse(Conflict):
    """The template is attached to channels; `in_use_by` says where."""

    code: ClassVar[str] = "template_in_use"
    title: ClassVar[str] = "The template is in use"


class MappingSetInUse(Conflict):
    """Templates use the set; `in_use_by` says which."""

    code: ClassVar[str] = "mapping_set_in_use"
    title: ClassVar[str] = "The mapping set is in use"


class TemplateHasErrors(ValidationFailed):
    """The linter found errors, so no integration may work with the template."""

    code: ClassVar[str] = "template_has_errors"
    title: ClassVar[str] = "The template has errors"

    @classmethod
    def found(cls, name: str, problems: list[Problem]) -> TemplateHasErrors:
        """Build the error from the linter's findings, which must hold at least one error."""
        errors = [problem for problem in problems if problem.severity == "error"]
        return cls(
            f"Template “{name}” has errors: {errors[0].field}: {errors[0].message}",
            errors=[
                FieldProblem(field=f"mappings.{item.field}", code=item.code, message=item.message)
                for item in errors
            ],
            problems=[problem.as_dict() for problem in problems],
        )


class WrongIntegration(ValidationFailed):
    """The template belongs to another integration."""

    code: ClassVar[str] = "template_of_other_integration"
    title: ClassVar[str] = "The template belongs to another integration"

    @classmethod
    def of(cls, name: str, its: str, wanted: str) -> WrongIntegration:
        """Say whose template it is, and whose it should be."""
        return cls(f"Template “{name}” belongs to {its}, not to {wanted}.")


class PreviewImpossible(ValidationFailed):
    """The template cannot be read at all, so there is nothing to show."""

    code: ClassVar[str] = "template_unreadable"
    title: ClassVar[str] = "The template cannot be read"


class CsvRejected(ValidationFailed):
    """The file has rows that cannot be taken; nothing was changed."""

    code: ClassVar[str] = "csv_rejected"
    title: ClassVar[str] = "The CSV file was not taken"


class NotCsv(AppError):
    """The upload is neither CSV nor a form with a file."""

    code: ClassVar[str] = "unsupported_media_type"
    status: ClassVar[int] = 415
    title: ClassVar[str] = "A CSV file is expected"
