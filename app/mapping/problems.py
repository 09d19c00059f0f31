"""One thing that is wrong with a template or a record, in words a shop keeper can act on."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding about one target field; `record` and `template` are set when they are known."""

    field: str
    severity: Severity
    code: str
    message: str
    template: str = ""
    record: str = ""

    def as_dict(self) -> dict[str, str]:
        """The four public members, as the lint and preview endpoints answer them."""
        return {
            "field": self.field,
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
        }

    def sentence(self) -> str:
        """Template, field, record and what to do, in one line for logs and run items."""
        places = [
            f"template “{self.template}”" if self.template else "",
            f"field “{self.field}”" if self.field else "",
            f"record “{self.record}”" if self.record else "",
        ]
        where = ", ".join(place for place in places if place)
        return f"{where[:1].upper()}{where[1:]}: {self.message}" if where else self.message


def errors_of(problems: "list[Problem] | tuple[Problem, ...]") -> list[Problem]:
    """Only the findings that stop a template or a record."""
    return [problem for problem in problems if problem.severity == "error"]
