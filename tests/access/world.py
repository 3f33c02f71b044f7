"""The people and objects the access matrix tries every route with.

Everyone who signs in belongs to school A or facility A. Objects are seen from their side:

own         round of school A, slot of facility A, the student's own application
same        the same round, but another facility's slot and another student's application
crossed     a round of school A with the slot and application of a foreign round
other       a round, slot and application of school B and facility B
done        as own, in a round that is released
other done  as other, in a round that is released
absent      ids that nobody has
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role, User
from marketplace.alerts import letters as alert_letters
from marketplace.alerts import services as alerts
from marketplace.appeals import services as appeals
from marketplace.appeals.models import Ground
from marketplace.applications.models import Application
from marketplace.capacities import services as capacities
from marketplace.conflicts.models import Cause, Exclusion
from marketplace.conflicts.models import Side as Side_
from marketplace.couples import services as couples
from marketplace.db import db, transaction
from marketplace.directory.models import FacilityListing, ProgrammeListing
from marketplace.forecasts import services as forecasts
from marketplace.guests import letters
from marketplace.guests import services as guests
from marketplace.identity import merging
from marketplace.identity import services as identity
from marketplace.identity.models import Sign
from marketplace.links import services as links
from marketplace.links.models import EmailLink, Purpose
from marketplace.links.services import Subject
from marketplace.mail import digests, mailboxes
from marketplace.mail.models import OutboxMessage
from marketplace.messages.models import ThreadState
from marketplace.placements import requests
from marketplace.requirements.models import RequirementItem, RequirementSet
from marketplace.rounds.models import Round
from marketplace.runs.models import Hold, HoldCause, Placement
from marketplace.runs.queries import official_run
from marketplace.schools.models import Course
from marketplace.slots.models import Slot
from marketplace.students.models import HeldCredential, Student
from marketplace.texts import services as texts
from tests.factories import Factory

OBJECTS = ("own", "same", "crossed", "other", "done", "other done", "absent")
ROLES = ("anonymous", "no role", "student", "contact", "coordinator", "operator")
ABSENT = 999_999

Values = dict[str, int | str]
_TOKENS = ("host_token", "link_token", "rank_token", "confirm_token", "result_token", "still_token")
NO_LINKS: Values = dict.fromkeys(_TOKENS, "no-such-token")


@dataclass(frozen=True)
class World:
    """For each object the value of each URL parameter, and who signs in for each role."""

    people: dict[str, User]
    values: dict[str, Values]


class Side:
    """One school with one facility that hosts for it."""

    def __init__(self, make: Factory, letter: str) -> None:
        self.make, self.letter = make, letter
        self.programme = make.programme(make.school(f"School {letter}"))
        self.facility = make.facility(f"Facility {letter}")
        self.slot = make.slot(self.facility)
        self.student = make.student(self.programme, f"Student {letter}")
        self.contact = make.contact(self.facility, f"Contact {letter}")
        self.search_id = self._save_search()
        self.coordinator = make.coordinator(self.programme.school, f"Coordinator {letter}")
        self.thread = make.thread(self.student, self.slot)
        self.report = make.report(self.student)
        self.proposal = make.proposal(self.student)
        coordinator, contact, now = make.actor(self.coordinator), make.actor(self.contact), make.now()
        self.couple_id = 0
        with make.app.app_context(), transaction():
            sign = identity.record(
                coordinator, self.facility.id, Sign.CALL_BACK, detail="(614) 555-0100", now=now
            )
            about = {"about": "A text that waits."}
            text = texts.send(contact, self.facility.id, slot_id=None, fields=about, trusted=False, now=now)
            self.evidence_id, self.text_id = sign.id, text.id
        twin, gone = make.facility(f"Twin of {letter}"), make.facility(f"Old name of {letter}")
        with make.app.app_context(), transaction():
            self.merge_id = merging.merge(coordinator, twin.id, gone.id, now=now).id
        self.twin_id = twin.id
        self.mailbox_id = self._failing()
        with make.app.app_context(), transaction() as session:
            course = Course(programme_id=self.programme.id, name="Practicum I", hours=80)
            session.add(course)
            session.flush()
            self.course_id = course.id
            held = HeldCredential(student_id=self.student.id, code="RHIT", number="R-1")
            session.add(held)
            session.flush()
            self.held_id = held.id
        self.papers()

    def papers(self) -> None:
        """An agreement, a set of requirements and an exclusion of the side's school."""
        school, now = self.programme.school_id, self.make.now()
        self.agreement = self.make.agreement(self.programme.school, self.facility)
        asked = RequirementSet(
            school_id=school, name="Asked", created_at=now, items=[RequirementItem(kind="mmr")]
        )
        avoided = Exclusion(
            student_id=self.student.id,
            facility_id=self.make.facility(f"Avoided by {self.letter}").id,
            side=Side_.FACILITY,
            cause=Cause.OTHER,
            created_at=now,
        )
        with self.make.app.app_context(), transaction() as session:
            session.add_all([asked, avoided])
            session.flush()
            self.requirements, self.exclusion = asked.id, avoided.id

    def _failing(self) -> int:
        """The mailbox of a student of the side's school to whom mail comes back."""
        lost = self.make.student(self.programme, f"Lost student of {self.letter}")
        with self.make.app.app_context(), transaction():
            mailboxes.fail(lost.user.email, "550 no such user", now=self.make.now())
            found = mailboxes.known(lost.user.email)
            assert found is not None
            return found.id

    def _save_search(self) -> int:
        """A search that the side's student keeps."""
        actor = self.make.actor(self.student)
        with self.make.app.app_context(), transaction():
            return alerts.save(actor, "q=coding", name="coding", now=self.make.now()).id

    def round(self, name: str, slots: list[Slot], students: list[Student]) -> Round:
        """A round in ranking."""
        return self.make.round(
            self.programme.school,
            name=f"{name} {self.letter}",
            programmes=[self.programme],
            slots=slots,
            students=students,
        )

    def finished_round(self) -> tuple[Round, Application]:
        """A released round in which the side's student and slot were matched."""
        round_ = self.round("Done", [self.slot], [self.student])
        application = self.make.application(round_, self.student, self.slot)
        self.make.student_list(round_, self.student, [self.slot])
        self.make.slot_list(round_, self.slot, self.contact, [[self.student]])
        self.make.decide(round_)
        self.make.release(round_, self.coordinator)
        with self.make.app.app_context(), transaction():
            self.appeal_id = appeals.file(
                self.make.actor(self.student),
                round_.id,
                ground=Ground.PROCESS,
                words="Something went wrong.",
                link="/appeals",
                now=self.make.now(),
            ).id
        actor = self.make.actor(self.contact)
        with self.make.app.app_context(), transaction():
            asked = requests.ask_for_fewer(
                actor, round_.id, self.slot.id, places=0, reason="We move.", now=self.make.now()
            )
            self.request_id = asked.id
        return round_, application

    def _placement(self, round_: Round, application: Application) -> int:
        """The student's placement in the round; while there is none, an id that nobody has."""
        query = sa.select(Placement.id).where(
            Placement.round_id == round_.id, Placement.student_id == application.student_id
        )
        with self.make.app.app_context():
            return db.session.scalar(query) or ABSENT

    def of_round(self, round_: Round, application: Application) -> Values:
        """What differs from one round to the next."""
        return {
            "round_id": round_.id,
            "application_id": application.id,
            "placement_id": self._placement(round_, application),
        }

    def decided_round(self) -> tuple[Round, int]:
        """A round whose result waits under embargo, and a hold on it."""
        slot = self.make.slot(self.facility, title=f"Decided {self.letter}")
        student = self.make.student(self.programme, f"Decided student {self.letter}")
        round_ = self.round("Decided", [slot], [student])
        self.make.application(round_, student, slot)
        self.make.student_list(round_, student, [slot])
        self.make.decide(round_)
        with self.make.app.app_context(), transaction() as session:
            run = official_run(round_.id)
            assert run
            hold = Hold(
                run_id=run.id,
                cause=HoldCause.PROGRAMME,
                subject_id=self.programme.id,
                found_at=self.make.now(),
            )
            session.add(hold)
            session.flush()
            return round_, hold.id

    request_id = ABSENT

    def ask_places(self) -> None:
        """The side's contact asks the side's rounds for another number of places."""
        contact = self.make.actor(self.contact)
        with self.make.app.app_context(), transaction():
            asked = capacities.ask(
                contact, self.slot.id, capacity=9, minimum=0, reason="More desks.", now=self.make.now()
            )
            self.wishes = {each.round_id: each.id for each in asked}

    def values(self, round_: Round, application: Application) -> Values:
        """How to fill each URL parameter. A route with a new parameter needs a line here."""
        return {
            "search_id": self.search_id,
            "agreement_id": self.agreement.id,
            **self.of_round(round_, application),
            "appeal_id": self.appeal_id,
            "course_id": self.course_id,
            "couple_id": self.couple_id,
            "held_id": self.held_id,
            "evidence_id": self.evidence_id,
            "exclusion_id": self.exclusion,
            "facility_id": self.facility.id,
            "filename": "css/app.css",
            "hold_id": 1,
            "kind": "mmr",
            "mailbox_id": self.mailbox_id,
            "merge_id": self.merge_id,
            "message_id": 1,
            "number": 1,
            "other_id": self.twin_id,
            "programme_id": self.programme.id,
            "reminder_kind": "no-list",
            "school_id": self.programme.school_id,
            "set_id": self.requirements,
            "site_id": self.slot.site_id,
            "slot_id": self.slot.id,
            "student_id": self.student.id,
            "thread_id": self.thread.id,
            "report_id": self.report.id,
            "request_id": self.request_id,
            "wish_id": self.wishes[round_.id],
            "side": "student",
            "proposal_id": self.proposal.id,
            "text_id": self.text_id,
            "user_id": self.contact.id,
        }


def build(make: Factory) -> World:
    """Make everything, through services where there are any."""
    ours, theirs = Side(make, "A"), Side(make, "B")
    neighbour = make.facility("Neighbour")
    extra, second = make.slot(neighbour), make.student(ours.programme, "Second student of A")
    live = ours.round("Round", [ours.slot, extra], [ours.student, second])
    foreign = theirs.round("Round", [theirs.slot], [theirs.student])
    done, finished = ours.finished_round()
    foreign_done, foreign_finished = theirs.finished_round()
    _waiting, hold_id = ours.decided_round()
    applied = make.application(live, ours.student, ours.slot)
    neighbours = make.application(live, second, extra)
    foreign_applied = make.application(foreign, theirs.student, theirs.slot)
    make.student_list(live, ours.student, [ours.slot])
    make.slot_list(live, ours.slot, ours.contact, [[ours.student]])
    for side in (ours, theirs):
        side.ask_places()
    ours.couple_id = _asked(make, live, second, ours.student)
    theirs.couple_id = _asked(
        make, foreign, make.student(theirs.programme, "Second student of B"), theirs.student
    )
    with make.app.app_context():
        forecasts.make(live.id, "2026-11-01", now=make.now())
    own = {
        **ours.values(live, applied),
        **_listings(make),
        "token": _invite(make, ours),
        "hold_id": hold_id,
        **_links(make, ours, live),
    }
    with make.app.app_context():
        own["digest_token"] = digests.token_for(ours.student.user.email)
        own["address_token"] = "no-such-token"
        own["stop_token"] = alert_letters.token_for(ours.student.user_id)
    asked = make.thread(second, extra, state=ThreadState.HELD, reached_at=None)
    other = {**own, **theirs.values(foreign, foreign_applied), "token": "no-such-token"}
    other["stop_token"] = other["digest_token"] = "none"
    other = {**other, "link_id": _links(make, theirs, foreign)["link_id"], **NO_LINKS}
    same: Values = {
        **own,
        "slot_id": extra.id,
        "application_id": neighbours.id,
        "thread_id": asked.id,
        "report_id": make.report(second, about_coordinator=True).id,
        "facility_id": neighbour.id,
        "site_id": extra.site_id,
        "student_id": second.id,
        "user_id": make.contact(ours.facility, "Colleague of A").id,
    }
    people = {
        "no role": make.user("Nobody"),
        "student": ours.student.user,
        "contact": ours.contact,
        "coordinator": ours.coordinator,
        "operator": make.operator("Operator"),
    }
    values = {
        "own": own,
        "same": same,
        "crossed": {**other, "round_id": live.id, "school_id": ours.programme.school_id},
        "other": other,
        "done": {**own, **ours.of_round(done, finished)},
        "other done": {**other, **theirs.of_round(foreign_done, foreign_finished)},
        "absent": {name: ABSENT if isinstance(value, int) else "absent" for name, value in own.items()},
    }
    return World(people, values)


def _asked(make: Factory, round_: Round, student: Student, partner: Student) -> int:
    """A round with couples, in which a student asked another to be placed together."""
    actor, email = make.actor(student), partner.user.email
    with make.app.app_context(), transaction() as session:
        session.get_one(Round, round_.id).couples = True
        return couples.invite(actor, round_.id, email, link="/couple", now=make.now()).id


def _invite(make: Factory, side: Side) -> str:
    """The token of an open invitation to a newcomer."""
    actor = make.actor(side.coordinator)
    scope = {"school_id": side.programme.school_id}
    with make.app.app_context(), transaction():
        return accounts.invite(
            actor, "new@practicum.example", Role.COORDINATOR, now=make.now(), link="/TOKEN", **scope
        )


def _links(make: Factory, side: Side, round_: Round) -> Values:
    """The tokens of working links; a token is all that a page behind a link asks for."""
    subject = Subject(side.facility.id, side.slot.id, round_.id, version=1)
    made: dict[str, int | str] = {}
    sender = make.actor(side.coordinator)
    with make.app.app_context(), transaction():
        for purpose in (Purpose.RANK, Purpose.CONFIRM, Purpose.RESULT, Purpose.STILL):
            letter = letters.write(purpose, subject, sender_id=None)
            links.create(None, purpose, side.contact.email, subject=subject, letter=letter, now=make.now())
            made[f"{purpose.value}_token"] = _newest(f"/{purpose.value}/")
        guests.invite_host(sender, "host@practicum.example", facility_id=None, now=make.now())
        host = _newest("/host/")
        link_id = db.session.execute(sa.select(sa.func.max(EmailLink.id))).scalar_one()
    return {**made, "host_token": host, "link_token": host, "link_id": link_id}


def _newest(path: str) -> str:
    """The token in the newest mail."""
    query = sa.select(OutboxMessage.body).order_by(OutboxMessage.id.desc()).limit(1)
    return db.session.execute(query).scalar_one().partition(path)[2].split()[0]


def _listings(make: Factory) -> Values:
    now = make.now()
    listed = FacilityListing(source="cms", source_id="1", name="Listed", state="OH", imported_at=now)
    school = ProgrammeListing(school="Listed", programme="HIM", state="OH", imported_at=now)
    with make.app.app_context(), transaction() as session:
        session.add_all([listed, school])
        session.flush()
        return {"listing_id": listed.id, "programme_listing_id": school.id}
