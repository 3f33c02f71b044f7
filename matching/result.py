"""The immutable result: ``matching-result/1`` read and written. It claims; :mod:`matching.stability`
checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from matching import reading, strict_json
from matching.collector import paused
from matching.entities import Lottery
from matching.errors import ProblemError, ResultError
from matching.hashing import ZERO_SEED
from matching.problem import Problem
from matching.tally import statistics_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

ENGINE: Final = "1.0.0"
FORMAT: Final = "matching-result/1"

# [student, slot], or [couple, first member's slot, second member's slot] with None for unplaced.
BlockingPair = tuple[str | None, ...]

_KEYS = (
    "format",
    "problem_sha256",
    "objective",
    "options",
    "engine",
    "lottery",
    "assignment",
    "closed",
    "blocking_pairs",
    "optimal",
    "bound",
    "statistics",
)


class Closure(NamedTuple):
    """A slot that its minimum closed: how many it needed and how many it had when it closed."""

    slot: str
    minimum: int
    had: int


@dataclass(frozen=True)
class Outcome:
    """What an objective hands back to :func:`matching.solve`, in indices.

    Attributes
    ----------
    slot_of : sequence of int, shape (n_students,)
        Slot index, -1 for unplaced. Preassigned students included.
    closed : sequence of Closure
    blocking_pairs : sequence of BlockingPair
        Empty where the matching is stable.
    optimal : bool
        Whether the objective's value is proved.
    bound : int or None
        Best proved bound on the objective's value; where the value is the number of placed students and it is
        proved, leave ``None`` and that number is filled in.
    statistics : mapping
        Added to ``placed`` and ``rank_profile``.
    """

    slot_of: Sequence[int]
    closed: Sequence[Closure] = ()
    blocking_pairs: Sequence[BlockingPair] = ()
    optimal: bool = True
    bound: int | None = None
    statistics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Result:
    """A matching and what is claimed of it. Made by :func:`matching.solve` or read from a file."""

    problem_sha256: str
    objective: str
    options: Mapping[str, Any]
    engine: str
    lottery: Lottery
    assignment: Mapping[str, str | None]
    closed: tuple[Closure, ...]
    blocking_pairs: tuple[BlockingPair, ...]
    optimal: bool
    bound: int | None
    statistics: Mapping[str, Any]

    @classmethod
    def of_arrays(cls, problem: Problem, objective: str, slot_of: npt.NDArray[np.int32]) -> Result:
        """An exact, stable result of a problem given as arrays; names and counts are made when asked for."""
        return _OfArrays(problem, objective, slot_of)

    @classmethod
    @paused()
    def of(cls, problem: Problem, objective: str, options: Mapping[str, Any], outcome: Outcome) -> Result:
        """Name the indices of an outcome and count what it achieved."""
        slots = [slot.id for slot in problem.slots]
        assignment = {
            student.id: slots[j] if j >= 0 else None
            for student, j in zip(problem.students, outcome.slot_of, strict=True)
        }
        statistics = {**statistics_of(problem, assignment), **outcome.statistics}
        result = cls(
            problem_sha256=problem.digest(),
            objective=objective,
            options=MappingProxyType(dict(options)),
            engine=ENGINE,
            lottery=problem.lottery,
            assignment=MappingProxyType(assignment),
            closed=tuple(outcome.closed),
            blocking_pairs=tuple(sorted(outcome.blocking_pairs, key=_with_none_last)),
            optimal=outcome.optimal,
            bound=statistics["placed"] if outcome.bound is None and outcome.optimal else outcome.bound,
            statistics=MappingProxyType(statistics),
        )
        result.__dict__["_indices"] = outcome.slot_of
        return result

    @cached_property
    def slot_of(self) -> npt.NDArray[np.int32]:
        """Slot index by student index of the problem that was solved, int32, -1 = unplaced."""
        import numpy as np

        if "_indices" in self.__dict__:
            return np.array(self.__dict__["_indices"], np.int32)
        raise ResultError("result", "read from a file; slots_of(problem) gives its indices")

    def slots_of(self, problem: Problem) -> list[int]:
        """Slot index by student index in the order of ``problem``, -1 = unplaced."""
        slot_of = {slot.id: j for j, slot in enumerate(problem.slots)}
        taken = (self.assignment[student.id] for student in problem.students)
        return [-1 if slot is None else slot_of[slot] for slot in taken]

    @classmethod
    def from_dict(cls, value: Any) -> Result:
        """Read the object of a result file; that it is true is for :func:`matching.check` to say.

        Raises
        ------
        ResultError
            One line naming the path.
        """
        try:
            return _read(value)
        except ProblemError as error:
            raise ResultError(error.path, error.message) from None

    @classmethod
    def loads(cls, text: str) -> Result:
        try:
            return cls.from_dict(strict_json.loads(text))
        except ProblemError as error:
            raise ResultError(error.path, error.message) from None

    @classmethod
    def from_json(cls, path: str | Path) -> Result:
        """Read a result file."""
        try:
            return cls.loads(strict_json.read_text(path))
        except ProblemError as error:
            raise ResultError(error.path, error.message) from None

    def to_dict(self) -> dict[str, Any]:
        """The object of the result file; students in the order of their ids, so a file's order never
        shows."""
        return {
            "format": FORMAT,
            "problem_sha256": self.problem_sha256,
            "objective": self.objective,
            "options": dict(self.options),
            "engine": self.engine,
            "lottery": self.lottery._asdict(),
            "assignment": {student: self.assignment[student] for student in sorted(self.assignment)},
            "closed": [closure._asdict() for closure in self.closed],
            "blocking_pairs": [list(pair) for pair in self.blocking_pairs],
            "optimal": self.optimal,
            "bound": self.bound,
            "statistics": dict(self.statistics),
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":")) + "\n"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Result) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.problem_sha256, self.objective))


class _OfArrays(Result):
    """Spells nothing out before it is asked for: a million students are twelve bytes each, not a
    dictionary."""

    def __init__(self, problem: Problem, objective: str, slot_of: npt.NDArray[np.int32]) -> None:
        slot_of.flags.writeable = False
        self.__dict__.update(
            _problem=problem,
            slot_of=slot_of,
            objective=objective,
            options=MappingProxyType({}),
            engine=ENGINE,
            lottery=Lottery(ZERO_SEED, "single"),
            closed=(),
            blocking_pairs=(),
            optimal=True,
            bound=int((slot_of >= 0).sum()),
        )

    def __getattr__(self, name: str) -> Any:
        """Fields that are still missing: called once for each, then they are there."""
        problem: Problem = self.__dict__["_problem"]
        if name == "problem_sha256":
            value: Any = problem.digest()
        elif name == "assignment":
            places = self.__dict__["slot_of"].tolist()
            value = MappingProxyType({str(i): str(j) if j >= 0 else None for i, j in enumerate(places)})
        elif name == "statistics":
            value = MappingProxyType(statistics_of(problem, self.assignment))
        else:
            raise AttributeError(name)
        self.__dict__[name] = value
        return value


def _with_none_last(pair: Iterable[str | None]) -> list[tuple[bool, str]]:
    return [(part is None, part or "") for part in pair]


def _read(value: Any) -> Result:
    fields = strict_json.record(value, "result", required=_KEYS)
    strict_json.choice(fields["format"], "format", among=(FORMAT,))
    assignment = strict_json.record(fields["assignment"], "assignment", optional=None)
    for student, slot in assignment.items():
        if slot is not None:
            strict_json.string(slot, f"assignment.{student}")
    bound = fields["bound"]
    return Result(
        problem_sha256=strict_json.string(fields["problem_sha256"], "problem_sha256"),
        objective=strict_json.string(fields["objective"], "objective"),
        options=MappingProxyType(dict(strict_json.record(fields["options"], "options", optional=None))),
        engine=strict_json.string(fields["engine"], "engine"),
        lottery=reading.lottery(fields["lottery"], "lottery"),
        assignment=MappingProxyType(dict(assignment)),
        closed=tuple(
            _closure(entry, f"closed[{index}]")
            for index, entry in enumerate(strict_json.array(fields["closed"], "closed"))
        ),
        blocking_pairs=tuple(
            _blocking(entry, f"blocking_pairs[{index}]")
            for index, entry in enumerate(strict_json.array(fields["blocking_pairs"], "blocking_pairs"))
        ),
        optimal=strict_json.boolean(fields["optimal"], "optimal"),
        bound=None if bound is None else strict_json.integer(bound, "bound"),
        statistics=MappingProxyType(
            dict(strict_json.record(fields["statistics"], "statistics", optional=None))
        ),
    )


def _closure(value: Any, path: str) -> Closure:
    fields = strict_json.record(value, path, required=("slot", "minimum", "had"))
    return Closure(
        strict_json.string(fields["slot"], f"{path}.slot"),
        strict_json.integer(fields["minimum"], f"{path}.minimum"),
        strict_json.integer(fields["had"], f"{path}.had"),
    )


def _blocking(value: Any, path: str) -> BlockingPair:
    parts = strict_json.array(value, path)
    if len(parts) not in (2, 3):
        raise ProblemError(path, "expected [student, slot] or [couple, slot, slot]")
    for part in parts:
        if part is not None:
            strict_json.string(part, path)
    return tuple(parts)
