"""What may be corrected in a sealed input before its round is matched again: few things, each of them listed.

The input of a run that supersedes another is the sealed one with these corrections applied, in order, and
nothing else: no row that was edited since the lock can reach it. The auditors' checker applies them too.

Where one of a couple is gone the other is single, with the own list that was sealed for the case that the two
are processed separately, and with none where they didn't ask for that. A couple's pairs that name a slot that
is gone go with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from marketplace.errors import DomainError

Json = dict[str, Any]
#: By couple the sealed own lists of its members, where both asked to be processed separately.
Own = Mapping[str, Mapping[str, list[list[str]]]]
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


def apply(problem: Json, corrections: Sequence[Correction], own: Own) -> Json:
    """The problem with the corrections made, in order.

    Raises DomainError with the correction's ``position``: "unknown" (whom it names is not in the input),
    "nothing" (it would change nothing).
    """
    for position, each in enumerate(corrections):
        try:
            problem = _ACTS[each.kind](problem, each, own)
        except DomainError as error:
            raise DomainError(error.reason, position=position) from None
    return problem


def _student_gone(problem: Json, gone: Correction, own: Own) -> Json:
    if gone.student not in {entry["id"] for entry in problem["students"]}:
        raise DomainError("unknown")
    return {
        **_without_pairs(problem, 0, gone.student),
        **_parted(problem, gone.student, own),
        "slots": [_unlisted(entry, gone.student) for entry in problem["slots"]],
    }


def _parted(problem: Json, gone: str | None, own: Own) -> Json:
    """The students without the one who is gone, and without their couple: the other has their own list."""
    couples = problem.get("couples", [])
    ended = [couple for couple in couples if gone in couple["members"]]
    slots = {entry["id"] for entry in problem["slots"]}  # another correction may have taken one out
    lists = {
        member: [kept for tier in tiers if (kept := [slot for slot in tier if slot in slots])]
        for couple in ended
        for member, tiers in own.get(couple["id"], {}).items()
    }
    students = [
        {**entry, "preferences": lists[entry["id"]]} if entry["id"] in lists else entry
        for entry in problem["students"]
        if entry["id"] != gone
    ]
    kept = [couple for couple in couples if couple not in ended]
    return {"students": students, **({"couples": kept} if couples else {})}


def _slot_gone(problem: Json, gone: Correction, _own: Own) -> Json:
    if gone.slot not in {entry["id"] for entry in problem["slots"]}:
        raise DomainError("unknown")
    couples = [
        {**couple, "preferences": [pair for pair in couple["preferences"] if gone.slot not in pair]}
        for couple in problem.get("couples", [])
    ]
    return {
        **_without_pairs(problem, 1, gone.slot),
        **({"couples": couples} if couples else {}),
        "slots": [entry for entry in problem["slots"] if entry["id"] != gone.slot],
        "students": [_unlisted(entry, gone.slot) for entry in problem["students"]],
    }


def _not_eligible(problem: Json, each: Correction, own: Own) -> Json:
    _require_pair(problem, each, own)
    if [each.student, each.slot] in _barred(problem):
        raise DomainError("nothing")
    pairs = [*problem.get("ineligible", []), [each.student, each.slot, BARRED]]
    return {**problem, "ineligible": sorted(pairs)}


def _eligible(problem: Json, each: Correction, own: Own) -> Json:
    _require_pair(problem, each, own)
    if [each.student, each.slot] not in _barred(problem):
        raise DomainError("nothing")
    kept = [entry for entry in problem["ineligible"] if entry[:2] != [each.student, each.slot]]
    return {**problem, "ineligible": kept}


def ended(sealed: Json, corrections: Sequence[Correction]) -> list[set[str]]:
    """Of each couple that is none any more since somebody is gone, who is still there: one, or none."""
    gone = {each.student for each in corrections if each.kind is Kind.STUDENT_GONE}
    couples = (set(couple["members"]) for couple in sealed.get("couples", []))
    return [members - gone for members in couples if members & gone]


_ACTS: dict[Kind, Callable[[Json, Correction, Own], Json]] = {
    Kind.STUDENT_GONE: _student_gone,
    Kind.SLOT_GONE: _slot_gone,
    Kind.NOT_ELIGIBLE: _not_eligible,
    Kind.ELIGIBLE: _eligible,
}


def _require_pair(problem: Json, each: Correction, own: Own) -> None:
    """Both must be in the input, and the student must have listed the slot or nothing would change.

    Who is in a couple lists what stands for them in its pairs, and on the own list that was sealed.
    """
    lists = {entry["id"]: entry.get("preferences", []) for entry in problem["students"]}
    for couple in problem.get("couples", []):
        alone = own.get(couple["id"], {})
        for place, member in enumerate(couple["members"]):
            lists[member] = [*([pair[place]] for pair in couple["preferences"]), *alone.get(member, [])]
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
