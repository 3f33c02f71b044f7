"""One problem solved many times over, with other lists and other orders each time.

A forecast draws who certifies what and how the lottery falls; places, quotas, minimum cohorts and
preassigned students stay. So the problem is numbered once, and a draw is plain lists of small integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matching.deferred_acceptance import student_optimal
from matching.indexed import index
from matching.problem import Problem


class Redraw:
    """The fixed part of a problem. Students and slots are numbered in the problem's order.

    Examples
    --------
    >>> from matching import Problem, Redraw
    >>> problem = Problem.from_dict({
    ...     "format": "matching-problem/1",
    ...     "students": [{"id": "s1"}, {"id": "s2"}],
    ...     "slots": [{"id": "a"}, {"id": "b"}],
    ... })
    >>> redraw = Redraw(problem)
    >>> redraw.solve([[0, 1], [0]], [{0: 7, 1: 3}, {0: 5}])
    [1, 0]
    """

    def __init__(self, problem: Problem) -> None:
        self._indexed = index(problem)

    def solve(self, wishes: Sequence[Sequence[int]], ranks: Sequence[dict[int, int]]) -> list[int]:
        """The student-optimal stable matching of one draw, -1 for unplaced.

        Parameters
        ----------
        wishes : for each student the numbers of the slots on their list, best first
        ranks : for each slot the rank of every student it accepts, the smaller the better; equal ranks
            fall to the student with the smaller number, so a lottery should leave none

        Entries that the other side does not have are dropped. Preassigned students keep their slot whatever
        their list. O(total length of the lists × log capacity), more with quotas, again for each closure.
        """
        fixed = self._indexed.fixed
        mutual = [
            [] if fixed[i] >= 0 else [j for j in slots if i in ranks[j]] for i, slots in enumerate(wishes)
        ]
        drawn = replace(self._indexed, student_slots=mutual, slot_rank=list(ranks))
        return list(student_optimal(drawn, {}).slot_of)
