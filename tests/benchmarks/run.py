"""Peers, the C yardstick and one memory pass beside the engine, in one run, as ratios.

    python tests/benchmarks/run.py [--largest 1000000] [--peers PYTHON]

PYTHON is the interpreter of an environment that has ``matching`` and ``algmatch``: the first has our
import name, so it cannot stand beside ours. Times are processor time, the least of several rounds taken in
turn, so that a busy machine slows everybody alike. Markets: strict, uniform, lists of 10, slots of 5
places, as many places as students.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from matching import Problem, Result, check, explain, solve, verify
from matching.array_check import blocking
from matching.array_solver import student_optimal
from matching.compiled import available

HERE = Path(__file__).parent
LENGTH, PLACES = 10, 5
Lists = tuple[Any, Any, Any, Any, Any]


def market(n: int, seed: int = 0) -> Lists:
    """CSR lists and capacities."""
    rng = np.random.default_rng(seed)
    m = n // PLACES
    wishes = rng.integers(0, m, (n, LENGTH), dtype=np.int32)
    while True:
        ordered = np.sort(wishes, axis=1)
        repeats = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
        if not repeats.any():
            break
        wishes[repeats] = rng.integers(0, m, (int(repeats.sum()), LENGTH), dtype=np.int32)
    flat = wishes.ravel()
    shuffled = rng.permutation(n * LENGTH)
    by_slot = shuffled[np.argsort(flat[shuffled], kind="stable")]
    slot_indptr = np.concatenate([[0], np.cumsum(np.bincount(flat, minlength=m))]).astype(np.int64)
    students = np.repeat(np.arange(n, dtype=np.int32), LENGTH)[by_slot]
    return (
        np.arange(n + 1, dtype=np.int64) * LENGTH,
        flat,
        slot_indptr,
        students,
        np.full(m, PLACES, np.int32),
    )


class Yardstick:
    """The committed C file, compiled on the spot."""

    def __init__(self, folder: Path) -> None:
        library = folder / "yardstick.so"
        source = HERE / "deferred_acceptance.c"
        subprocess.run(["cc", "-O3", "-march=native", "-shared", "-fPIC", source, "-o", library], check=True)
        self._c = ctypes.CDLL(str(library))
        self._c.deferred_acceptance.restype = ctypes.c_int64
        self._c.deferred_acceptance.argtypes = [ctypes.c_int64] * 2 + [ctypes.c_void_p] * 6
        self._c.one_pass.argtypes = [ctypes.c_int64, ctypes.c_void_p] * 2

    def solve(self, lists: Lists) -> Any:
        matched = np.empty(len(lists[0]) - 1, np.int32)
        pointers = [array.ctypes.data for array in (*lists, matched)]
        if self._c.deferred_acceptance(len(lists[0]) - 1, len(lists[2]) - 1, *pointers) < 0:
            raise MemoryError
        return matched

    def one_pass(self, lists: Lists) -> None:
        self._c.one_pass(len(lists[1]), lists[1].ctypes.data, len(lists[3]), lists[3].ctypes.data)


def in_turn(calls: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The least processor time of each, all of them once a round."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            started = time.process_time()
            call()
            best[name] = min(best[name], time.process_time() - started)
    return best


def arrays(n: int, yardstick: Yardstick, rounds: int) -> dict[str, float]:
    lists = market(n)
    problem = Problem.from_arrays(*lists)
    held = problem.arrays
    assert held is not None
    found = student_optimal(held, fast=available())
    assert (found == yardstick.solve(lists)).all()
    calls: dict[str, Callable[[], Any]] = {
        "one pass": lambda: yardstick.one_pass(lists),
        "C": lambda: yardstick.solve(lists),
    }
    if available():
        blocking(held, found, fast=True)
        calls["from_arrays"] = lambda: Problem.from_arrays(*lists)
        calls["compiled"] = lambda: student_optimal(held, fast=True)
        calls["verify compiled"] = lambda: blocking(held, found, fast=True)
    if n <= 100_000:
        calls["plain"] = lambda: student_optimal(held, fast=False)
        calls["verify plain"] = lambda: blocking(held, found, fast=False)
    return in_turn(calls, rounds)


def problem_file(n: int, folder: Path) -> Path:
    path = folder / f"{n}.json"
    path.write_text(Problem.from_arrays(*market(n)).to_json(), encoding="utf-8")
    return path


def file_to_file(source: Path, folder: Path) -> None:
    """A problem file to a result file whose feasibility and blocking pairs have been checked."""
    problem = Problem.from_json(source)
    result = solve(problem)
    assert verify(problem, result) == []
    (folder / "result.json").write_text(result.to_json(), encoding="utf-8")


def files(n: int, folder: Path, peers: str | None) -> dict[str, float]:
    source = problem_file(n, folder)
    problem = Problem.from_json(source)
    result = solve(problem)
    assert check(problem, Result.loads(result.to_json())).holds
    times = in_turn(
        {
            "file to file": lambda: file_to_file(source, folder),
            "explain all": lambda: explain(problem, result),
        },
        5,
    )
    for name in ("matching", "algmatch") if peers else ():
        command = [str(peers), str(HERE / "peers.py"), name, str(source)]
        alone = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=alone)
        answer = json.loads(done.stdout)
        assert answer["placed"] == result.statistics["placed"]
        times[name] = answer["seconds"]
    return times


def table(title: str, times: dict[str, float], unit: str) -> None:
    print(f"\n{title}")
    for name, seconds in times.items():
        print(f"  {name:16} {seconds:10.5f} s   {seconds / times[unit]:8.2f} × {unit}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peers", metavar="PYTHON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yardstick = Yardstick(folder)
        arrays(100_000, yardstick, 1)  # compiles
        per_entry = {}
        n = 1_000
        while n <= options.largest:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            times = arrays(n, yardstick, options.rounds)
            if "compiled" in times:
                times["build + solve"] = times["from_arrays"] + times["compiled"]
            table(f"{n:,} students from arrays, {LENGTH} entries each", times, "C")
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
            print(f"  C takes {times['C'] / n / LENGTH * 1e9:.1f} ns an entry; peak memory grew {grown} MB")
            if "build + solve" in times:
                share = times["verify compiled"] / times["build + solve"]
                print(f"  verification takes {share:.0%} of build + solve")
            per_entry[n] = times.get("build + solve", times["C"]) / n
            n *= 10
        if 1_000_000 in per_entry:
            print(f"\ntime an entry, 10,000 to 1,000,000: × {per_entry[1_000_000] / per_entry[10_000]:.1f}")
        table("10,000 students from a file", files(10_000, folder, options.peers), "file to file")
    print(f"\n{sys.version.split()[0]}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
