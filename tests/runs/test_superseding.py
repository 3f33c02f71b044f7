"""A run that gives way before its release: two people, a public reason, listed corrections, the same seed."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, WrongPhase
from marketplace.results import openings
from marketplace.rounds import changes, queries
from marketplace.rounds.phases import Phase
from marketplace.runs import corrections, superseding
from marketplace.runs.corrections import Correction, Kind
from marketplace.runs.models import Assignment, Publication, RunKind, RunState, Seal
from matching import Problem, bundle, solve
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market, address

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    """Decided: student 1 has slot 1, student 2 slot 2, student 3 nothing. The school has two coordinators."""
    market = Market(make)
    s1, s2, s3 = market.students
    a, b = market.slots
    for student in market.students:
        market.apply(student)
    market.rank(s1, a, b)
    market.rank(s2, a, b)
    market.rank(s3, b)
    market.tier(a, [s1], [s2])
    market.tier(b, [s2], [s3])
    market.nightly(8)
    return market


@pytest.fixture
def second(make: Factory, market: Market) -> User:
    return make.coordinator(market.school, "Second coordinator")


def gone(market: Market, number: int = 0) -> Correction:
    """The student of that number withdrew."""
    students = {i: code for code, i in market.codes()[0].items()}
    return Correction(Kind.STUDENT_GONE, student=students[market.students[number].id])


def pair(market: Market, kind: Kind, student: int, slot: int) -> Correction:
    students, slots = ({i: code for code, i in codes.items()} for codes in market.codes())
    return Correction(kind, students[market.students[student].id], slots[market.slots[slot].id])


def act(market: Market, person: User, what: Any, *arguments: Any, day: float = 8.5, **words: Any) -> None:
    actor = market.make.actor(person)
    with market.committed():
        what(actor, queries.announced(market.round_id), *arguments, now=START + DAY * day, **words)


def propose(market: Market, *asked: Correction, reason: str = "A student left the school.") -> None:
    act(market, market.coordinator, superseding.propose, asked, reason=reason)


def placed(market: Market) -> dict[int, int | None]:
    rows = market.read(lambda: db.session.scalars(sa.select(Assignment)).all())
    return {row.student_id: row.slot_id for row in rows}


def test_the_second_run_is_on_the_corrected_input_and_the_first_is_kept(market: Market, second: User) -> None:
    (before,) = market.runs(RunKind.OFFICIAL)
    propose(market, gone(market))
    act(market, second, superseding.confirm)
    assert market.phase is Phase.LOCKED
    assert market.acts(8.6) == ["decided"] and market.phase is Phase.COMPUTED
    first, last = market.runs(RunKind.OFFICIAL)
    assert (first.run_key, first.state) == ("official", RunState.SUPERSEDED)
    assert (last.run_key, last.state) == ("official-2", RunState.DONE)
    assert first.result == before.result and last.result and first.result
    one, two = json.loads(first.result), json.loads(last.result)
    assert one["lottery"] == two["lottery"], "one seed a round"
    assert one["problem_sha256"] != two["problem_sha256"]
    market.release()
    _s1, s2, s3 = market.students
    a, b = market.slots
    assert placed(market) == {s2.id: a.id, s3.id: b.id}
    publication = market.read(lambda: db.session.get_one(Publication, market.round_id))
    assert publication.run_id == last.id


def test_the_seal_and_every_row_it_was_made_from_stay(market: Market, second: User) -> None:
    """What was edited since the lock reaches no run: the input is the sealed one with the correction."""
    sealed = market.read(lambda: db.session.get_one(Seal, market.round_id).problem)
    with market.committed():
        db.session.execute(sa.text("UPDATE slot SET capacity = 9"))
        db.session.execute(sa.text("DELETE FROM rank_entry"))
    propose(market, gone(market))
    act(market, second, superseding.confirm)
    market.nightly(8.6)
    assert market.read(lambda: db.session.get_one(Seal, market.round_id).problem) == sealed
    expected = corrections.apply(json.loads(sealed), [gone(market)], {})
    result = market.runs(RunKind.OFFICIAL)[-1].result
    assert result == solve(Problem.from_dict(expected)).to_json()


def test_it_takes_another_person(make: Factory, market: Market, second: User) -> None:
    propose(market, gone(market))
    (asked,) = market.mail("supersede")
    assert asked.recipient == address(second)
    for person in (market.coordinator, make.operator(), make.coordinator(), market.contact):
        with pytest.raises(DomainError) as caught:
            act(market, person, superseding.confirm)
        assert caught.value.reason == "not_another"
    act(market, second, superseding.confirm)


def test_where_the_school_has_one_coordinator_an_operator_confirms(make: Factory, market: Market) -> None:
    operator = make.operator()
    propose(market, gone(market))
    (asked,) = market.mail("supersede")
    assert asked.recipient == address(operator)
    assert not any(student.user.name in asked.body for student in market.students)
    act(market, operator, superseding.confirm)
    assert market.phase is Phase.LOCKED


def test_while_it_is_open_nothing_is_released(market: Market, second: User) -> None:
    propose(market, gone(market))
    with pytest.raises(DomainError) as caught:
        market.release()
    assert caught.value.reason == "superseding"
    with pytest.raises(Conflict):
        propose(market, gone(market, 1))
    act(market, second, superseding.withdraw)
    with pytest.raises(Conflict):
        act(market, second, superseding.confirm)
    market.release()
    with pytest.raises(WrongPhase):
        propose(market, gone(market))


def test_the_reason_is_public_and_everyone_is_told(market: Market, second: User) -> None:
    propose(market, gone(market))
    assert not market.mail("superseded")
    act(market, second, superseding.confirm)
    assert len(market.mail("superseded")) == 6
    entry = market.read(lambda: changes.log(queries.announced(market.round_id)))[0]
    assert entry.title == "A student left the school." and "1" in entry.text and "2" in entry.text


@pytest.mark.parametrize(
    ("reason", "wanted"), [("missing", []), ("missing", None), ("unknown", ["s-nobody"])]
)
def test_what_is_no_correction_is_refused(market: Market, reason: str, wanted: list[str] | None) -> None:
    asked = [gone(market)] if wanted is None else [Correction(Kind.STUDENT_GONE, code) for code in wanted]
    with pytest.raises(DomainError) as caught:
        propose(market, *asked, reason="" if wanted is None else "Because.")
    assert caught.value.reason == reason


def test_eligibility_is_corrected_both_ways(market: Market, second: User) -> None:
    with pytest.raises(DomainError) as caught:
        propose(market, pair(market, Kind.ELIGIBLE, 0, 0))
    assert caught.value.reason == "nothing"
    propose(market, pair(market, Kind.NOT_ELIGIBLE, 0, 0))
    act(market, second, superseding.confirm)
    market.nightly(8.6)
    act(market, second, superseding.propose, [pair(market, Kind.ELIGIBLE, 0, 0)], reason="It was right.")
    act(market, market.coordinator, superseding.confirm)
    market.nightly(8.7)
    runs = market.runs(RunKind.OFFICIAL)
    assert [run.run_key for run in runs] == ["official", "official-2", "official-3"]
    results = [json.loads(run.result or "") for run in runs]
    assert results[0] == results[2] and results[0]["assignment"] != results[1]["assignment"]


def test_the_certificate_names_what_gave_way_and_the_bundle_holds(
    app: Flask, market: Market, second: User
) -> None:
    propose(market, gone(market), pair(market, Kind.NOT_ELIGIBLE, 1, 0))
    act(market, second, superseding.confirm)
    market.nightly(8.6)
    market.release()
    first, _last = market.runs(RunKind.OFFICIAL)
    certificate = market.read(lambda: openings.certificate(market.round))
    (named,) = certificate["superseded"]
    assert named["result_sha256"] == hashlib.sha256((first.result or "").encode()).hexdigest()
    assert named["corrections"] == {"not_eligible": 1, "student_gone": 1}
    assert gone(market).student not in json.dumps(named), "counts, not whom"
    done = app.test_cli_runner().invoke(args=["round", "bundle", str(market.round_id), "--auditor", "Ann"])
    found = json.loads(done.stdout)
    assert bundle.verify(found) == []
    assert {"digest", "result"} & {
        name for name, _ in bundle.verify({**found, "corrections": found["corrections"][:1]})
    }


def paired(rng: random.Random, problem: dict[str, Any]) -> dict[str, dict[str, list[list[str]]]]:
    """Make two couples of the first four students; the own lists of one that may be taken apart."""
    own: dict[str, dict[str, list[list[str]]]] = {}
    slots = [entry["id"] for entry in problem["slots"]]
    problem["couples"] = []
    for number in range(2):
        members = problem["students"][2 * number : 2 * number + 2]
        if number:
            own["c1"] = {entry["id"]: entry["preferences"] for entry in members}
        for entry in members:
            entry["preferences"] = []
        pairs = [list(rng.sample(slots, 2)) for _ in range(3)] + [[slots[0], None]]
        unlike = [pair for n, pair in enumerate(pairs) if pair not in pairs[:n]]
        names = [entry["id"] for entry in members]
        problem["couples"].append({"id": f"c{number}", "members": names, "preferences": unlike})
    return own


def test_any_correction_gives_a_problem_that_the_checker_corrects_the_same_way() -> None:
    """Two readings of the same rules: the site's and the auditors' program's, on random markets."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(100):
        students, slots = [f"s{k}" for k in range(6)], [f"h{k}" for k in range(4)]
        problem = {
            "format": "matching-problem/1",
            "students": [{"id": s, "preferences": [[h] for h in rng.sample(slots, 3)]} for s in students],
            "slots": [{"id": h, "preferences": [rng.sample(students, 4)]} for h in slots],
            "ineligible": [[s, h, "x"] for s in students for h in slots if rng.random() < 0.1],
            "preassigned": [],
        }
        own = paired(rng, problem) if rng.random() < 0.5 else {}
        asked: list[Correction] = []
        for _each in range(rng.randint(1, 4)):
            wanted = Correction(rng.choice(list(Kind)), rng.choice(students), rng.choice(slots))
            try:
                corrections.apply(corrections.apply(problem, asked, own), [wanted], own)
            except DomainError:
                continue
            asked.append(wanted)
        ours = Problem.from_dict(corrections.apply(problem, asked, own)).normalised().decode()
        theirs = bundle.corrected(problem, [each.to_dict() for each in asked], own)
        assert bundle.normalised(theirs) == ours
