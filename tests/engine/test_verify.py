"""What the verifier owes whoever calls it, apart from its judgement (test_against_enumeration)."""

from __future__ import annotations

import gc

import pytest

from matching import InvalidMatching, Problem, solve, verify


def test_a_student_without_the_counted_type_where_they_may_not_be_is_refused_in_words() -> None:
    problem = Problem.from_dict(
        {
            "format": "matching-problem/1",
            "students": [{"id": "s1", "preferences": [["a"]], "types": {"school": "U1"}}, {"id": "s2"}],
            "slots": [
                {"id": "a", "then_any": True, "quotas": {"type": "school", "maximum": {"U1": 1}}},
            ],
        }
    )
    with pytest.raises(InvalidMatching, match='student "s2" and slot "a" are not acceptable'):
        verify(problem, {"s1": None, "s2": "a"})


def test_solving_and_verifying_leave_nothing_to_the_cyclic_collector() -> None:
    """They pause it (matching.collector), so whatever they left would stay until long afterwards."""
    problem = Problem.from_dict(
        {
            "format": "matching-problem/1",
            "students": [{"id": "s1", "preferences": [["a"]]}, {"id": "s2", "preferences": [["a"]]}],
            "slots": [{"id": "a", "preferences": [["s1", "s2"]]}],
        }
    )
    assert verify(problem, solve(problem), refined=True) == []  # imports what is imported when first used
    was_running = gc.isenabled()
    gc.disable()
    try:
        gc.collect()
        gc.set_debug(gc.DEBUG_SAVEALL)  # keep what is found: other threads may leave something too
        assert verify(problem, solve(problem), refined=True) == []
        gc.collect()
        # An object has its class's module, a function the one that it was written in.
        assert [e for e in gc.garbage if str(getattr(e, "__module__", "")).startswith("matching")] == []
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        if was_running:
            gc.enable()
