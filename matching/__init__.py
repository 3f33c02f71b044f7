"""Stable matching of students to slots: solved, verified and explained. Pure: no web framework, no database.

>>> from matching import Problem, solve, verify
>>> problem = Problem.from_dict({
...     "format": "matching-problem/1",
...     "students": [{"id": "s1", "preferences": [["a"], ["b"]]}, {"id": "s2", "preferences": [["a"]]}],
...     "slots": [{"id": "a", "preferences": [["s2"], ["s1"]]}, {"id": "b", "then_any": True}],
... })
>>> result = solve(problem)
>>> verify(problem, result)
[]

How an objective plugs in
-------------------------
1. Write ``matching/<module>.py`` with a function ``(indexed: Indexed, options: Mapping) -> Outcome``.
   :class:`matching.indexed.Indexed` is the problem in small integers: mutually acceptable pairs only,
   strict orders after the lottery, and the tiers they came from. :class:`matching.result.Outcome` is the
   slot index of each student (-1 for unplaced, preassigned students included), and what is claimed of it.
2. Add one line to ``OBJECTIVES`` in :mod:`matching.objectives`: the function as ``module:name``, the
   features it takes, whether it heeds ``time_limit``. The module is imported when first used, and so
   should its heavy imports be.
3. Never import :mod:`matching.stability` or anything else of the verifier, nor the reverse: two readings
   of the rules are worth having only while they share no code. The layers are checked by import-linter.
"""

from __future__ import annotations

from matching.certificate import Certificate, check
from matching.difference import Change, Difference, what_if
from matching.errors import (
    InvalidMatching,
    MatchingError,
    NoneExists,
    ProblemError,
    ResultError,
    UnsupportedCombination,
)
from matching.lattice import all_stable, stable_partners
from matching.mending import Repair, displaced, repair
from matching.objectives import solve
from matching.problem import Problem
from matching.reasons import Code, Reason, explain
from matching.redraw import Redraw
from matching.result import ENGINE as __version__
from matching.result import Result
from matching.stability import verify

__all__ = [
    "Certificate",
    "Change",
    "Code",
    "Difference",
    "InvalidMatching",
    "MatchingError",
    "NoneExists",
    "Problem",
    "ProblemError",
    "Reason",
    "Redraw",
    "Repair",
    "Result",
    "ResultError",
    "UnsupportedCombination",
    "__version__",
    "all_stable",
    "check",
    "displaced",
    "explain",
    "repair",
    "solve",
    "stable_partners",
    "verify",
    "what_if",
]
