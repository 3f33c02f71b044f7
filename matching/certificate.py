"""Does everything hold that a result file claims? Verifier side; nothing here solves, nothing is trusted.

The lottery is taken from the result, because a draw is part of what a result claims; the problem's digest,
which leaves the lottery out, ties the two together.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from matching import reference
from matching.errors import quoted
from matching.levels import Levels
from matching.problem import Problem
from matching.result import BlockingPair, Result
from matching.stability import blocking_pairs, violations
from matching.tally import statistics_of

# Objectives whose matching is stable in the strict problem after the lottery, not only in the tied original.
REFINED: Final = frozenset({"student-optimal", "slot-optimal", "egalitarian", "minimum-regret"})


@dataclass(frozen=True)
class Certificate:
    """What was found.

    Attributes
    ----------
    failures : tuple of str
        One sentence for each claim that doesn't hold; empty iff all do.
    notes : tuple of str
        What was not checked, or is worth knowing.
    """

    failures: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.failures


def check(problem: Problem, result: Result) -> Certificate:
    """Check feasibility, the declared blocking pairs, the statistics and, for student-optimal, the matching.

    Student-optimal is recomputed by the verifier's own deferred acceptance, minimum closures included. For
    every other objective the note "optimality not checked" says what it is.

    Examples
    --------
    >>> from matching import Problem, check, solve
    >>> problem = Problem.from_dict({
    ...     "format": "matching-problem/1",
    ...     "students": [{"id": "s1", "preferences": [["a"]]}], "slots": [{"id": "a", "then_any": True}],
    ... })
    >>> check(problem, solve(problem)).holds
    True
    """
    if result.problem_sha256 != problem.digest():
        return Certificate(("problem_sha256 is that of another problem",), ())
    notes = []
    if result.lottery != problem.lottery:
        notes.append("the lottery is the result's, not the problem file's")
    drawn = problem.replace(seed=result.lottery.seed, mode=result.lottery.mode)
    closed = frozenset(closure.slot for closure in result.closed)
    weak = Levels(drawn, refined=False)
    unknown = [slot for slot in closed if not weak.knows(slot)]
    failures = [f"closed names an unknown slot {quoted(slot)}" for slot in unknown]
    failures += violations(weak, result.assignment, closed)
    if failures:
        return Certificate(tuple(failures), tuple(notes))
    # Couples are judged after the lottery, where at least as much blocks as in the tied original.
    judged = Levels(drawn, refined=True) if result.objective == "couples" else weak
    failures += _blocking(blocking_pairs(judged, result.assignment, closed), result.blocking_pairs)
    failures += _statistics(drawn, result)
    if result.objective == "student-optimal":
        failures += _student_optimal(drawn, result)
    else:
        notes.append("optimality not checked")
        if result.objective in REFINED:
            strict = blocking_pairs(Levels(drawn, refined=True), result.assignment, closed)
            failures += [f"after the lottery {_named(pair)} blocks" for pair in strict]
        if result.objective == "couples":
            failures += _minimums(drawn, result)
        elif result.closed:
            failures.append(f"{result.objective} closes no slots")
    return Certificate(tuple(dict.fromkeys(failures)), tuple(notes))


def _blocking(found: list[BlockingPair], declared: tuple[BlockingPair, ...]) -> list[str]:
    hidden = [f"{_named(pair)} blocks and is not declared" for pair in found if pair not in declared]
    idle = [f"{_named(pair)} is declared and does not block" for pair in declared if pair not in found]
    return hidden + idle


def _named(pair: BlockingPair) -> str:
    return f"({', '.join('unplaced' if part is None else quoted(part) for part in pair)})"


def _statistics(problem: Problem, result: Result) -> list[str]:
    true = statistics_of(problem, result.assignment)
    return [
        f"statistics.{key} is {value}, not {result.statistics.get(key)}"
        for key, value in true.items()
        if result.statistics.get(key) != value
    ]


def _minimums(problem: Problem, result: Result) -> list[str]:
    """What the minimum rule says of any matching: which closures are possible, and that none is missing."""
    slots = {slot.id: slot for slot in problem.slots}
    filled = Counter(result.assignment.values())
    kept = {slot for _, slot in problem.preassigned}
    closed = {entry.slot for entry in result.closed}
    failures = [] if len(closed) == len(result.closed) else ["closed names a slot twice"]
    for entry in result.closed:
        true = entry.minimum == slots[entry.slot].minimum and 0 <= entry.had < entry.minimum
        if not true or (entry.had and entry.slot in kept):
            failures.append(f"the minimum rule does not close {quoted(entry.slot)}")
    for slot in problem.slots:
        if filled[slot.id] < slot.minimum and slot.id not in closed | kept:
            failures.append(f"slot {quoted(slot.id)} is open below its minimum")
    return failures + _below_minimum(problem, result)


def _below_minimum(problem: Problem, result: Result) -> list[str]:
    below = [entry._asdict() for entry in reference.below_minimum(problem, result.assignment)]
    if list(result.statistics.get("below_minimum", [])) != below:
        return ["statistics.below_minimum does not list the open slots below their minimum"]
    return []


def _student_optimal(problem: Problem, result: Result) -> list[str]:
    assignment, closed = reference.student_optimal(problem)
    failures = []
    if tuple(closed) != result.closed:
        failures.append("closed is not what the minimum rule closes")
    differing = sorted(name for name, slot in assignment.items() if result.assignment[name] != slot)
    if differing:
        failures.append(
            f"{len(differing)} students differ from student-optimal, {quoted(differing[0])} first"
        )
    failures += _below_minimum(problem, result)
    placed = sum(slot is not None for slot in assignment.values())
    if not result.optimal or result.bound != placed:
        failures.append("optimal and bound are not those of an exact objective")
    return failures
