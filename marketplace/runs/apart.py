"""Decide with couples: match; couples without a place who both asked for it are taken apart; match again.

Each step is one verified run of the engine on the sealed lists with the same lottery. A couple that no pair
places stays unplaced unless both members certified that they would then rather be processed separately: in
the next step each of the two is a single student with their own sealed list. It goes on until no such couple
is left, and never joins one again. Every step is kept, and the auditors' bundle holds them all.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.runs import matching_adapter
from marketplace.runs.matching_adapter import MatchingProblem, MatchingResult

_log = logging.getLogger(__name__)

#: Of each couple that may be taken apart: its members' own lists, tiers best first.
Own = Mapping[str, Mapping[str, list[list[str]]]]


@dataclass(frozen=True)
class Decided:
    """The result, and the steps before it: the couples ``split`` after each, and its ``result``."""

    result: MatchingResult
    earlier: list[dict[str, Any]]


def decide(problem: MatchingProblem, own: Own, seed: str) -> Decided:
    """All steps. Raises what :func:`matching_adapter.decide` raises."""
    earlier: list[dict[str, Any]] = []
    while True:
        now = taken_apart(problem, own, earlier)
        result = matching_adapter.decide(now, seed)
        failed = [couple for couple in unplaced(now, result) if couple in own]
        if not failed:
            return Decided(result, earlier)
        _log.info("%d couples are processed separately", len(failed))
        earlier.append({"split": failed, "result": result.to_dict()})


def unplaced(problem: MatchingProblem, result: MatchingResult) -> list[str]:
    """The couples of which neither member has a place."""
    return [
        couple.id
        for couple in problem.couples
        if all(result.assignment[member] is None for member in couple.members)
    ]


def taken_apart(problem: MatchingProblem, own: Own, earlier: Sequence[Mapping[str, Any]]) -> MatchingProblem:
    """The problem of the step after these: the couples split so far are single, with their own lists."""
    split = {couple for step in earlier for couple in step["split"]}
    if not split:
        return problem
    whole = json.loads(problem.to_json())
    open_ = {slot["id"] for slot in whole["slots"]}  # a correction may have taken one out
    lists = {
        member: [kept for tier in tiers if (kept := [slot for slot in tier if slot in open_])]
        for couple in split
        for member, tiers in own[couple].items()
    }
    for student in whole["students"]:
        student["preferences"] = lists.get(student["id"], student["preferences"])
    whole["couples"] = [couple for couple in whole["couples"] if couple["id"] not in split]
    return matching_adapter.read_problem(json.dumps(whole))


def ranks(problem: MatchingProblem, result: MatchingResult) -> dict[str, int]:
    """1-based rank of what each placed student got on their list, or on the couple's list of pairs."""
    found = {
        student.id: rank
        for student in problem.students
        for rank, tier in enumerate(student.preferences, 1)
        if result.assignment[student.id] in tier
    }
    for couple in problem.couples:
        pair = tuple(result.assignment[member] for member in couple.members)
        if pair in couple.preferences:
            rank = couple.preferences.index(pair) + 1
            found |= {m: rank for m, slot in zip(couple.members, pair, strict=True) if slot is not None}
    return found
