"""The same result bytes on every Python, compiled or plain: one digest over many results, written down
here."""

from __future__ import annotations

import hashlib
import random
from typing import Any

from engine_problems import random_problem

from matching import Problem, solve
from matching.generate import Market, generate

EXPECTED = "ce5747360e230ba449be74f18b044a8ae20efb035af4c48801635847d3ad0d32"


def test_many_results_have_the_digest_written_down() -> None:
    total = hashlib.sha256()
    for seed in range(400):
        rng = random.Random(seed)
        names = ("quotas", "facilities", "minimum", "preassigned", "ineligible")
        flags: dict[str, Any] = {name: bool(seed >> bit & 1) for bit, name in enumerate(names)}
        mode = "multiple" if seed % 3 == 0 else "single"
        total.update(solve(Problem.from_dict(random_problem(rng, mode=mode, **flags))).to_json().encode())
    for kind in ("uniform", "popular", "tiers", "practicum"):
        problem = generate(Market(students=300, slots=60, kind=kind, ties=0.3, facilities=0.3, minimums=0.2))
        total.update(solve(problem).to_json().encode())
    assert total.hexdigest() == EXPECTED
