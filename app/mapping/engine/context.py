"""What an evaluation knows besides the record, and what it notes while it goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from app.mapping.currency import AppliedRate, RateTable
from app.mapping.values import MISSING

Record = Mapping[str, object]


class Instruction(Enum):
    """What a mapping says instead of a value."""

    IGNORE = "ignore"
    CLEAR = "clear"


IGNORE: Final = Instruction.IGNORE
CLEAR: Final = Instruction.CLEAR


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of a record: the time, the store's units, exchange rates.

    Units are BigCommerce's names in any spelling; None makes `store` an unknown unit.
    """

    now: datetime
    weight_unit: str | None = None
    dimension_unit: str | None = None
    rates: RateTable | None = None


@dataclass(frozen=True, slots=True)
class SetUse:
    """A value looked up in a mapping set, and whether it was listed."""

    mapping_set_id: str
    value: str
    matched: bool


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One thing that happened on the way to a value, for people."""

    what: str
    value: object


@dataclass(slots=True)
class Run:
    """Notes of one evaluation; emptied between targets."""

    context: Context
    previous: object = MISSING
    original: object = MISSING
    sources: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    sets: list[SetUse] = field(default_factory=list)
    rates: list[AppliedRate] = field(default_factory=list)
    trace: list[TraceStep] | None = None
    noted: bool = False

    def note(self, what: str, value: object) -> None:
        """Adds to the trace, if one is kept."""
        if self.trace is not None:
            self.trace.append(TraceStep(what, value))


Reader = Callable[[Record, Run], object]
StepFunction = Callable[[object, Record, Run], object]
Test = Callable[[Record, Run], bool]
