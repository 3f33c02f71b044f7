"""At least one row in every table, so that what touches tables is tried over data."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from marketplace.accounts.models import Invitation, Role
from marketplace.agreements.models import AgreementProgramme
from marketplace.alerts.models import SavedSearch, ToldSlot
from marketplace.appeals.models import Appeal, Correction, Ground, Trial
from marketplace.applications.models import Disclosure, Seen
from marketplace.audit.models import AuditEvent
from marketplace.capacities.models import CapacityRequest, SchoolShare
from marketplace.conflicts.models import Cause, Employment, Exclusion, Side
from marketplace.coordination.models import Reminder, ReminderKind
from marketplace.couples.models import (
    Couple,
    CoupleMember,
    CoupleState,
    PairCertification,
    PairEntry,
    PairList,
)
from marketplace.db import Base, db, transaction
from marketplace.directory.models import FacilityListing, ProgrammeListing
from marketplace.facilities.models import PostalArea
from marketplace.forecasts.models import Forecast, SlotForecast, StudentForecast
from marketplace.identity.models import Evidence, Merge, Sign
from marketplace.imports.models import PreparedSlot, Upload, UploadKind
from marketplace.links.models import EmailLink, LinkToken, Purpose
from marketplace.mail.models import Mailbox, OutboxMessage
from marketplace.messages.models import Message
from marketplace.messages.models import Side as Sender
from marketplace.naming.models import DirectoryTerm, Entry, NameTerm, Owner, Part
from marketplace.placements.models import ClearingChoice, PlaceRequest
from marketplace.placements.models import Side as Asker
from marketplace.proposals.models import Proposal, ProposalKind
from marketplace.reports.models import Report, ReportKind
from marketplace.requirements.models import RequirementItem, RequirementRecord, RequirementSet
from marketplace.results.models import Answer, HostAnswer
from marketplace.rounds.models import Preassigned, RoundChange
from marketplace.runs.models import (
    Assignment,
    Clearing,
    Hold,
    HoldCause,
    JobBeat,
    MatchRun,
    Origin,
    Placement,
    Publication,
    ReleasePlan,
    RunKind,
    RunState,
    Seal,
    Supersession,
)
from marketplace.schools.models import Course
from marketplace.slots.models import Shortlisted
from marketplace.students.models import HeldCredential, StudentCourse
from marketplace.texts.models import PublicText, TextPrint, TextState
from tests.factories import Factory


def one_of_everything(make: Factory) -> None:
    """Fill every table; a table without a row here is an error, so a new one must be added."""
    programme, contact_facility = make.programme(), make.facility()
    student, slot = make.student(programme), make.slot(contact_facility)
    other = make.student(programme)
    round_ = make.round(programme.school, programmes=[programme], slots=[slot], students=[student, other])
    application = make.application(round_, student, slot)
    make.student_list(round_, student, [slot])
    contact = make.contact(contact_facility)
    make.slot_list(round_, slot, contact, [[student]])
    thread = make.thread(student, slot)
    now = make.now()
    agreement = make.agreement(programme.school, contact_facility, sites=[slot.site])
    digest = hashlib.sha256(b"rows").hexdigest()
    course = Course(id=1, programme_id=programme.id, name="Practicum I", hours=80)
    run = MatchRun(
        round_id=round_.id, kind=RunKind.OFFICIAL, run_key="official", state=RunState.DONE, created_at=now
    )
    with make.app.app_context(), transaction() as session:
        session.add(run)
        session.add(RoundChange(round_id=round_.id, at=now, reason="Storm", changed={"name": ["A", "B"]}))
        session.flush()
        session.add_all(
            [
                AgreementProgramme(agreement_id=agreement.id, programme_id=programme.id),
                RequirementSet(
                    school_id=programme.school_id,
                    name="At the school",
                    created_at=now,
                    items=[RequirementItem(kind="mmr")],
                ),
                RequirementRecord(student_id=student.id, kind="mmr", created_at=now),
                Exclusion(
                    student_id=student.id,
                    facility_id=contact_facility.id,
                    side=Side.STUDENT,
                    cause=Cause.OTHER,
                    created_at=now,
                ),
                Employment(student_id=student.id, facility_id=contact_facility.id, updated_at=now),
                Proposal(kind=ProposalKind.SCHOOL, name="n", created_at=now),
                Report(kind=ReportKind.OTHER, reporter_id=contact.id, body="b", created_at=now),
                Message(
                    thread_id=thread.id, sender_id=student.user_id, side=Sender.STUDENT, body="b", sent_at=now
                ),
                AuditEvent(at=now, action="looked", object_type="Nothing", change={"why": "a test"}),
                Disclosure(
                    application_id=application.id,
                    user_id=contact.id,
                    what=Seen.LINE,
                    day=now.date(),
                    at=now,
                    last_at=now,
                ),
                FacilityListing(source="cms", source_id="1", name="Listed", state="OH", imported_at=now),
                Merge(
                    kept_id=contact_facility.id,
                    merged_id=contact_facility.id,
                    name="Nobody",
                    was={},
                    moved={},
                    merged_at=now,
                    undone_at=now,
                ),
                Evidence(
                    facility_id=contact_facility.id,
                    sign=Sign.CALL_BACK,
                    detail="(614) 555-0142",
                    checked_at=now,
                    checked_by="Somebody",
                ),
                DirectoryTerm(entry=Entry.LISTING, term="listed", owner_id=1, part=Part.SELF),
                NameTerm(term="n:^li", state="OH", owner=Owner.LISTING, owner_id=1),
                ProgrammeListing(school="Listed", programme="HIM", state="OH", imported_at=now),
                PostalArea(zip="43201", latitude=39.99, longitude=-83.0),
                Mailbox(address="a@b.example"),
                course,
                StudentCourse(student_id=student.id, course_id=1),
                HeldCredential(student_id=student.id, code="RHIT", number="R-1"),
                OutboxMessage(key="k", recipient="a@b.example", subject="s", body="b", created_at=now),
                Upload(
                    user_id=contact.id,
                    kind=UploadKind.SLOTS,
                    filename="slots.csv",
                    content=b"Facility\n",
                    expires_at=now,
                ),
                PreparedSlot(
                    slot_id=slot.id,
                    school_id=programme.school_id,
                    reference="S-1",
                    imported={"title": "Records"},
                    prepared_at=now,
                ),
                Reminder(
                    round_id=round_.id,
                    user_id=contact.id,
                    kind=ReminderKind.NO_ANSWER,
                    day=now.date(),
                    sent_at=now,
                ),
                SavedSearch(
                    user_id=contact.id, name="n", address="q=a", created_at=now, since=now, due_at=now
                ),
                ToldSlot(user_id=contact.id, slot_id=slot.id, told_at=now),
                Shortlisted(student_id=student.id, slot_id=slot.id, added_at=now),
                Invitation(
                    email="new@b.example",
                    role=Role.COORDINATOR,
                    school_id=programme.school_id,
                    token_sha256=digest,
                    created_at=now,
                    expires_at=now,
                ),
                EmailLink(
                    purpose=Purpose.HOST,
                    email="host@b.example",
                    created_at=now,
                    tokens=[LinkToken(token_sha256=digest, issued_at=now, expires_at=now)],
                ),
                Seal(
                    round_id=round_.id,
                    problem="{}",
                    problem_sha256=digest,
                    leaves=[digest],
                    root=digest,
                    sealed_at=now,
                ),
                Hold(run_id=run.id, cause=HoldCause.PROGRAMME, subject_id=programme.id, found_at=now),
                Supersession(run_id=run.id, reason="r", corrections=[], proposed_at=now),
                JobBeat(name="nightly", ended_at=now, failures=0),
                ReleasePlan(run_id=run.id, release_at=now, planned_at=now),
                Publication(round_id=round_.id, run_id=run.id, released_at=now),
                SchoolShare(slot_id=slot.id, school_id=round_.school_id, places=1),
                CapacityRequest(
                    round_id=round_.id, slot_id=slot.id, capacity=2, minimum=0, reason="x", asked_at=now
                ),
                Preassigned(
                    round_id=round_.id, student_id=student.id, slot_id=slot.id, reason="x", named_at=now
                ),
            ]
        )
        text = PublicText(
            facility_id=contact_facility.id,
            fields={"about": "x"},
            held_for=["first"],
            state=TextState.WAITING,
            sent_at=now,
        )
        session.add(text)
        session.flush()
        _couple(round_.id, (student.id, other.id), slot.id, now)
        night = Forecast(
            round_id=round_.id, night="2026-11-02", made_at=now, days_left=5.0, draws=500, totals={}, fixes=[]
        )
        session.add(night)
        session.flush()
        chance = {"forecast_id": night.id, "probability": 0.5, "tonight": 0.25}
        session.add(StudentForecast(student_id=student.id, **chance))
        session.add(SlotForecast(slot_id=slot.id, taken=0.5, **chance))
        session.add(TextPrint(value="0", text_id=text.id))
        session.add(HostAnswer(round_id=round_.id, slot_id=slot.id, answer=Answer.CONFIRMED, answered_at=now))
        appeal = Appeal(
            round_id=round_.id, student_id=student.id, ground=Ground.PROCESS, words="w", filed_at=now
        )
        session.add(appeal)
        session.flush()
        session.add(
            Trial(
                appeal_id=appeal.id,
                correction=Correction.CAPACITY,
                slot_id=slot.id,
                capacity=2,
                problem_sha256=digest,
                ran_at=now,
            )
        )
        session.add(Assignment(round_id=round_.id, student_id=student.id, slot_id=slot.id, rank=1))
        placement = Placement(
            round_id=round_.id,
            student_id=student.id,
            slot_id=slot.id,
            origin=Origin.MATCH,
            made_at=now,
            answer_by=now,
        )
        session.add(placement)
        session.flush()
        clearing = Clearing(
            round_id=round_.id, number=1, opens_at=now, closes_at=now + timedelta(days=2), settled_at=now
        )
        session.add(clearing)
        session.flush()
        session.add_all(
            [
                ClearingChoice(clearing_id=clearing.id, student_id=student.id, slot_id=slot.id, rank=1),
                PlaceRequest(
                    round_id=round_.id,
                    slot_id=slot.id,
                    placement_id=placement.id,
                    side=Asker.STUDENT,
                    reason="We move.",
                    asked_at=now,
                ),
            ]
        )
    with make.app.app_context():
        empty = [
            name
            for name, table in Base.metadata.tables.items()
            if db.session.execute(table.select().limit(1)).first() is None
        ]
    assert not empty, f"tables without a row: {empty}"


def _couple(round_id: int, members: tuple[int, int], slot_id: int, now: datetime) -> None:
    """A couple with a list of one pair."""
    couple = Couple(
        code="pair-1",
        round_id=round_id,
        inviter_id=members[0],
        partner_id=members[1],
        email="partner@b.example",
        state=CoupleState.CONFIRMED,
        invited_at=now,
    )
    db.session.add(couple)
    db.session.flush()
    saved = PairList(
        couple_id=couple.id,
        version=1,
        saved_at=now,
        saved_by_id=members[0],
        entries=[PairEntry(rank=1, first_slot_id=slot_id)],
        certifications=[PairCertification(student_id=members[0], at=now)],
    )
    db.session.add(CoupleMember(round_id=round_id, student_id=members[0], couple_id=couple.id))
    db.session.add(saved)
    db.session.flush()
