"""Every stable matching of a strict problem, one at a time, and who can have what in one of them.

Ties are broken by the lottery first. The work is in :mod:`matching.rotations`; this is what a caller with a
:class:`matching.Problem` uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from matching.errors import MatchingError, UnsupportedCombination, quoted
from matching.indexed import index
from matching.objectives import features
from matching.problem import Problem
from matching.rotations import Rotations, rotations

TAKES: Final = frozenset({"preassigned", "ineligible"})


def all_stable(problem: Problem) -> Iterator[dict[str, str | None]]:
    """Every stable matching, the student-optimal one first, one at a time.

    There can be exponentially many; the next one costs O(rotations + students) at most.

    Raises
    ------
    UnsupportedCombination
        For quotas, facilities, minimum or couples.

    Examples
    --------
    >>> from matching import Problem
    >>> problem = Problem.from_dict({
    ...     "format": "matching-problem/1",
    ...     "students": [
    ...         {"id": "s1", "preferences": [["a"], ["b"]]}, {"id": "s2", "preferences": [["b"], ["a"]]}],
    ...     "slots": [
    ...         {"id": "a", "preferences": [["s2"], ["s1"]]}, {"id": "b", "preferences": [["s1"], ["s2"]]}],
    ... })
    >>> for matching in all_stable(problem):
    ...     print(matching)
    {'s1': 'a', 's2': 'b'}
    {'s1': 'b', 's2': 'a'}
    """
    found = _rotations_of(problem)
    return (_named(problem, found.matching(chosen)) for chosen in found.closed_sets())


def stable_partners(problem: Problem, student: str) -> list[str | None]:
    """The slots that a student has in some stable matching, best first; ``[None]`` if in none.

    Raises
    ------
    UnsupportedCombination
        For quotas, facilities, minimum or couples.
    """
    numbers = {entry.id: number for number, entry in enumerate(problem.students)}
    if student not in numbers:
        raise MatchingError(f"unknown student {quoted(student)}")
    found = _rotations_of(problem)
    mine = [found.first[numbers[student]]]
    mine += [move.taken for moves in found.moves for move in moves if move.student == numbers[student]]
    return [problem.slots[slot].id if slot >= 0 else None for slot in mine]


def _rotations_of(problem: Problem) -> Rotations:
    refused = [feature for feature in features(problem) if feature not in TAKES]
    if refused:
        raise UnsupportedCombination("all", refused)
    return rotations(index(problem))


def _named(problem: Problem, slot_of: list[int]) -> dict[str, str | None]:
    return {
        student.id: problem.slots[slot].id if slot >= 0 else None
        for student, slot in zip(problem.students, slot_of, strict=True)
    }
