"""Make the rows a test needs, committed, in words of the domain: ``make.slot(facility, capacity=2)``.

Rows come back detached, with their plain columns loaded; relations are loaded where noted.
Ids and names are counted up, so the same test makes the same rows. Goes through the features' services
where there is one; what a service would forbid (a closed round, say) is written directly.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from marketplace import access
from marketplace.access import Actor
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role, User
from marketplace.agreements.models import Agreement, AgreementFacility, AgreementSite, Stage
from marketplace.applications import consents
from marketplace.applications.models import Application, Consent, ConsentEnd
from marketplace.db import db, transaction
from marketplace.facilities.models import Facility, Site
from marketplace.messages.models import Side, Thread, ThreadState
from marketplace.proposals.models import Proposal, ProposalKind
from marketplace.rankings import services as rankings
from marketplace.rankings.models import RankList
from marketplace.rankings.queries import Owner, latest_version
from marketplace.reports.models import Report, ReportKind
from marketplace.rounds import lottery
from marketplace.rounds.models import AgreementRule, Round, RoundProgramme, RoundSlot, RoundStudent
from marketplace.rounds.phases import Phase
from marketplace.runs import locking, official, releasing
from marketplace.schools.models import Programme, School
from marketplace.slots import search
from marketplace.slots.models import Slot, SlotState
from marketplace.students import services as students
from marketplace.students.models import Student
from marketplace.vocabulary import FacilityKind, Level, Modality
from tests.support.client import StrictClient

PASSWORD = "a long enough password"

Row = TypeVar("Row")

#: How long before (or after) now ranking closes, so that a round's calendar agrees with its phase.
_RANKING_CLOSES_IN = {
    Phase.DRAFT: timedelta(days=60),
    Phase.RECRUITING: timedelta(days=35),
    Phase.APPLYING: timedelta(days=20),
    Phase.RANKING: timedelta(days=7),
    Phase.LOCKED: timedelta(minutes=-5),
    Phase.COMPUTED: timedelta(hours=-2),
}


class Factory:
    """The `make` fixture."""

    def __init__(self, app: Flask, clock: Callable[[], datetime]) -> None:
        self.app = app
        self.now = clock
        self._count = itertools.count(1)

    # People -----------------------------------------------------------------------------------------

    def user(self, name: str | None = None, *, email: str | None = None, password: str = PASSWORD) -> User:
        """A confirmed person without any role."""
        number = next(self._count)
        name = name or f"Person {number}"
        address = email or f"person{number}@practicum.example"
        return self._write(
            lambda: accounts.create_user(address, name=name, password=password, now=self.now())
        )

    def operator(self, name: str | None = None) -> User:
        """A person who runs the installation."""
        return self._granted(self.user(name), Role.OPERATOR)

    def coordinator(self, school: School | None = None, name: str | None = None) -> User:
        """A coordinator of `school`."""
        return self._granted(self.user(name), Role.COORDINATOR, school_id=(school or self.school()).id)

    def contact(self, facility: Facility | None = None, name: str | None = None) -> User:
        """A contact of `facility`."""
        facility = facility or self.facility()
        return self._granted(self.user(name), Role.FACILITY_CONTACT, facility_id=facility.id)

    def student(
        self,
        programme: Programme | None = None,
        name: str | None = None,
        *,
        approved: bool = True,
        complete: bool = True,
        **profile: Any,
    ) -> Student:
        """A student with a complete profile; ``.user`` and ``.programme`` are loaded."""
        programme = programme or self.programme()
        user = self.user(name)

        def build() -> Student:
            student = students.enrol(None, self._attached(user), programme.id, now=self.now())
            for field, value in {**(_profile(self.now()) if complete else {}), **profile}.items():
                setattr(student, field, value)
            if not approved:
                student.approved_at = None
            return student

        return self._write(build, joinedload(Student.user), joinedload(Student.programme))

    def actor(self, person: User | Student) -> Actor:
        """The actor that `person` is, for calling services."""
        with self.app.app_context():
            return access.actor_for(self._attached(_user_of(person)))

    # Places -----------------------------------------------------------------------------------------

    def school(self, name: str | None = None, **fields: Any) -> School:
        """A school that uses the marketplace."""
        values = {"name": name or f"Fictional College {next(self._count)}", "city": "Columbus", "state": "OH"}
        return self._add(School(**{**values, "created_at": self.now(), **fields}))

    def programme(self, school: School | None = None, name: str | None = None, **fields: Any) -> Programme:
        """A programme of `school`; ``.school`` is loaded."""
        school = school or self.school()
        values = {"name": name or f"Health Information {next(self._count)}", "level": Level.ASSOCIATE}
        row = Programme(**{**values, "school_id": school.id, **fields})
        return self._add(row, joinedload(Programme.school))

    def facility(self, name: str | None = None, *, verified: bool = True, **fields: Any) -> Facility:
        """An organisation that hosts, verified unless told otherwise."""
        values = {
            "name": name or f"Fictional Hospital {next(self._count)}",
            "kind": FacilityKind.HOSPITAL,
            "created_at": self.now(),
            "verified_at": self.now() if verified else None,
            "trusted_at": self.now() if verified else None,
        }
        return self._add(Facility(**{**values, **fields}))

    def site(self, facility: Facility | None = None, name: str | None = None, **fields: Any) -> Site:
        """An address of `facility` in Columbus, Ohio."""
        facility = facility or self.facility()
        values = {
            "facility_id": facility.id,
            "name": name or f"Site {next(self._count)}",
            "address": "1 Example Street",
            "city": "Columbus",
            "state": "OH",
            "zip": "43215",
            "latitude": 39.9653,
            "longitude": -83.0043,
        }
        return self._add(Site(**{**values, **fields}))

    def slot(
        self,
        facility: Facility | None = None,
        title: str | None = None,
        *,
        site: Site | None = None,
        state: SlotState = SlotState.POSTED,
        **fields: Any,
    ) -> Slot:
        """A posted slot with one place; ``.facility`` and ``.site`` are loaded."""
        site = site or self.site(facility)
        today = self.now().date()
        values: dict[str, Any] = {
            "facility_id": site.facility_id,
            "site_id": site.id,
            "state": state,
            "title": title or f"Records practicum {next(self._count)}",
            "role": "him-generalist",
            "description": "Work through the steps of a record's life with an experienced colleague.",
            "starts_on": today + timedelta(days=70),
            "ends_on": today + timedelta(days=160),
            "hours": 120,
            "modality": Modality.ON_SITE,
            "task_areas": ["coding", "release-of-information"],
            "attested": True,
            "created_at": self.now(),
            "posted_at": None if state is SlotState.DRAFT else self.now(),
            "confirmed_at": None if state is SlotState.DRAFT else self.now(),
        }
        row = Slot(**{**values, **fields})

        def build() -> Slot:
            db.session.add(row)
            search.index_slot(row)
            return row

        return self._write(build, joinedload(Slot.facility), joinedload(Slot.site))

    def agreement(
        self, school: School, facility: Facility, *, sites: Iterable[Site] = (), **fields: Any
    ) -> Agreement:
        """A signed affiliation agreement, from a year ago to two years on; for all programmes and sites."""
        today = self.now().date()
        values: dict[str, Any] = {
            "school_id": school.id,
            "party": facility.name,
            "stage": Stage.ACTIVE,
            "starts_on": today - timedelta(days=365),
            "ends_on": today + timedelta(days=730),
            "created_at": self.now(),
        }
        made = self._add(Agreement(**{**values, **fields}))
        self._add_all([AgreementFacility(agreement_id=made.id, facility_id=facility.id)])
        self._add_all(AgreementSite(agreement_id=made.id, site_id=site.id) for site in sites)
        return made

    # Rounds -----------------------------------------------------------------------------------------

    def round(
        self,
        school: School | None = None,
        *,
        phase: Phase = Phase.RANKING,
        programmes: Iterable[Programme] = (),
        slots: Iterable[Slot] = (),
        students: Iterable[Student] = (),
        **fields: Any,
    ) -> Round:
        """A round in `phase`, its calendar agreeing with the clock, with these participants.

        Agreements are not checked in it unless ``agreement_rule`` says so.
        """
        school = school or self.school()
        secret = f"{next(self._count):064x}"
        values = {
            "school_id": school.id,
            "name": f"Round {next(self._count)}",
            "phase": phase,
            "time_zone": "America/New_York",
            "lottery_secret": secret,
            "agreement_rule": AgreementRule.UNCHECKED,
            "draw_key": lottery.draw_key(secret),
            "lottery_commitment": lottery.commitment(lottery.draw_key(secret)),
            "created_at": self.now(),
            **calendar(self.now() + _RANKING_CLOSES_IN.get(phase, timedelta(days=-10))),
        }
        made = self._add(Round(**{**values, **fields}))
        self._add_all(RoundProgramme(round_id=made.id, programme_id=each.id) for each in programmes)
        self._add_all(RoundSlot(round_id=made.id, slot_id=each.id, code=f"slot-{each.id}") for each in slots)
        self._add_all(
            RoundStudent(round_id=made.id, student_id=each.id, code=lottery.pseudonym(secret, each.id))
            for each in students
        )
        return made

    def application(self, round_: Round, student: Student, slot: Slot, **fields: Any) -> Application:
        """The student's consent that the slot's facility sees their profile."""
        values = {
            "round_id": round_.id,
            "student_id": student.id,
            "slot_id": slot.id,
            "consented_at": self.now(),
        }
        made = self._add(Application(**{**values, **fields}))
        ended = {"ended_at": made.withdrawn_at, "end_reason": ConsentEnd.REVOKED}
        self._add(
            Consent(
                application_id=made.id,
                facility_id=slot.facility_id,
                recipient="a facility",
                records=list(consents.RECORDS),
                purpose="to decide",
                text="I agree.",
                text_version=consents.TEXT_VERSION,
                signature=student.user.name,
                signed_at=made.consented_at,
                ends_at=made.consented_at + timedelta(days=365),
                **(ended if made.withdrawn_at else {}),
            )
        )
        return made

    def thread(self, student: Student, slot: Slot, **fields: Any) -> Thread:
        """A conversation that reached the facility, without messages."""
        values = {
            "student_id": student.id,
            "slot_id": slot.id,
            "facility_id": slot.facility_id,
            "school_id": student.programme.school_id,
            "alias": f"{next(self._count):03X}",
            "state": ThreadState.OPEN,
            "opened_at": self.now(),
            "reached_at": self.now(),
            "last_at": self.now(),
            "last_side": Side.STUDENT,
        }
        return self._add(Thread(**{**values, **fields}))

    def report(self, reporter: Student, **fields: Any) -> Report:
        """A report of abuse by a student that waits to be looked at."""
        values = {
            "kind": ReportKind.ASKED_RANKING,
            "reporter_id": reporter.user_id,
            "school_id": reporter.programme.school_id,
            "body": "They asked.",
            "created_at": self.now(),
        }
        return self._add(Report(**{**values, **fields}))

    def proposal(self, proposer: Student, **fields: Any) -> Proposal:
        """A site that a student nominated."""
        values = {
            "kind": ProposalKind.SITE,
            "school_id": proposer.programme.school_id,
            "proposer_id": proposer.user_id,
            "name": "Fictional Records Office",
            "created_at": self.now(),
        }
        return self._add(Proposal(**{**values, **fields}))

    def student_list(
        self, round_: Round, student: Student, slots: Iterable[Slot], *, certify: bool = True
    ) -> RankList:
        """The next version of the student's list, best first; applies where that is still missing."""
        order = list(slots)
        owner = Owner(round_.id, student_id=student.id)
        with self.app.app_context():
            query = sa.select(Application.slot_id).where(
                Application.round_id == round_.id, Application.student_id == student.id
            )
            applied = set(db.session.scalars(query))
        for slot in order:
            if slot.id not in applied:
                self.application(round_, student, slot)
        return self._write(
            lambda: rankings.save_student_list(
                access.actor_for(student.user),
                round_.id,
                [slot.id for slot in order],
                certify=certify,
                base_version=latest_version(owner),
                now=self.now(),
            )
        )

    def slot_list(
        self,
        round_: Round,
        slot: Slot,
        contact: User,
        tiers: Iterable[Iterable[Student]],
        *,
        then_any: bool = False,
        certify: bool = True,
    ) -> RankList:
        """The next version of the slot's tiers of applicants, saved by `contact`."""
        owner = Owner(round_.id, slot_id=slot.id)
        return self._write(
            lambda: rankings.save_slot_list(
                access.actor_for(contact),
                round_.id,
                slot.id,
                [[student.id for student in tier] for tier in tiers],
                then_any=then_any,
                certify=certify,
                base_version=latest_version(owner),
                now=self.now(),
            )
        )

    def decide(self, round_: Round) -> None:
        """Lock a round that is in ranking and make its official run, now."""
        with self.app.app_context():
            with transaction() as session:
                locking.lock(session.get_one(Round, round_.id), now=self.now())
            official.decide(round_.id, now=self.now(), wall=self.now())

    def release(self, round_: Round, coordinator: User) -> None:
        """Release a decided round's result."""
        with self.app.app_context(), transaction() as session:
            actor = access.actor_for(session.get_one(User, coordinator.id))
            releasing.release(actor, session.get_one(Round, round_.id), now=self.now())

    # How rows are kept ------------------------------------------------------------------------------

    def _granted(self, user: User, role: Role, **scope: int) -> User:
        self._write(lambda: accounts.grant(None, self._attached(user), role, now=self.now(), **scope))
        return user

    def _attached(self, user: User) -> User:
        return db.session.merge(user, load=False)

    def _add(self, row: Row, *options: ORMOption) -> Row:
        def build() -> Row:
            db.session.add(row)
            return row

        return self._write(build, *options)

    def _add_all(self, rows: Iterable[object]) -> None:
        with self.app.app_context(), transaction() as session:
            session.add_all(list(rows))

    def _write(self, build: Callable[[], Row], *options: ORMOption) -> Row:
        """Run `build` in a committed transaction of its own and detach what it returns, loaded."""
        with self.app.app_context():
            with transaction():
                row = build()
            kind: type[Row] = type(row)
            key = sa.inspect(kind).primary_key[0]  # type: ignore[union-attr]
            found = db.session.scalars(
                sa.select(kind)
                .where(key == row.id)
                .options(*options)  # type: ignore[attr-defined]
                .execution_options(populate_existing=True)
            ).one()
            db.session.expunge_all()
            return found


def _profile(now: datetime) -> dict[str, Any]:
    """What a complete profile holds: a home in Columbus and a spring semester."""
    return {
        "home_zip": "43201",
        "latitude": 39.9930,
        "longitude": -83.0019,
        "available_from": date(now.year + 1, 1, 4),
        "available_until": date(now.year + 1, 5, 28),
        "weekly_hours": 16,
        "skills": ["excel", "hipaa"],
        "statement": "I like finding out why two records disagree.",
    }


def calendar(ranking_closes: datetime) -> dict[str, datetime]:
    """A round's instants around the deadline of ranking."""
    ranking_closes = ranking_closes.astimezone(UTC)
    return {
        "recruiting_opens_at": ranking_closes - timedelta(days=50),
        "applying_opens_at": ranking_closes - timedelta(days=30),
        "applying_closes_at": ranking_closes - timedelta(days=2),
        "ranking_opens_at": ranking_closes - timedelta(days=14),
        "ranking_closes_at": ranking_closes,
        "release_planned_at": ranking_closes + timedelta(days=7),
    }


def sign_in(client: StrictClient, person: User | Student, password: str = PASSWORD) -> StrictClient:
    """Sign `person` in through the sign-in page and return the client."""
    email = _user_of(person).email
    response = client.post("/sign-in", data={"email": email, "password": password})
    assert response.status_code == 302, f"signing in {email}: {response.status_code}"
    return client


def _user_of(person: User | Student) -> User:
    return person.user if isinstance(person, Student) else person
