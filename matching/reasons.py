"""Why each student has what they have: one reason with evidence per listed slot. Verifier side, never solves.

The reasons are as fine as the problem allows; how coarse a participant sees them is the caller's to decide.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from matching.choice import PREASSIGNED, Chooser
from matching.collector import paused
from matching.entities import Couple, Pair, Student
from matching.errors import MatchingError, quoted
from matching.hashing import lottery_number
from matching.levels import LAST, Level, Levels
from matching.problem import Problem
from matching.result import Result


class Code(StrEnum):
    """Why a listed slot is, or is not, where the student went."""

    PLACED = "placed"
    NOT_NEEDED = "not-needed"  # they have something they like at least as much
    INELIGIBLE = "ineligible"
    NOT_LISTED = "not-listed"  # the slot, or its facility, finds them unacceptable
    CLOSED = "closed"  # below its minimum
    NO_PLACES = "no-places"  # a bound of 0, or one that preassigned students fill
    PRIORITY = "priority"  # everybody who holds what they needed stands in a better tier
    LOTTERY = "lottery"  # some of those stand in the same tier with a better lottery number
    TIE = "tie"  # some stand in the same tier, and the objective did not go by the lottery
    BLOCKING = "blocking"  # nothing stands in the way: a pair that blocks the matching


class Reason(NamedTuple):
    """One listed slot, or for a member of a couple one listed pair of slots.

    Attributes
    ----------
    slot : str or (str or None, str or None)
    rank : int
        1-based number of the tier, or of the pair in the couple's list.
    code : Code
    evidence : mapping
        ``reason`` for *ineligible*; ``minimum`` and ``had`` for *closed*. For the codes of a full slot:
        ``bound`` ("slot", "slot-quota", "facility" or "facility-quota": the first that is used up),
        ``maximum``, ``holder`` (whose bound), for quotas ``type`` and ``value``; how many of those counted
        stand ``higher`` and how many ``equal``; ``own_tier``. With *lottery* also ``own_number`` and
        ``cutoff_number``, the largest number that was still taken, as hexadecimal digits. For couples
        ``member`` and ``at`` say which half failed.
    """

    slot: str | Pair
    rank: int
    code: Code
    evidence: Mapping[str, Any]


@paused()
def explain(
    problem: Problem, result: Result, students: Iterable[str] | None = None
) -> dict[str, tuple[Reason, ...]]:
    """Reasons by student id, in the order of each student's list; empty for a student without a list.

    O(total length of the lists) apart from sorting the holders of each slot.

    Examples
    --------
    >>> from matching import Problem, explain, solve
    >>> problem = Problem.from_dict({
    ...     "format": "matching-problem/1",
    ...     "students": [{"id": "s1", "preferences": [["a"], ["b"]]}, {"id": "s2", "preferences": [["a"]]}],
    ...     "slots": [{"id": "a", "preferences": [["s2"], ["s1"]]}, {"id": "b", "then_any": True}],
    ... })
    >>> for reason in explain(problem, solve(problem))["s1"]:
    ...     print(reason.slot, reason.rank, reason.code, reason.evidence.get("higher"))
    a 1 priority 1
    b 2 placed None
    """
    problem = problem.replace(seed=result.lottery.seed, mode=result.lottery.mode)
    known = {student.id: student for student in problem.students}
    wanted = list(known if students is None else students)
    for name in wanted:
        if name not in known or name not in result.assignment:
            raise MatchingError(f"unknown student {quoted(name)}")
    explainer = _Explainer(problem, result)
    couples = {member: couple for couple in problem.couples for member in couple.members}
    return {
        name: tuple(explainer.couple(couples[name]) if name in couples else explainer.student(known[name]))
        for name in wanted
    }


class _Held(NamedTuple):
    """Holders counted towards one bound, best first: tiers alone, and tiers with lottery numbers."""

    levels: list[Level]
    students: list[str]


class _Explainer:
    def __init__(self, problem: Problem, result: Result) -> None:
        self._problem = problem
        self._view = Levels(problem, refined=True)
        self._assignment = result.assignment
        self._closed = {closure.slot: closure for closure in result.closed}
        self._reasons = {(entry.student, entry.slot): entry.reason for entry in problem.ineligible}
        self._chooser = Chooser(problem)
        fixed = dict(problem.preassigned)
        pairs: dict[str, list[tuple[Level, str]]] = {}
        for student, slot in result.assignment.items():
            if slot is not None:
                level = PREASSIGNED if student in fixed else self._priority(student, slot)
                for bound in self._chooser.bounds(student, slot):
                    pairs.setdefault(bound.key, []).append((level, student))
        self._held = {
            key: _Held([level for level, _ in found], [name for _, name in found])
            for key, found in ((key, sorted(found)) for key, found in pairs.items())
        }

    def student(self, student: Student) -> list[Reason]:
        present = self._assignment[student.id]
        found = []
        satisfied = False
        for rank, tier in enumerate(student.preferences, 1):
            satisfied = satisfied or present in tier
            for slot in tier:
                if slot == present:
                    found.append(Reason(slot, rank, Code.PLACED, {}))
                elif satisfied:
                    found.append(Reason(slot, rank, Code.NOT_NEEDED, {}))
                else:
                    found.append(Reason(slot, rank, *self._refusal(student.id, slot, {student.id})))
        return found

    def couple(self, couple: Couple) -> list[Reason]:
        present = (self._assignment[couple.members[0]], self._assignment[couple.members[1]])
        found = []
        satisfied = False
        for rank, pair in enumerate(couple.preferences, 1):
            if pair == present:
                satisfied = True
                found.append(Reason(pair, rank, Code.PLACED, {}))
            elif satisfied:
                found.append(Reason(pair, rank, Code.NOT_NEEDED, {}))
            else:
                found.append(Reason(pair, rank, *self._pair_refusal(couple, pair)))
        return found

    def _pair_refusal(self, couple: Couple, pair: Pair) -> tuple[Code, Mapping[str, Any]]:
        """The first half that fails; the second is asked with the first already there."""
        seated: list[tuple[str, str]] = []
        halves = [(m, slot) for m, slot in zip(couple.members, pair, strict=True) if slot is not None]
        halves.sort(key=lambda half: self._priority(*half))
        for member, slot in halves:
            code, evidence = self._refusal(member, slot, set(couple.members), seated)
            if code is not Code.BLOCKING:
                return code, {**evidence, "member": member, "at": slot}
            seated.append((member, slot))
        return Code.BLOCKING, {}

    def _refusal(
        self, student: str, slot: str, leaving: set[str], seated: Iterable[tuple[str, str]] = ()
    ) -> tuple[Code, Mapping[str, Any]]:
        """Why the slot would not take the student once ``leaving`` have left and ``seated`` have come."""
        if (student, slot) in self._reasons:
            return Code.INELIGIBLE, {"reason": self._reasons[student, slot]}
        if slot in self._closed:
            closure = self._closed[slot]
            return Code.CLOSED, {"minimum": closure.minimum, "had": closure.had}
        level = self._view.priority(slot, student)
        if level is None:
            return Code.NOT_LISTED, {}
        ties_below: tuple[Code, Mapping[str, Any]] | None = None
        for bound in self._chooser.bounds(student, slot):
            newcomers = [
                (self._priority(member, at), member)
                for member, at in seated
                if bound.key in {other.key for other in self._chooser.bounds(member, at)}
            ]
            held = self._without(bound.key, leaving, newcomers)
            before = bisect_left(held.levels, level)
            if before >= bound.maximum:
                return self._full(student, slot, level, bound.evidence(), held.levels[:before])
            until = bisect_left(held.levels, (level[0] + 1, -1))
            if ties_below is None and until >= bound.maximum:
                ties_below = Code.TIE, _counts(bound.evidence(), level, held.levels[:until])
        return ties_below or (Code.BLOCKING, {})

    def _priority(self, student: str, slot: str) -> Level:
        """Of somebody who is there, or might be: whoever is refused stands last."""
        return self._view.priority(slot, student) or LAST

    def _without(self, key: str, leaving: set[str], newcomers: list[tuple[Level, str]]) -> _Held:
        held = self._held.get(key, _Held([], []))
        if not newcomers and leaving.isdisjoint(held.students):
            return held
        pairs = [pair for pair in zip(held.levels, held.students, strict=True) if pair[1] not in leaving]
        pairs = sorted(pairs + newcomers)
        return _Held([level for level, _ in pairs], [name for _, name in pairs])

    def _full(
        self, student: str, slot: str, level: Level, bound: dict[str, Any], ahead: list[Level]
    ) -> tuple[Code, Mapping[str, Any]]:
        evidence = _counts(bound, level, ahead)
        if all(held == PREASSIGNED for held in ahead):
            return Code.NO_PLACES, evidence
        if evidence["higher"] >= evidence["maximum"]:
            return Code.PRIORITY, evidence
        facility = self._view.facility_of.get(slot)
        multiple = self._problem.lottery.mode == "multiple"
        at = (facility.id if facility else slot) if multiple else None
        evidence["own_number"] = f"{lottery_number(self._problem.lottery.seed, student, at):064x}"
        evidence["cutoff_number"] = f"{ahead[evidence['maximum'] - 1][1]:064x}"
        return Code.LOTTERY, evidence


def _counts(bound: dict[str, Any], level: Level, ahead: list[Level]) -> dict[str, Any]:
    higher = bisect_left(ahead, (level[0], -1))
    bound.update(higher=higher, equal=len(ahead) - higher, own_tier=level[0] + 1)
    return bound
