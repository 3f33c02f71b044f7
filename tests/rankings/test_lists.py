"""Rank order lists: versions kept, the last certified one in force, and what of it counts at the lock."""

from __future__ import annotations

import json
from typing import Any

import pytest

from marketplace.applications import queries as application_queries
from marketplace.applications import services as applications
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound, WrongPhase
from marketplace.rankings import queries, services
from marketplace.rankings.queries import Owner
from marketplace.rounds import services as rounds
from marketplace.rounds.queries import coordinated
from marketplace.runs.models import Seal
from marketplace.slots.models import Slot, SlotState
from marketplace.students.models import Student
from marketplace.vocabulary import Silence
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    """Everyone has applied everywhere."""
    market = Market(make, students=4, slots=3)
    for student in market.students:
        market.apply(student)
    return market


def sealed(market: Market) -> dict[str, Any]:
    """The input as the lock froze it, by row id instead of by pseudonym."""
    market.nightly(8)
    problem = json.loads(market.read(lambda: db.session.get_one(Seal, market.round_id).problem))
    students, slots = market.codes()
    rows = {
        **{code: f"student {row}" for code, row in students.items()},
        **{c: f"slot {i}" for c, i in slots.items()},
    }
    return {
        rows[entry["id"]]: (
            [sorted(rows[code] for code in tier) for tier in entry["preferences"]],
            entry.get("then_any"),
        )
        for side in ("students", "slots")
        for entry in problem[side]
    }


def names(*rows: Student | Slot) -> list[str]:
    return sorted(f"{'student' if isinstance(row, Student) else 'slot'} {row.id}" for row in rows)


def owner(market: Market, student: Student) -> Owner:
    return Owner(market.round_id, student_id=student.id)


def in_force(market: Market, student: Student) -> list[int] | None:
    def read() -> list[int] | None:
        saved = queries.in_force(owner(market, student))
        return None if saved is None else [i for tier in queries.tiers(saved) for i in tier]

    return market.read(read)


# Versions ---------------------------------------------------------------------------------------------


def test_every_version_is_kept_as_it_was(market: Market) -> None:
    student, (a, b, c) = market.students[0], market.slots
    orders = [[a], [a, b], [c, b, a], [b]]
    for number, order in enumerate(orders):
        market.rank(student, *order, certify=number == 1, day=5 + number / 10)
    kept = market.read(
        lambda: [(v.version, v.certified, queries.tiers(v)) for v in queries.versions(owner(market, student))]
    )
    assert kept == [
        (number, number == 2, [[slot.id] for slot in order])
        for number, order in reversed(list(enumerate(orders, 1)))
    ]
    assert market.read(lambda: queries.tiers(queries.version(owner(market, student), 3))) == [
        [c.id],
        [b.id],
        [a.id],
    ]
    with pytest.raises(NotFound):
        market.read(lambda: queries.version(owner(market, student), 5))


def test_editing_never_uncertifies(market: Market) -> None:
    student, (a, b, c) = market.students[0], market.slots
    market.rank(student, a, b)
    market.rank(student, c, certify=False)
    assert in_force(market, student) == [a.id, b.id]
    assert sealed(market)[f"student {student.id}"][0] == [names(a), names(b)]


def test_a_later_certification_replaces_an_earlier_one(market: Market) -> None:
    student, (a, b, _c) = market.students[0], market.slots
    market.rank(student, a, b)
    market.rank(student, b)
    assert in_force(market, student) == [b.id]
    assert sealed(market)[f"student {student.id}"][0] == [names(b)]


def test_of_two_tabs_the_second_is_told_and_overwrites_nothing(market: Market) -> None:
    student, (a, b, _c) = market.students[0], market.slots
    market.rank(student, a, base=0)
    with pytest.raises(Conflict) as caught:
        market.rank(student, b, base=0)
    assert caught.value.details == {"version": 1}
    assert in_force(market, student) == [a.id]
    market.rank(student, b, base=1)
    assert in_force(market, student) == [b.id]


def test_what_a_list_may_hold(make: Factory, market: Market) -> None:
    student, (a, b, _c) = market.students[0], market.slots
    foreign = make.slot()
    for order, reason in (([a, foreign], "not_applied"), ([a, a], "repeated"), ([], "empty")):
        with pytest.raises(DomainError) as caught:
            market.rank(student, *order)
        assert caught.value.reason == reason
    market.rank(student, certify=False)  # an empty draft may be saved
    stranger = make.student(make.programme(market.school))
    with pytest.raises(NotFound):
        market.rank(stranger, b)


@pytest.mark.parametrize("day", [3.9, 8, 9])
def test_lists_are_taken_only_while_ranking_is_open(market: Market, day: float) -> None:
    with pytest.raises(WrongPhase):
        market.rank(market.students[0], market.slots[0], day=day)
    with pytest.raises(WrongPhase):
        market.tier(market.slots[0], [market.students[0]], day=day)


def test_the_digest_is_salted_by_version(market: Market) -> None:
    """The same order twice gives two digests, and two students' equal orders too: nobody can compare."""
    a, b, _c = market.slots
    digests = [market.rank(student, a, b) for student in market.students]
    digests.append(market.rank(market.students[0], a, b))
    assert len(set(digests)) == 5


# What counts at the lock ------------------------------------------------------------------------------


@pytest.mark.parametrize("use_last_draft", [True, False])
def test_only_who_never_certified_counts_by_the_last_draft(make: Factory, use_last_draft: bool) -> None:
    market = Market(make, students=4, slots=3, use_last_draft=use_last_draft)
    drafted, both, silent, applied = market.students
    a, b, c = market.slots
    for student in (drafted, both, silent, applied):
        market.apply(student)
    market.rank(drafted, a, certify=False)
    market.rank(drafted, c, b, certify=False)
    market.rank(both, a)
    market.rank(both, c, certify=False)
    found = sealed(market)
    students = {name: tiers for name, (tiers, _) in found.items() if name.startswith("student")}
    expected = {f"student {both.id}": [names(a)]}
    if use_last_draft:
        expected[f"student {drafted.id}"] = [names(c), names(b)]
    assert students == expected, "who has no list is not in the run"


def test_a_facility_s_draft_never_counts(market: Market) -> None:
    s1, s2, *_ = market.students
    a = market.slots[0]
    for student in market.students:
        market.rank(student, a)
    market.tier(a, [s1], [s2])
    market.tier(a, [s2], certify=False)
    assert sealed(market)[f"slot {a.id}"] == ([names(s1), names(s2)], False)


def test_withdrawn_applications_slots_and_students_drop_out_of_every_list(market: Market) -> None:
    s1, s2, s3, s4 = market.students
    a, b, c = market.slots
    for student in market.students:
        market.rank(student, a, b, c)
    market.tier(a, [s1, s2], [s3], [s4])
    market.tier(b, [s4], [s1])
    market.withdraw(s1, a, day=6)  # takes one consent back
    coordinator = market.make.actor(market.coordinator)
    with market.committed():
        round_ = coordinated(coordinator, market.round_id, lock=True)
        rounds.remove_slot(coordinator, round_, c.id, now=START + 6 * DAY)
    with market.committed():
        db.session.get_one(Slot, b.id).state = SlotState.CLOSED  # its facility closed it
    with market.committed():
        applications.withdraw_from_round(
            market.make.actor(s4),
            coordinated(coordinator, market.round_id),
            db.session.get_one(Student, s4.id),
            now=START + 6 * DAY,
        )
    found = sealed(market)
    assert found == {
        f"student {s1.id}": ([], None),
        f"student {s2.id}": ([names(a)], None),
        f"student {s3.id}": ([names(a)], None),
        f"slot {a.id}": ([names(s2), names(s3)], False),
    }


def test_the_three_silences_differ(make: Factory) -> None:
    """Silent with "any", silent with "nobody", and a certified "no one": and only the first takes someone."""
    market = Market(make, students=1, slots=4)
    any_, nobody, certified, both = market.slots
    with market.committed():
        for slot, silence in (
            (any_, Silence.ANY),
            (nobody, Silence.NONE),
            (certified, Silence.ANY),
            (both, Silence.NONE),
        ):
            db.session.get_one(Slot, slot.id).silence = silence
    (student,) = market.students
    market.apply(student)
    market.rank(student, certified, nobody, both, any_)
    market.tier(certified)
    market.tier(both, then_any=True)
    found = sealed(market)
    assert {name: value for name, value in found.items() if name.startswith("slot")} == {
        f"slot {any_.id}": ([], True),
        f"slot {nobody.id}": ([], False),
        f"slot {certified.id}": ([], False),
        f"slot {both.id}": ([], True),
    }
    silent, answered = (
        market.read(lambda slot=slot: queries.in_force(Owner(market.round_id, slot_id=slot.id)))  # type: ignore[misc]
        for slot in (nobody, certified)
    )
    assert silent is None and answered is not None, "the certified one has a version to show"


def test_tiers_hold_applicants_of_that_slot_once(make: Factory, market: Market) -> None:
    late = make.student(market.programme)
    s1, *_ = market.students
    for tiers, reason in (([[late]], "not_applicant"), ([[s1], [s1]], "repeated")):
        with pytest.raises(DomainError) as caught:
            market.tier(market.slots[0], *tiers)
        assert caught.value.reason == reason
    other = make.actor(make.contact())
    with pytest.raises(NotFound), market.committed():
        services.save_slot_list(
            other,
            market.round_id,
            market.slots[0].id,
            [],
            then_any=True,
            certify=True,
            base_version=0,
            now=START + 5 * DAY,
        )


def test_a_student_who_left_comes_back_by_applying_again(make: Factory) -> None:
    market = Market(make, students=2, slots=1)
    student, other = market.students
    (slot,) = market.slots
    for each in market.students:
        market.apply(each)
        market.rank(each, slot)
    market.tier(slot, [student], [other])
    coordinator = market.make.actor(market.coordinator)
    with market.committed():
        applications.withdraw_from_round(
            market.make.actor(student),
            coordinated(coordinator, market.round_id),
            db.session.get_one(Student, student.id),
            now=START + 5 * DAY,
        )
    assert market.read(lambda: len(_applicants(market, slot))) == 1
    market.apply(student, slot, day=5.5)
    assert market.read(lambda: len(_applicants(market, slot))) == 2
    assert sealed(market)[f"slot {slot.id}"][0] == [names(student), names(other)]


def _applicants(market: Market, slot: Slot) -> Any:
    return application_queries.applicants(market.round_id, slot.id)


def test_an_empty_draft_is_no_list(market: Market) -> None:
    """The student is not in the match but needs placement, and the coordinator is told so beforehand."""
    emptied, drafted = market.students[:2]
    market.rank(emptied, market.slots[0], certify=False)
    market.rank(emptied, certify=False)
    market.rank(drafted, market.slots[0], certify=False)
    states, _slots = market.read(lambda: queries.states(market.round_id))
    assert states == {drafted.id: "draft"}
    problem = sealed(market)
    assert f"student {emptied.id}" not in problem and f"student {drafted.id}" in problem


def test_an_empty_draft_leaves_the_certified_list_in_force(market: Market) -> None:
    student, slot = market.students[0], market.slots[0]
    market.rank(student, slot)
    market.rank(student, certify=False)
    states, _slots = market.read(lambda: queries.states(market.round_id))
    assert states == {student.id: "certified"}
    assert sealed(market)[f"student {student.id}"][0] == [names(slot)]
