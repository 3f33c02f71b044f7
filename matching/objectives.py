"""Which objective takes what, and where it lives: one table. ``solve`` refuses what the table doesn't list.

How to plug in an objective is said in :mod:`matching`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from importlib import import_module
from typing import Any, Final, NamedTuple

from matching.collector import paused
from matching.errors import MatchingError, UnsupportedCombination
from matching.indexed import Indexed, index
from matching.problem import Problem
from matching.result import Outcome, Result

Solver = Callable[[Indexed, Mapping[str, Any]], Outcome]

FEATURES: Final = ("quotas", "facilities", "minimum", "couples", "preassigned", "ineligible")


class Objective(NamedTuple):
    """Where the function lives, ``module:name``; which features it takes; whether it heeds a time limit.

    Ties need no entry: every objective takes them, by the lottery or as ties, as its documentation says.
    """

    function: str
    takes: frozenset[str]
    time_limit: bool = False

    def refused(self, problem: Problem) -> list[str]:
        """The features the problem uses and this objective doesn't take."""
        return [feature for feature in features(problem) if feature not in self.takes]


def _takes(*features: str) -> frozenset[str]:
    return frozenset(features)


OBJECTIVES: Final[Mapping[str, Objective]] = {
    "student-optimal": Objective(
        "matching.deferred_acceptance:student_optimal",
        _takes("quotas", "facilities", "minimum", "preassigned", "ineligible"),
    ),
    "slot-optimal": Objective(
        "matching.slot_optimal:slot_optimal", _takes("facilities", "preassigned", "ineligible")
    ),
    "max-size": Objective("matching.max_size:max_size", _takes("preassigned", "ineligible"), time_limit=True),
    "max-size-fast": Objective("matching.kiraly:max_size_fast", _takes("preassigned", "ineligible")),
    "couples": Objective(
        "matching.couples:couples", _takes("couples", "minimum", "preassigned", "ineligible"), time_limit=True
    ),
    "egalitarian": Objective("matching.egalitarian:egalitarian", _takes("preassigned", "ineligible")),
    "minimum-regret": Objective("matching.egalitarian:minimum_regret", _takes("preassigned", "ineligible")),
    "strong": Objective("matching.tied_stability:strongly_stable", _takes("preassigned", "ineligible")),
    "super": Objective("matching.tied_stability:super_stable", _takes("preassigned", "ineligible")),
    # Baselines to compare with: not stable, and their results list every blocking pair.
    "rank-maximal": Objective("matching.baselines:rank_maximal", _takes("preassigned", "ineligible")),
    "minimum-cost": Objective("matching.baselines:minimum_cost", _takes("preassigned", "ineligible")),
}


def features(problem: Problem) -> list[str]:
    """The features a problem uses, of those that an objective may refuse."""
    if problem.arrays is not None:
        return []
    used = {
        "quotas": any(s.quota for s in problem.slots) or any(f.quota for f in problem.facilities),
        "facilities": bool(problem.facilities),
        "minimum": any(slot.minimum for slot in problem.slots),
        "couples": bool(problem.couples),
        "preassigned": bool(problem.preassigned),
        "ineligible": bool(problem.ineligible),
    }
    return [feature for feature in FEATURES if used[feature]]


def solve(problem: Problem, objective: str = "student-optimal", *, time_limit: float | None = None) -> Result:
    """Match students to slots.

    Parameters
    ----------
    problem : Problem
    objective : str
        A key of :data:`OBJECTIVES`.
    time_limit : float, optional
        Seconds, for the objectives that solve an integer program; others ignore it.

    Returns
    -------
    Result

    Raises
    ------
    UnsupportedCombination
        If the problem uses a feature that the objective does not take.

    Examples
    --------
    >>> from matching import Problem, solve
    >>> problem = Problem.from_dict({
    ...     "format": "matching-problem/1",
    ...     "students": [{"id": "s1", "preferences": [["a"], ["b"]]}, {"id": "s2", "preferences": [["a"]]}],
    ...     "slots": [{"id": "a", "preferences": [["s2"], ["s1"]]}, {"id": "b", "then_any": True}],
    ... })
    >>> dict(solve(problem).assignment)
    {'s1': 'b', 's2': 'a'}
    """
    if objective not in OBJECTIVES:
        raise MatchingError(f"unknown objective {objective!r}; known: {', '.join(OBJECTIVES)}")
    entry = OBJECTIVES[objective]
    refused = entry.refused(problem)
    if refused:
        raise UnsupportedCombination(objective, refused)
    if problem.arrays is not None and objective == "student-optimal":
        from matching.array_solver import student_optimal

        return Result.of_arrays(problem, objective, student_optimal(problem.arrays))
    options = {"time_limit": time_limit} if entry.time_limit and time_limit is not None else {}
    # Between the index and the end nothing makes cycles, except in what may take its time.
    with nullcontext() if entry.time_limit else paused():
        return Result.of(problem, objective, options, _solver(entry)(index(problem), options))


def _solver(entry: Objective) -> Solver:
    """Imported when first used: nobody pays for a solver they don't call."""
    module, name = entry.function.split(":")
    solver: Solver = getattr(import_module(module), name)
    return solver
