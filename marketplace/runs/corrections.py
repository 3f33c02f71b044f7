"""What may be corrected in a sealed input before its round is matched again: few things, each of them listed.

The input of a run that supersedes another is the sealed one with these corrections applied, in order, and
nothing else: no row that was edited since the lock can reach it. The auditors' checker applies them too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from marketplace.errors import DomainError

Json = dict[str, Any]
#: The word that stands as the reason of a pair barred by a correction.
BARRED = "corrected"


class Kind(StrEnum):
    """A student or slot withdrew; a pair that was wrongly allowed, or wrongly barred."""

    STUDENT_GONE = "student_gone"
    SLOT_GONE = "slot_gone"
    NOT_ELIGIBLE = "not_eligible"
    ELIGIBLE = "eligible"


@dataclass(frozen=True)
class Correction:
    """One correction, by the codes of the problem file."""

    kind: Kind
    student: str | None = None
    slot: str | None = None

    def to_dict(self) -> Json:
        """As it is stored, and stands in an auditors' bundle."""
        return {"kind": self.kind.value, "student": self.student, "slot": self.slot}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Correction:
        """Read what :meth:`to_dict` wrote."""
        return cls(Kind(value["kind"]), value["student"], value["slot"])


def apply(problem: Json, corrections: Sequence[Correction]) -> Json:
    """The problem with the corrections made, in order.

    Raises DomainError with the correction's ``position``: "unknown" (whom it names is not in the input),
    "couple" (a member of a couple can't be dropped), "nothing" (it would change nothing).
    """
    for position, each in enumerate(corrections):
        try:
            problem = _ACTS[each.kind](problem, each)
        except DomainError as error:
            raise DomainError(error.reason, position=position) from None
    return problem


def _student_gone(problem: Json, gone: Correction) -> Json:
    if gone.student not in {entry["id"] for entry in problem["students"]}:
        raise DomainError("unknown")
    if any(gone.student in couple["members"] for couple in problem.get("couples", [])):
        raise DomainError("couple")
    return {
        **_without_pairs(problem, 0, gone.student),
        "students": [entry for entry in problem["students"] if entry["id"] != gone.student],
        "slots": [_unlisted(entry, gone.student) for entry in problem["slots"]],
    }


def _slot_gone(problem: Json, gone: Correction) -> Json:
    if gone.slot not in {entry["id"] for entry in problem["slots"]}:
        raise DomainError("unknown")
    if any(gone.slot in pair for couple in problem.get("couples", []) for pair in couple["preferences"]):
        raise DomainError("couple")
    return {
        **_without_pairs(problem, 1, gone.slot),
        "slots": [entry for entry in problem["slots"] if entry["id"] != gone.slot],
        "students": [_unlisted(entry, gone.slot) for entry in problem["students"]],
    }


def _not_eligible(problem: Json, each: Correction) -> Json:
    _require_pair(problem, each)
    if [each.student, each.slot] in _barred(problem):
        raise DomainError("nothing")
    pairs = [*problem.get("ineligible", []), [each.student, each.slot, BARRED]]
    return {**problem, "ineligible": sorted(pairs)}


def _eligible(problem: Json, each: Correction) -> Json:
    _require_pair(problem, each)
    if [each.student, each.slot] not in _barred(problem):
        raise DomainError("nothing")
    kept = [entry for entry in problem["ineligible"] if entry[:2] != [each.student, each.slot]]
    return {**problem, "ineligible": kept}


_ACTS: dict[Kind, Callable[[Json, Correction], Json]] = {
    Kind.STUDENT_GONE: _student_gone,
    Kind.SLOT_GONE: _slot_gone,
    Kind.NOT_ELIGIBLE: _not_eligible,
    Kind.ELIGIBLE: _eligible,
}


def _require_pair(problem: Json, each: Correction) -> None:
    """Both must be in the input, and the student must have listed the slot or nothing would change."""
    lists = {entry["id"]: entry.get("preferences", []) for entry in problem["students"]}
    if each.student not in lists or each.slot not in {entry["id"] for entry in problem["slots"]}:
        raise DomainError("unknown")
    if not any(each.slot in tier for tier in lists[each.student]):
        raise DomainError("nothing")


def _barred(problem: Json) -> list[list[str]]:
    return [entry[:2] for entry in problem.get("ineligible", [])]


def _unlisted(entry: Json, gone: str | None) -> Json:
    tiers = ([name for name in tier if name != gone] for tier in entry.get("preferences", []))
    return {**entry, "preferences": [tier for tier in tiers if tier]}


def _without_pairs(problem: Json, place: int, gone: str | None) -> Json:
    kept: Json = {
        key: [pair for pair in problem[key] if pair[place] != gone]
        for key in ("ineligible", "preassigned")
        if key in problem
    }
    return {**problem, **kept}
