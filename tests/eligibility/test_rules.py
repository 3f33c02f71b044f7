"""The rules of eligibility: equal to a plain statement of them on random pairs, and each by name."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from marketplace.agreements.cover import Terms
from marketplace.conflicts.models import Side
from marketplace.eligibility.facts import (
    Asked,
    Checked,
    Held,
    Hindrance,
    Policy,
    Reason,
    SlotFacts,
    Stay,
    StudentFacts,
    Verdict,
)
from marketplace.eligibility.rules import Book
from marketplace.requirements.models import Due, Standing
from marketplace.rounds.models import AgreementRule
from marketplace.vocabulary import Modality
from tests.eligibility import plain

FIRST = date(2027, 1, 4)
KINDS = ("mmr", "tdap", "background-check", "hipaa-training")
CODES = ("RHIT", "CCA")
STATES = ("OH", "MN", "")


def day(draw: random.Random, least: int, most: int) -> date:
    return FIRST + timedelta(days=draw.randint(least, most))


def some(draw: random.Random, of: range, chance: float = 0.4) -> frozenset[int]:
    return frozenset(i for i in of if draw.random() < chance)


def random_terms(draw: random.Random) -> Terms:
    starts = day(draw, -60, 30)
    sites = some(draw, range(6), 0.2)
    return Terms(
        school_id=draw.randrange(2),
        facilities=some(draw, range(3)),
        signed=draw.random() < 0.8,
        starts_on=starts,
        ends_on=None if draw.random() < 0.2 else starts + timedelta(days=draw.randint(0, 90)),
        programmes=some(draw, range(4), 0.3),
        narrowed=frozenset(site // 2 for site in sites),
        sites=sites,
        expected_on=day(draw, 0, 90) if draw.random() < 0.5 else None,
    )


def random_student(draw: random.Random, number: int) -> StudentFacts:
    programme = draw.randrange(4)
    return StudentFacts(
        id=number,
        programme_id=programme,
        school_id=programme // 2,
        school_state=draw.choice(STATES),
        limit=draw.choice((1, 2, 3)),
        taking_part=draw.random() < 0.95,
        missing=("statement",) if draw.random() < 0.1 else (),
        available_from=day(draw, -20, 20) if draw.random() < 0.8 else None,
        available_until=day(draw, 20, 90) if draw.random() < 0.8 else None,
        credentials=frozenset(code for code in CODES if draw.random() < 0.5),
        excluded={
            f: frozenset(draw.sample(list(Side), draw.randint(1, 3))) for f in some(draw, range(3), 0.1)
        },
        employers={f: draw.choice(("", "another ward")) for f in some(draw, range(3), 0.1)},
        checked={
            kind: Checked(draw.choice((Standing.CLEARED, Standing.CLEARED, Standing.NOT_CLEARED)), expires)
            for kind in KINDS
            if draw.random() < 0.7
            for expires in [day(draw, -10, 90) if draw.random() < 0.6 else None]
        },
        field=draw.choice(("", "", "", "nursing", "radiology")),
        hours=draw.choice((0, 80, 120, 200)),
        modalities=frozenset(draw.sample(list(Modality), draw.randint(0, 3))),
        term=(day(draw, -20, 10), day(draw, 20, 70)) if draw.random() < 0.5 else None,
        held=tuple(random_held(draw) for _ in range(draw.choice((0, 0, 0, 1, 2)))),
    )


def random_slot(draw: random.Random, number: int) -> SlotFacts:
    site, starts = draw.randrange(6), day(draw, 0, 20)
    return SlotFacts(
        id=number,
        facility_id=site // 2,
        site_id=site,
        state=draw.choice(STATES),
        starts_on=starts,
        ends_on=starts + timedelta(days=draw.randint(0, 40)),
        modality=draw.choice(list(Modality)),
        credentials=tuple(code for code in CODES if draw.random() < 0.2),
        open=draw.random() < 0.95,
        verified=draw.random() < 0.95,
        hours=draw.choice((40, 80, 120, 240)),
        open_to=tuple(each for each in ("nursing", "radiology") if draw.random() < 0.4),
    )


def random_asked(draw: random.Random) -> Asked:
    return Asked(
        draw.randrange(2),
        draw.choice((None, *range(6))),
        draw.choice((None, *Modality)),
        draw.choice(KINDS),
        draw.choice(list(Due)),
    )


def random_stay(draw: random.Random, number: int) -> Stay:
    starts = day(draw, -30, 50)
    ends = starts + timedelta(days=draw.randint(0, 30))
    return Stay(1000 + number, draw.randrange(4), draw.randrange(6), starts, ends)


def random_held(draw: random.Random) -> Held:
    starts = day(draw, -40, 60)
    return Held(draw.randrange(3), draw.randrange(12), starts, starts + timedelta(days=draw.randint(0, 30)))


def named(found: tuple[Hindrance, ...]) -> list[str]:
    """The codes as the plain statement writes them."""
    detailed = {Reason.REQUIREMENT, Reason.CREDENTIAL}
    return sorted(f"{h.reason.value} {h.code}" if h.reason in detailed else h.reason.value for h in found)


def compare(seed: int, students: int, slots: int) -> int:
    """Hold every pair of one random market against the plain statement; how many blocked."""
    draw = random.Random(seed)
    rule = draw.choice((None, *AgreementRule))
    terms = [random_terms(draw) for _ in range(draw.randint(0, 12))]
    asked = [random_asked(draw) for _ in range(draw.randint(0, 6))]
    stays = [random_stay(draw, n) for n in range(draw.randint(0, 60))]
    book = Book(Policy(rule), terms=terms, asked=asked, stays=stays)
    blocked = 0
    hosts = [random_slot(draw, n) for n in range(slots)]
    for number in range(students):
        student = random_student(draw, number)
        for slot in hosts:
            found = book.judge(student, slot)
            expected = plain.judge(
                student, slot, rule=rule.value if rule else None, terms=terms, asked=asked, stays=stays
            )
            got = (named(found.blocks), named(found.gates), named(found.notes))
            assert got == expected, f"seed {seed}: student {student}, slot {slot}"
            blocked += not found.eligible
    return blocked


@pytest.mark.parametrize("seed", range(20))
def test_equal_to_the_plain_statement_on_random_pairs(seed: int) -> None:
    compare(seed, students=5, slots=10)


@pytest.mark.full
def test_equal_to_the_plain_statement_on_10_000_random_pairs() -> None:
    blocked = sum(compare(1000 + seed, students=10, slots=10) for seed in range(100))
    assert 2_000 < blocked < 9_500, "both answers occur often"


# Each rule by name ----------------------------------------------------------------------------------

SLOT = SlotFacts(
    id=1,
    facility_id=1,
    site_id=1,
    state="OH",
    starts_on=FIRST,
    ends_on=FIRST + timedelta(days=100),
    modality=Modality.ON_SITE,
)
STUDENT = StudentFacts(id=1, programme_id=1, school_id=1, school_state="OH")
ONE = frozenset({1})


def signed(first: int, last: int | None, **fields: Any) -> Terms:
    ends = None if last is None else FIRST + timedelta(days=last)
    values = {"school_id": 1, "facilities": ONE, "signed": True, "starts_on": FIRST + timedelta(days=first)}
    return Terms(**{**values, "ends_on": ends, **fields})


def under(rule: AgreementRule | None, *terms: Terms, due_on: date | None = None) -> Verdict:
    return Book(Policy(rule, due_on), terms=terms).judge(STUDENT, SLOT)


@pytest.mark.parametrize(
    ("terms", "covered"),
    [
        ([], False),
        ([signed(-10, 100)], True),
        ([signed(-10, None)], True),
        ([signed(-10, 99)], False),
        ([signed(1, 200)], False),
        ([signed(-10, 50), signed(51, 120)], True),
        ([signed(51, 120), signed(-10, 50)], True),
        ([signed(-10, 50), signed(52, 120)], False),
        ([signed(-10, 120, programmes=frozenset({2}))], False),
        ([signed(-10, 120, programmes=frozenset({1, 2}))], True),
        ([signed(-10, 120, narrowed=ONE, sites=frozenset({9}))], False),
        ([signed(-10, 120, narrowed=frozenset({5}), sites=frozenset({9}))], True),
        ([signed(-10, 120, facilities=frozenset({1, 2, 3}))], True),
        ([signed(-10, 120, school_id=2)], False),
        ([signed(-10, 120, signed=False)], False),
    ],
)
def test_an_agreement_covers_only_through_the_placement_s_last_day(terms: list[Terms], covered: bool) -> None:
    assert under(AgreementRule.EXCLUDE, *terms).eligible is covered


def test_a_missing_agreement_at_lock_excludes_or_is_conditional_or_is_not_checked() -> None:
    due = FIRST - timedelta(days=20)
    assert under(AgreementRule.EXCLUDE).blocks == (Hindrance(Reason.AGREEMENT, "none"),)
    conditional = under(AgreementRule.CONDITIONAL, due_on=due)
    assert conditional.eligible and conditional.notes == (Hindrance(Reason.AGREEMENT, "none", due),)
    assert under(AgreementRule.UNCHECKED) == Verdict()


def test_an_agreement_under_way_says_when_it_is_expected_and_an_ending_one_when_it_ends() -> None:
    expected = FIRST - timedelta(days=3)
    pending = under(AgreementRule.EXCLUDE, signed(0, 200, signed=False, expected_on=expected))
    assert pending.blocks == (Hindrance(Reason.AGREEMENT, "pending", expected),)
    ending = under(AgreementRule.EXCLUDE, signed(-10, 40))
    assert ending.blocks == (Hindrance(Reason.AGREEMENT, "ends", FIRST + timedelta(days=40)),)


@pytest.mark.parametrize(("there", "full"), [(9, False), (10, True), (11, True)])
def test_ten_students_of_a_programme_at_one_site_out_of_state_and_no_eleventh(there: int, full: bool) -> None:
    abroad = StudentFacts(id=1, programme_id=1, school_id=1, school_state="MN")
    stays = [Stay(n, 1, 1, FIRST, FIRST + timedelta(days=30)) for n in range(there)]
    stays += [Stay(100 + n, 2, 1, FIRST, SLOT.ends_on) for n in range(20)]  # another programme
    stays += [Stay(200 + n, 1, 1, FIRST - timedelta(days=30), FIRST - timedelta(days=1)) for n in range(20)]
    book = Book(Policy(AgreementRule.UNCHECKED), stays=stays)
    assert (Hindrance(Reason.OUT_OF_STATE) in book.judge(abroad, SLOT).blocks) is full
    assert book.judge(STUDENT, SLOT).eligible, "in its own state no limit counts"
    assert book.peak(1, SLOT) == there


@pytest.mark.parametrize(
    ("first", "last", "slot", "hinders"),
    [
        (-9, -1, 9, False),
        (-9, 0, 9, True),
        (5, 6, 9, True),
        (100, 101, 9, True),
        (101, 120, 9, False),
        (0, 100, 1, False),
    ],
)
def test_a_place_confirmed_for_the_same_days_hinders_another(
    first: int, last: int, slot: int, hinders: bool
) -> None:
    held = Held(7, slot, FIRST + timedelta(days=first), FIRST + timedelta(days=last))
    verdict = Book(Policy(AgreementRule.UNCHECKED)).judge(replace(STUDENT, held=(held,)), SLOT)
    assert (Hindrance(Reason.PLACED) in verdict.blocks) is hinders
    assert verdict.may_apply is not hinders


def test_what_is_cleared_must_hold_to_the_last_day() -> None:
    asked = [Asked(1, None, None, "mmr", Due.MATCH), Asked(1, None, None, "tdap", Due.START)]

    def of(**checked: Checked) -> Verdict:
        book = Book(Policy(AgreementRule.UNCHECKED), asked=asked)
        return book.judge(StudentFacts(id=1, programme_id=1, school_id=1, checked=checked), SLOT)

    last, before = SLOT.ends_on, SLOT.ends_on - timedelta(days=1)
    good = Checked(Standing.CLEARED)
    assert of(mmr=good, tdap=good) == Verdict()
    assert of(mmr=Checked(Standing.CLEARED, last), tdap=good).eligible
    assert of(mmr=Checked(Standing.CLEARED, before), tdap=good).blocks == (
        Hindrance(Reason.REQUIREMENT, "mmr", before),
    )
    assert not of(mmr=Checked(Standing.NOT_CLEARED), tdap=good).eligible
    assert of(mmr=good).eligible and of(mmr=good).notes == (Hindrance(Reason.REQUIREMENT, "tdap"),)


def test_the_same_kind_in_two_sets_is_due_at_the_earlier_time() -> None:
    asked = [Asked(1, None, None, "mmr", Due.START), Asked(1, 1, Modality.ON_SITE, "mmr", Due.MATCH)]
    for items in (asked, asked[::-1]):
        assert not Book(Policy(AgreementRule.UNCHECKED), asked=items).judge(STUDENT, SLOT).eligible


# Courses and fields ---------------------------------------------------------------------------------


def unchecked(student: StudentFacts, **slot: Any) -> Verdict:
    return Book(Policy(AgreementRule.UNCHECKED)).judge(student, SLOT._replace(**slot))


def test_students_of_an_adjacent_field_may_come_where_the_slot_is_open_to_it() -> None:
    nurse = StudentFacts(id=1, programme_id=1, school_id=1, field="nursing")
    assert unchecked(nurse).blocks == (Hindrance(Reason.FIELD, "nursing"),)
    assert not unchecked(nurse, open_to=("radiology",)).eligible
    assert unchecked(nurse, open_to=("nursing", "radiology")) == Verdict()
    assert unchecked(STUDENT, open_to=("nursing",)) == Verdict(), "health information always may"


@pytest.mark.parametrize(("hours", "code"), [(80, "80/120"), (119, "119/120"), (120, ""), (200, "")])
def test_fewer_hours_than_the_course_asks_for_are_noted(hours: int, code: str) -> None:
    found = unchecked(StudentFacts(id=1, programme_id=1, school_id=1, hours=120), hours=hours)
    assert found.eligible and found.notes == ((Hindrance(Reason.HOURS, code),) if code else ())


def test_a_course_may_forbid_remote_work() -> None:
    student = StudentFacts(id=1, programme_id=1, school_id=1, modalities=frozenset({Modality.ON_SITE}))
    assert unchecked(student).eligible
    assert unchecked(student, modality=Modality.REMOTE).blocks == (Hindrance(Reason.MODALITY, "remote"),)


@pytest.mark.parametrize(("first", "last", "fits"), [(0, 100, True), (1, 100, False), (0, 99, False)])
def test_dates_beyond_the_course_s_term_are_noted(first: int, last: int, fits: bool) -> None:
    term = (FIRST + timedelta(days=first), FIRST + timedelta(days=last))
    found = unchecked(StudentFacts(id=1, programme_id=1, school_id=1, term=term))
    assert found.eligible and found.notes == (() if fits else (Hindrance(Reason.TERM),))
