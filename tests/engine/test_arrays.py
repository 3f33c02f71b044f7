"""Problems given as arrays: the same answers as the same problem spelled out, compiled or plain, long
lists or short."""

from __future__ import annotations

import importlib.util
import random
from typing import Any

import numpy as np
import pytest

from matching import InvalidMatching, Problem, ProblemError, check, solve, verify
from matching.array_check import blocking
from matching.array_solver import student_optimal
from matching.arrays import Arrays
from matching.compiled import compiled
from matching.repeats import first_fault, seen_size

FORMS = [False, True] if importlib.util.find_spec("numba") else [False]
Rows = list[list[int]]


def csr(rows: Rows) -> tuple[list[int], list[int]]:
    indptr = [0]
    for row in rows:
        indptr.append(indptr[-1] + len(row))
    return indptr, [entry for row in rows for entry in row]


def from_rows(students: Rows, slots: Rows, capacity: list[int]) -> Problem:
    return Problem.from_arrays(*csr(students), *csr(slots), capacity)


def random_problem(seed: int) -> Problem:
    rng = random.Random(seed)
    n, m = rng.randint(1, 12), rng.randint(1, 6)
    students = [rng.sample(range(m), rng.randint(0, m)) for _ in range(n)]
    slots = [rng.sample(range(n), rng.randint(0, n)) for _ in range(m)]
    return from_rows(students, slots, [rng.randint(0, 3) for _ in range(m)])


def arrays_of(problem: Problem) -> Arrays:
    assert problem.arrays is not None
    return problem.arrays


@pytest.mark.parametrize("fast", FORMS)
def test_same_answers_as_spelled_out(fast: bool) -> None:
    for seed in range(600):
        problem = random_problem(seed)
        spelled = Problem.from_dict(problem.to_dict())
        expected = solve(spelled).slot_of
        for longest_searched in (128, 2, 0):
            found = student_optimal(arrays_of(problem), fast=fast, longest_searched=longest_searched)
            assert found.dtype == np.int32
            assert found.tobytes() == expected.tobytes(), f"seed {seed}"
        assert blocking(arrays_of(problem), found, fast=fast) == [], f"seed {seed}"


@pytest.mark.parametrize("fast", FORMS)
def test_the_check_rejects_what_the_spelled_out_check_rejects(fast: bool) -> None:
    for seed in range(600):
        problem = random_problem(seed)
        spelled = Problem.from_dict(problem.to_dict())
        rng = random.Random(seed)
        slot_of = solve(problem).slot_of.copy()
        for _ in range(3):
            slot_of[rng.randrange(len(slot_of))] = rng.randint(-1, len(problem.slots) - 1)
            try:
                expected: Any = sorted(verify(spelled, slot_of))
            except InvalidMatching:
                expected = InvalidMatching
            try:
                found: Any = [(str(i), str(j)) for i, j in blocking(arrays_of(problem), slot_of, fast=fast)]
            except InvalidMatching:
                found = InvalidMatching
            assert (found if found is InvalidMatching else sorted(found)) == expected, f"seed {seed}"


def test_a_result_of_arrays_writes_the_same_file() -> None:
    for seed in range(50):
        problem = random_problem(seed)
        spelled = Problem.from_dict(problem.to_dict())
        assert solve(problem).to_json() == solve(spelled).to_json()
        assert check(problem, solve(problem)).holds
        assert verify(problem, solve(problem)) == []
        assert verify(problem, solve(problem, "slot-optimal")) == []


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (([1, 2], [0], [0, 1], [0], [1]), "student_indptr: expected to begin with 0"),
        (([], [], [0], [], []), "student_indptr: expected to begin with 0"),
        (([0, 2, 1], [0, 0], [0], [], []), "student_indptr: decreases"),
        (([0, 2], [0], [0, 0], [], [1]), "student_indptr: ends at 2, not at the 1 indices"),
        (([0, 1], [0], [0, 3], [0], [1]), "slot_indptr: ends at 3, not at the 1 indices"),
        (([0, 1], [1], [0, 1], [0], [1]), "student_indices: expected 0 to 0, not 1"),
        (([0, 1], [0], [0, 1], [-1], [1]), "slot_indices: expected 0 to 0, not -1"),
        (([0, 1], [0.5], [0, 1], [0], [1]), "student_indices: expected integers, not float64"),
        (([0, 1], [[0]], [0, 1], [0], [1]), "student_indices: expected one dimension, not 2"),
        (([0, 1], [0], [0, 1], [0], [1, 2]), "capacity: 2 entries for 1 slots"),
        (([0, 1], [0], [0, 1], [0], [-1]), "capacity: expected 0 to 2147483646, not -1"),
        (([0, 2], [0, 0], [0, 1], [0], [1]), "student_indices, row 0: 0 is listed twice"),
        (([0, 1, 1], [0], [0, 2], [1, 1], [1]), "slot_indices, row 0: 1 is listed twice"),
    ],
)
def test_broken_arrays_are_refused(arguments: Any, line: str) -> None:
    with pytest.raises(ProblemError) as caught:
        Problem.from_arrays(*arguments)
    assert str(caught.value) == line


@pytest.mark.parametrize("fast", FORMS)
def test_faults_are_found_where_values_share_an_entry_of_the_buffer(fast: bool) -> None:
    """Against sets, with values that are equal in their last bits and buffers from one entry up."""
    find = compiled(first_fault) if fast else first_fault
    for seed in range(400):
        rng = random.Random(seed)
        width = rng.choice((1, 5, 40, 3000))
        values = range(-1 if seed % 5 == 0 else 0, width, rng.choice((1, 8, 64)))
        rows = [rng.choices(values, k=rng.randint(0, 4)) for _ in range(rng.randint(0, 4))]
        indptr, indices = csr(rows)
        expected = next(
            (p for p, value in enumerate(indices) if not 0 <= value < width or repeats(indptr, indices, p)),
            -1,
        )
        for size in (1, 8, seen_size(4, width)):
            buffers = [np.array(indptr, np.int64), np.array(indices, np.int32), np.full(size, -1, np.int32)]
            held = buffers if fast else [buffer.tolist() for buffer in buffers]
            assert find(*held, width) == expected, f"seed {seed}"


def repeats(indptr: list[int], indices: list[int], position: int) -> bool:
    first = max(start for start in indptr if start <= position)
    return indices[position] in indices[first:position]


def test_the_buffer_of_the_search_for_faults_stays_small_only_while_rows_are_short() -> None:
    assert seen_size(10, 1_000_000) == 1024
    assert seen_size(10, 3) == 4
    assert seen_size(0, 0) == 1
    assert seen_size(100_000, 1_000_000) == 1 << 20


def test_arrays_are_frozen_and_not_copied() -> None:
    indices = np.array([0, 1], np.int32)
    problem = Problem.from_arrays(np.array([0, 2]), indices, np.array([0, 1, 1]), [0], [1, 1])
    assert np.shares_memory(arrays_of(problem).student_indices, indices)
    with pytest.raises(ValueError, match="read-only"):
        arrays_of(problem).student_indices[0] = 1
    assert repr(problem) == "<Problem: 1 students, 2 slots>"


def test_many_entries_go_through_the_compiled_form_by_default() -> None:
    """Large enough for :func:`matching.compiled.worthwhile`: whatever is installed, the plain form agrees."""
    rng = np.random.default_rng(7)
    n, m, length = 40_000, 8_000, 8
    wishes = np.argsort(rng.random((n, m // 800)), axis=1)[:, :length] * 800 + rng.integers(
        0, 800, (n, length)
    )
    who, where = np.repeat(np.arange(n), length), wishes.ravel()
    order = np.lexsort((rng.random(n * length), where))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(where, minlength=m))])
    problem = Problem.from_arrays(np.arange(n + 1) * length, where, indptr, who[order], np.full(m, 5))
    found = solve(problem).slot_of
    assert found.tobytes() == student_optimal(arrays_of(problem), fast=False).tobytes()
    assert verify(problem, found) == []
