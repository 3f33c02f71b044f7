"""Between the round's rows and the engine's files. The only importer of the engine's solver and verifier.

A round becomes a ``matching-problem/1``; a result's ids become rows again. Only what counts goes in: lists
in force, standing applications, students and slots that still take part. Pairs that the rules of eligibility
forbid are named as ineligible, so that the sealed file says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from marketplace.applications.models import Application
from marketplace.applications.queries import active
from marketplace.db import db
from marketplace.eligibility import queries as eligibility
from marketplace.eligibility.facts import Reason as Hindrance
from marketplace.errors import DomainError
from marketplace.rankings import queries as rankings
from marketplace.rankings.models import RankList
from marketplace.rounds import lottery
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.runs import fixed, pairing, present
from marketplace.runs import quotas as quotas_of
from marketplace.runs.present import Held, Unsealed
from marketplace.slots.models import Slot, SlotState
from marketplace.vocabulary import Silence
from matching import (
    Code,
    MatchingError,
    Problem,
    ProblemError,
    Reason,
    Redraw,
    Result,
    check,
    solve,
    what_if,
)
from matching import displaced as engine_displaced
from matching import explain as engine_explain
from matching import repair as engine_repair

#: So long the official run may look for a matching of couples with the fewest blocking pairs. Whatever it
#: finds is verified and kept; it is never computed again.
COUPLES_SECONDS = 120

#: A problem and a result as the engine keeps them, for annotations elsewhere.
MatchingProblem = Problem
MatchingResult = Result
#: One problem solved many times over with drawn lists, for forecasts: only places come back, never a result.
MatchingRedraw = Redraw
#: A reason as the engine gives it, and its codes. How much of it anybody reads is results.reasons' to say.
EngineReason = Reason
ReasonCode = Code


@dataclass(frozen=True)
class Input:
    """A round's input: the problem, the leaf of every list in it, and the way from its ids back to rows.

    ``apart``: for each couple that may be taken apart its members' own lists (:mod:`marketplace.runs.apart`).
    """

    problem: Problem
    leaves: tuple[str, ...]
    student_ids: Mapping[str, int]
    slot_ids: Mapping[str, int]
    apart: Mapping[str, Mapping[str, list[list[str]]]]


def build(round_: Round) -> Input:
    """The round's input as its rows stand now; the same rows in any order give the same problem."""
    lists, answers = rankings.counting(round_.id, last_drafts=round_.use_last_draft)
    enrolled = dict(_students(round_.id))
    slots = _slots(round_.id)
    slot_codes = {slot.id: code for slot, code in slots}
    slots_of, students_of = _applications(round_.id)
    rules = eligibility.of_round(round_)
    capacities = {slot.id: slot.capacity for slot, _code in slots}
    quotas = quotas_of.of_slots(rules, capacities)
    types = {i: quotas_of.types(rules.students[i]) for i in enrolled} if quotas else {}
    given = fixed.standing(
        round_.id, rules, capacities=capacities, applied=slots_of, quotas=quotas, types=types
    )
    lists = {i: saved for i, saved in lists.items() if i not in given}
    paired = pairing.of_round(round_, enrolled.keys() - given.keys())
    students = {i: code for i, code in enrolled.items() if i in lists or i in given or i in paired.members}
    own = {i: _tiers(lists.get(i), slot_codes, slots_of.get(i, ())) for i in students}
    couples = paired.entries(students, slot_codes, slots_of)
    entries = {
        slot.id: _slot(slot, code, answers.get(slot.id), students, students_of.get(slot.id, ()))
        for slot, code in slots
    }
    barred = _ineligible(rules, students, slot_codes, slots_of)
    if couples:  # their objective takes no quotas
        held = Counter(given.values())
        entries = {i: pairing.within(entry, quotas.get(i, {}), held=held[i]) for i, entry in entries.items()}
        barred += _over_limit(
            quotas, {students[i]: types[i] for i in students if i in types}, slot_codes, barred
        )
        types = {}
    else:
        entries = {i: {**entry, **quotas.get(i, {})} for i, entry in entries.items()}
    problem = Problem.from_dict(
        {
            "format": "matching-problem/1",
            "name": round_.name,
            "students": [
                {
                    "id": code,
                    "preferences": [] if i in paired.members else own[i],
                    **({"types": types[i]} if types else {}),
                }
                for i, code in sorted(students.items(), key=lambda pair: pair[1])
            ],
            "slots": sorted(entries.values(), key=lambda entry: str(entry["id"])),
            "couples": couples,
            "preassigned": sorted([students[i], slot_codes[j]] for i, j in given.items()),
            "ineligible": sorted(barred),
        }
    )
    alone = [i for i in students if i in lists and (i not in paired.members or i in paired.separable)]
    counted = [lists[i] for i in alone] + [answers[s.id] for s, _ in slots if s.id in answers]
    apart = {paired.code(couple): {students[i]: own[i] for i in couple.members} for couple in paired.apart}
    return Input(
        problem,
        tuple(sorted([*(saved.digest for saved in counted), *paired.leaves, *_apart_leaf(round_, apart)])),
        {code: i for i, code in students.items()},
        {code: i for i, code in slot_codes.items()},
        apart,
    )


def _apart_leaf(round_: Round, apart: Mapping[str, Mapping[str, list[list[str]]]]) -> list[str]:
    """What binds the own lists of couples, which the problem does not hold."""
    salt = lottery.salt(round_.lottery_secret, lottery.APART, 1)
    return [lottery.apart_digest(salt, apart)] if apart else []


def _over_limit(
    quotas: Mapping[int, dict[str, Any]],
    types: Mapping[str, Mapping[str, str]],
    slots: Mapping[int, str],
    known: Collection[list[str]],
) -> list[list[str]]:
    """The pairs that a quota of nobody forbids, where quotas can't say so themselves."""
    named = {slots[i]: entry for i, entry in quotas.items()}
    barred = pairing.barred(named, types) - {(student, slot) for student, slot, _ in known}
    return [[student, slot, Hindrance.OUT_OF_STATE.value] for student, slot in sorted(barred)]


def _students(round_id: int) -> list[tuple[int, str]]:
    rows = db.session.execute(
        sa.select(RoundStudent.student_id, RoundStudent.code).where(
            RoundStudent.round_id == round_id, RoundStudent.withdrawn_at.is_(None)
        )
    )
    return [(student_id, code) for student_id, code in rows]


def _slots(round_id: int) -> list[tuple[Slot, str]]:
    rows = db.session.execute(
        sa.select(Slot, RoundSlot.code)
        .join(RoundSlot, RoundSlot.slot_id == Slot.id)
        .where(
            RoundSlot.round_id == round_id,
            RoundSlot.withdrawn_at.is_(None),
            Slot.state == SlotState.POSTED,
        )
    )
    return [(slot, code) for slot, code in rows]


def _applications(round_id: int) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    slots_of: dict[int, set[int]] = {}
    students_of: dict[int, set[int]] = {}
    rows = db.session.execute(sa.select(Application.student_id, Application.slot_id).where(active(round_id)))
    for student_id, slot_id in rows:
        slots_of.setdefault(student_id, set()).add(slot_id)
        students_of.setdefault(slot_id, set()).add(student_id)
    return slots_of, students_of


def _ineligible(
    rules: eligibility.Rules,
    students: Mapping[int, str],
    slots: Mapping[int, str],
    applied: Mapping[int, Collection[int]],
) -> list[list[str]]:
    """The pairs that may not be formed, with the first reason, by code."""
    found = []
    for i, code in students.items():
        for j in applied.get(i, ()):
            if j in slots:
                verdict = rules.verdict(i, j)
                if not verdict.eligible:
                    found.append([code, slots[j], verdict.blocks[0].recorded])
    return sorted(found)


def _tiers(saved: RankList | None, codes: Mapping[int, str], allowed: Collection[int]) -> list[list[str]]:
    """The list's tiers by code, without partners who no longer count; empty tiers close up."""
    named = (sorted(codes[i] for i in tier if i in allowed and i in codes) for tier in rankings.tiers(saved))
    return [tier for tier in named if tier]


def _slot(
    slot: Slot, code: str, answer: RankList | None, students: Mapping[int, str], applied: Collection[int]
) -> dict[str, Any]:
    """A slot as the engine reads it. Silence means what the facility said at posting it should mean."""
    then_any = answer.then_any if answer is not None else slot.silence is Silence.ANY
    return {
        "id": code,
        "capacity": slot.capacity,
        "minimum": slot.minimum,
        "preferences": _tiers(answer, students, applied),
        "then_any": then_any,
    }


def decide(problem: Problem, seed: str) -> Result:
    """Solve the sealed problem and have the independent checker confirm it. Refuses the default seed."""
    if not seed.strip("0"):
        raise DomainError("default_seed")
    drawn = problem.replace(seed=seed)
    result = _solved(drawn, COUPLES_SECONDS)
    certificate = check(drawn, result)
    if not certificate.holds:
        raise DomainError("not_verified", failures=len(certificate.failures))
    return result


def draw(problem: Problem, seed: str) -> Mapping[str, str | None]:
    """One solve of a rehearsal: student id to slot id or None. Never stored.

    With couples by insertion alone, in the same number of steps everywhere: good enough for a forecast.
    """
    return _solved(problem.replace(seed=seed), 0).assignment


def _solved(problem: Problem, seconds: int) -> Result:
    """By the objective of the problem: couples need their own, which a time limit bounds."""
    if problem.couples:
        return solve(problem, "couples", time_limit=seconds)
    return solve(problem)


def explain(problem: Problem, result: Result, student: str) -> Sequence[Reason]:
    """Why each place of one student's list is, or is not, theirs."""
    return engine_explain(problem, result, [student])[student]


def changed(value: Mapping[str, Any]) -> Problem:
    """A sealed problem's object after a correction. Raises DomainError("untriable") if it is none now."""
    try:
        return Problem.from_dict(dict(value))
    except ProblemError as error:
        raise DomainError("untriable") from error


def instead(problem: Problem, result: Result, changed: Problem, student: str) -> str | None:
    """Where one student would be had the sealed problem been `changed`: same lottery, same objective."""
    return what_if(problem, result, changed).result.assignment.get(student)


def displaced(
    problem: Problem, result: Result, held: Held, places: Mapping[str, int], *, unsealed: Unsealed
) -> tuple[str, ...]:
    """Who of those who hold a place now can't stay where ``places`` are fewer, by code.

    Whose place a coordinator gave before the match stays. Raises DomainError("no_order") where these are too
    many already.
    """
    try:
        now = _as_now(problem, held, places, barred=(), unsealed=unsealed)
        return engine_displaced(now, _holding(result, now, held))
    except MatchingError as error:
        raise DomainError("no_order", why=str(error)) from error


def repair(
    problem: Problem,
    result: Result,
    held: Held,
    movers: Collection[str],
    *,
    places: Mapping[str, int],
    barred: Collection[tuple[str, str]],
    unsealed: Unsealed,
) -> Mapping[str, str]:
    """Student to slot for the movers who find a place by their own sealed lists; nobody else moves.

    ``places`` gives each slot's places now (0: it takes nobody), ``barred`` the pairs that can't be formed
    any more. Raises DomainError("no_repair") where the engine can't, such as for both of a couple.
    """
    try:
        now = _as_now(problem, held, places, barred=barred, unsealed=unsealed)
        closed = [slot.id for slot in now.slots if places.get(slot.id, 1) == 0]
        return engine_repair(now, _holding(result, now, held), movers, closed=closed).placed
    except MatchingError as error:
        raise DomainError("no_repair", why=str(error)) from error


def _as_now(
    problem: Problem,
    held: Held,
    places: Mapping[str, int],
    *,
    barred: Collection[tuple[str, str]],
    unsealed: Unsealed,
) -> Problem:
    value = present.as_now(problem.to_dict(), held, places, barred=barred, unsealed=unsealed)
    return Problem.from_dict(value)


def _holding(result: Result, problem: Problem, held: Held) -> Result:
    """The result as if everybody had been matched to the place they hold now."""
    slots = {slot.id for slot in problem.slots}
    now = {each.id: held.get(each.id) for each in problem.students}
    return replace(result, assignment={code: slot if slot in slots else None for code, slot in now.items()})


def small_market(value: Mapping[str, Any], seed: str) -> Mapping[str, str | None]:
    """Solve and check a market made for the purpose: student to slot or None, by code."""
    return decide(Problem.from_dict({"format": "matching-problem/1", **value}), seed).assignment


def read_problem(text: str) -> Problem:
    """A problem file's text. Raises DomainError("unreadable") whose ``why`` is a line naming the path."""
    try:
        return Problem.loads(text)
    except ProblemError as error:
        raise DomainError("unreadable", why=str(error)) from error


def problem_file(path: str) -> Problem:
    """A problem file. Raises as :func:`read_problem` does, and OSError."""
    try:
        return Problem.from_json(path)
    except ProblemError as error:
        raise DomainError("unreadable", why=str(error)) from error


def read_result(text: str) -> Result:
    """A stored result's text."""
    return Result.loads(text)
