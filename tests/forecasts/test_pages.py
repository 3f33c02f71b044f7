"""The fix list, the what-if and the pages of a forecast, over a round with some of everything to mend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.audit.models import AuditEvent
from marketplace.capacities.models import SchoolShare
from marketplace.db import db
from marketplace.errors import DomainError, NotFound, WrongPhase
from marketplace.forecasts import fixes, reading, what_if, words
from marketplace.forecasts.fixes import Expected, Fix, FixKind
from marketplace.forecasts.models import Forecast
from marketplace.forecasts.what_if import Question
from marketplace.requirements.models import Due, RequirementItem, RequirementSet
from marketplace.rounds.models import AgreementRule, Preassigned, Round
from marketplace.rounds.phases import Phase
from marketplace.slots.models import Slot
from marketplace.students.models import Student
from marketplace.vocabulary import Modality, Silence
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient


class Trouble:
    """A round that checks agreements: one facility without, one silent slot, students in every state."""

    def __init__(self, make: Factory) -> None:
        self.make = make
        self.programme = make.programme()
        self.school = self.programme.school
        self.coordinator = make.coordinator(self.school, "Dana Fictional")
        covered, self.bare = make.facility("Covered"), make.facility("Bare")
        make.agreement(self.school, covered)
        self.one = make.slot(covered, "One place")
        self.mute = make.slot(covered, "Mute", silence=Silence.NONE)
        self.wide = make.slot(covered, "Wide", capacity=3)
        self.uncovered = make.slot(self.bare, "Uncovered", capacity=2)
        self.idle, self.silent, self.barred, *self.crowd = self.students = [
            make.student(self.programme, name)
            for name in ("Idle", "Silent", "Barred", "Crowd 1", "Crowd 2", "Crowd 3")
        ]
        self.round = make.round(
            self.school,
            programmes=[self.programme],
            slots=[self.one, self.mute, self.wide, self.uncovered],
            students=self.students,
            agreement_rule=AgreementRule.EXCLUDE,
            applying_closes_at=make.now() + timedelta(days=6),
        )
        make.application(self.round, self.silent, self.mute)
        make.student_list(self.round, self.barred, [self.uncovered])
        for student in self.crowd:
            make.student_list(self.round, student, [self.one])

    def read(self, *, full: Sequence[Slot] = ()) -> list[Fix]:
        """The fix list where these slots are full and nobody is likely placed."""
        with self.make.app.app_context():
            round_ = db.session.get_one(Round, self.round.id)
            rows = reading.read(round_, self.make.now())
            expected = Expected({s.id: 0.3 for s in self.students}, {slot.id: 1.0 for slot in full})
            return fixes.find(rows, expected, self.make.now())

    def ask(self, **question: int) -> what_if.Answer:
        actor = self.make.actor(self.coordinator)
        with self.make.app.app_context():
            return what_if.ask(actor, self.round.id, Question(**question), now=self.make.now())


@pytest.fixture
def trouble(make: Factory) -> Trouble:
    return Trouble(make)


def about(found: Sequence[Fix], kind: FixKind) -> list[tuple[int, tuple[int, ...]]]:
    return [(fix.subject, fix.students) for fix in found if fix.kind is kind]


def ids(*students: Student) -> tuple[int, ...]:
    return tuple(student.id for student in students)


@pytest.mark.both_databases
def test_every_kind_of_trouble_is_found_with_whom_it_concerns(trouble: Trouble) -> None:
    found = trouble.read(full=[trouble.one])
    assert about(found, FixKind.NO_APPLICATION) == [(0, ids(trouble.idle))]
    assert about(found, FixKind.NO_LIST) == [(0, ids(trouble.silent))]
    assert about(found, FixKind.NO_ANSWER) == [(trouble.mute.id, ids(trouble.silent))]
    assert about(found, FixKind.AGREEMENT) == [(trouble.bare.id, ids(trouble.barred))]
    assert about(found, FixKind.BLOCKED) == [(0, ids(trouble.barred))]
    assert about(found, FixKind.FULL_SLOTS) == [(0, ids(*trouble.crowd))]
    assert about(found, FixKind.SHORT_LIST) == [(0, ids(*trouble.crowd))]
    (unwanted,) = [fix for fix in found if fix.kind is FixKind.NO_APPLICANTS]
    assert unwanted.places == 3, "nobody applied to the wide slot"
    assert about(trouble.read(), FixKind.FULL_SLOTS) == []


def test_a_schools_share_of_a_slot_limits_the_forecast_and_the_places_given(trouble: Trouble) -> None:
    wide, round_ = trouble.wide.id, trouble.round
    for each in trouble.crowd[:2]:
        trouble.make.application(round_, each, trouble.wide)
    with trouble.make.app.app_context():
        db.session.add(SchoolShare(slot_id=wide, school_id=trouble.school.id, places=1))
        db.session.add_all(
            Preassigned(
                round_id=round_.id,
                student_id=each.id,
                slot_id=wide,
                reason="Named",
                named_at=trouble.make.now(),
            )
            for each in trouble.crowd[:2]
        )
        db.session.commit()
        rows = reading.read(db.session.get_one(Round, round_.id), trouble.make.now())
        problem = reading.market(rows).problem.to_dict()
    assert len(rows.given) == 1
    slot = next(each for each in problem["slots"] if each["id"] == str(wide))
    assert slot["quotas"] == {"type": "school", "maximum": {f"u{trouble.school.id}": 1}}
    assert all(each["types"]["school"] == f"u{trouble.school.id}" for each in problem["students"])


def test_who_was_given_a_place_needs_no_list(trouble: Trouble) -> None:
    given = Preassigned(
        round_id=trouble.round.id,
        student_id=trouble.silent.id,
        slot_id=trouble.mute.id,
        reason="Works there.",
        named_at=trouble.make.now(),
    )
    trouble.make._add_all([given])
    assert about(trouble.read(), FixKind.NO_LIST) == []
    before = trouble.ask(slot_id=trouble.one.id, places=1).before
    assert before.totals["placed_low"] >= 2, "the given place, and the one that three want"


def test_most_people_a_day_left_come_first(trouble: Trouble) -> None:
    found = trouble.read(full=[trouble.one])
    today = trouble.make.now().astimezone(trouble.round.zone).date()
    pressing = [fix.concerned / ((fix.due - today).days + 1) for fix in found]
    assert pressing == sorted(pressing, reverse=True)
    assert found[0].concerned == 3


def test_causes_are_told_in_the_coordinators_words(make: Factory, trouble: Trouble) -> None:
    asked = RequirementSet(
        school_id=trouble.school.id,
        name="All",
        created_at=make.now(),
        items=[RequirementItem(kind="mmr", due=Due.MATCH)],
    )
    trouble.make._add(asked)
    with make.app.test_request_context():
        round_ = db.session.get_one(Round, trouble.round.id)
        found = fixes.find(reading.read(round_, make.now()), Expected({}, {}), make.now())
        titles = [row["title"] for row in words.rows(round_, found, make.now())]
        links = [row["action"]["url"] for row in words.rows(round_, found, make.now())]
    assert any("can't be placed anywhere they want" in title and "no agreement" in title for title in titles)
    assert any("requirement: " in title for title in titles)
    assert all(link.startswith("/") for link in links) and "/requirements/students" in links


def test_a_site_in_another_state_is_warned_of_from_eight_on(make: Factory) -> None:
    school = make.school(state="OH")
    programme = make.programme(school, "Health Information")
    host = make.facility("Far away")
    site = make.site(host, "North", state="MI")
    slots = [make.slot(site=site, capacity=4), make.slot(site=site, capacity=3)]
    student = make.student(programme)
    round_ = make.round(school, programmes=[programme], slots=slots, students=[student])

    def warned() -> list[str]:
        with make.app.test_request_context():
            row = db.session.get_one(Round, round_.id)
            found = fixes.find(reading.read(row, make.now()), Expected({}, {}), make.now())
            known = words.names(row, found)
            return [words.title(fix, known) for fix in found if fix.kind is FixKind.OUT_OF_STATE]

    assert warned() == [], "seven places stay below eight of ten"
    more = make.round(
        school,
        programmes=[programme],
        slots=[*slots, make.slot(site=site)],
        students=[student],
        phase=Phase.RANKING,
    )
    round_ = more
    (title,) = warned()
    assert "limit of 10 students at Far away, North" in title and "8 places" in title


@pytest.mark.both_databases
def test_what_if_answers_with_totals_and_leaves_the_round_alone(trouble: Trouble) -> None:
    answer = trouble.ask(slot_id=trouble.one.id, places=2)
    assert answer.after.totals["places"] == answer.before.totals["places"] + 2
    assert answer.after.totals["placed_typical"] >= answer.before.totals["placed_typical"] + 1
    assert answer.after.at_risk < answer.before.at_risk
    again = trouble.ask(slot_id=trouble.one.id, places=2)
    assert again == answer, "the same question has the same answer"
    with trouble.make.app.app_context():
        assert db.session.get_one(Slot, trouble.one.id).capacity == 1
        notes = db.session.scalars(
            sa.select(AuditEvent).where(AuditEvent.action == "asked what if").order_by(AuditEvent.id)
        ).all()
        assert [note.change for note in notes] == [{"slot_id": trouble.one.id, "places": 2}] * 2
        assert {note.actor_id for note in notes} == {trouble.coordinator.id}
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Forecast)) == 0


def test_what_if_an_agreement_came_a_slot_joined_or_left(trouble: Trouble) -> None:
    before = trouble.ask(facility_id=trouble.bare.id)
    assert before.after.at_risk == before.before.at_risk - 1, "the barred student could be placed"
    extra = trouble.make.slot(
        trouble.make.facility("Covered by nothing"), "Unreachable", capacity=5, silence=Silence.ANY
    )
    joined = trouble.ask(add_id=extra.id)
    assert joined.after.totals["placed_typical"] == joined.before.totals["placed_typical"], (
        "no agreement there"
    )
    both = trouble.ask(add_id=extra.id, facility_id=extra.facility_id)
    assert both.after.totals["placed_typical"] >= both.before.totals["placed_typical"] + 2
    gone = trouble.ask(drop_id=trouble.one.id)
    assert gone.after.totals["places"] == gone.before.totals["places"] - 1
    assert gone.after.at_risk >= gone.before.at_risk


def test_what_if_remote_work_were_allowed(make: Factory, trouble: Trouble) -> None:
    """What a set asks only of those who come to the site is asked no more."""
    asked = RequirementSet(
        school_id=trouble.school.id,
        name="At the site",
        modality=Modality.ON_SITE,
        created_at=make.now(),
        items=[RequirementItem(kind="mmr", due=Due.MATCH)],
    )
    trouble.make._add(asked)
    answer = trouble.ask(remote_id=trouble.one.id)
    assert answer.before.totals["placed_typical"] == 0
    assert answer.after.totals["placed_typical"] == 1


def test_what_if_is_the_coordinators_and_only_while_lists_are_open(make: Factory, trouble: Trouble) -> None:
    with pytest.raises(DomainError, match="nothing_asked"):
        trouble.ask()
    stranger = make.actor(make.coordinator())
    with make.app.app_context(), pytest.raises(NotFound):
        what_if.ask(stranger, trouble.round.id, Question(drop_id=trouble.one.id), now=make.now())
    locked = make.round(trouble.school, phase=Phase.LOCKED, programmes=[trouble.programme])
    actor = make.actor(trouble.coordinator)
    with make.app.app_context(), pytest.raises(WrongPhase):
        what_if.ask(actor, locked.id, Question(drop_id=trouble.one.id), now=make.now())


def test_the_pages(app: Flask, client: StrictClient, make: Factory, trouble: Trouble) -> None:
    sign_in(client, trouble.coordinator)
    base = f"/rounds/{trouble.round.id}"
    page = client.get(f"{base}/forecast").get_data(as_text=True)
    assert "No forecast yet" in page and "1 student has not applied anywhere" in page
    empty = client.submit(f"{base}/what-if", {}, button="Draw it")
    assert "Choose at least one change" in empty.get_data(as_text=True)
    fields = {"slot_id": str(trouble.one.id), "places": "99"}
    wrong = client.submit(f"{base}/what-if", fields, button="Draw it").get_data(as_text=True)
    assert "Add between 1 and 20 places." in wrong and 'value="99"' in wrong
    foreign = make.slot()
    other = client.post(
        f"{base}/what-if",
        data={"drop_id": str(foreign.id), "places": "1"},
        headers={"X-CSRFToken": client.csrf_token()},
    )
    assert "What would change" not in other.get_data(as_text=True), "a slot of elsewhere is no choice"
    answer = client.submit(f"{base}/what-if", {**fields, "places": "2"}, button="Draw it")
    assert "What would change" in answer.get_data(as_text=True)
