"""Where a person's own data lies: table by table what is theirs to take along, and what is not and why.

A table that is in neither list fails a test, so that nobody forgets a new one.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from marketplace.accounts.models import Membership, User
from marketplace.alerts.models import SavedSearch, ToldSlot
from marketplace.appeals.models import Appeal
from marketplace.applications.models import Application, Consent, Disclosure
from marketplace.audit.models import AuditEvent
from marketplace.conflicts.models import Employment, Exclusion, Side
from marketplace.couples.models import Couple, CoupleMember, PairCertification, PairEntry, PairList
from marketplace.db import Base
from marketplace.mail.models import Mailbox, OutboxMessage
from marketplace.messages.models import Message, Thread
from marketplace.placements.models import ClearingChoice, PlaceRequest
from marketplace.proposals.models import Proposal
from marketplace.rankings.models import RankEntry, RankList
from marketplace.reports.models import Report
from marketplace.requirements.models import RequirementRecord
from marketplace.rounds.models import Preassigned, Round, RoundStudent
from marketplace.rounds.phases import PUBLISHED
from marketplace.runs.models import Assignment, Placement
from marketplace.slots.models import Shortlisted
from marketplace.students.models import HeldCredential, Student, StudentCourse

#: Columns never handed out: secrets, and other people.
HIDDEN: Mapping[str, frozenset[str]] = {
    "user_account": frozenset({"password", "fs_uniquifier"}),
    "round_student": frozenset({"code"}),
    "outbox_message": frozenset({"key", "body", "lease_until", "attempts", "error"}),
    "audit_event": frozenset({"change", "actor_id"}),
    "report": frozenset({"resolution", "resolved_by_id"}),
    "proposal": frozenset({"answered_by_id"}),
    "exclusion": frozenset({"created_by_id"}),
    "requirement_record": frozenset({"verifier_id"}),
    "held_credential": frozenset({"verifier_id"}),
    "appeal": frozenset({"decided_by_id"}),
    "rank_list": frozenset({"saved_by_id", "slot_id"}),
    "disclosure": frozenset({"user_id"}),
    "placement": frozenset({"end_note"}),
    "place_request": frozenset({"answer", "decided_by_id"}),
    "message": frozenset({"sender_id"}),
    "couple": frozenset({"partner_id", "inviter_id"}),
    "pair_list": frozenset({"saved_by_id"}),
    "preassigned": frozenset({"named_by_id"}),
}

#: Tables that hold nothing that is one person's own, or nothing that may be told, with the reason.
NOT_PERSONAL = "describes organisations, rounds or places"
WITHHELD: Mapping[str, str] = {
    **dict.fromkeys(
        """agreement agreement_facility agreement_programme agreement_site course facility facility_evidence
        facility_listing match_round name_term postal_area programme programme_listing publication
        public_text requirement_item requirement_set round_change round_programme round_slot school site
        school_share directory_term slot slot_term text_print""".split(),
        NOT_PERSONAL,
    ),
    "prepared_slot": NOT_PERSONAL,
    "upload": "is a coordinator's file on its way in; what came of it is there",
    "invitation": "was used up when the account was made",
    "host_answer": "belongs to a facility",
    "clearing": NOT_PERSONAL,
    "capacity_request": "belongs to a facility",
    "facility_merge": NOT_PERSONAL,
    "release_hold": "is for coordinators before the release; what is released is the assignment",
    "release_plan": NOT_PERSONAL,
    "supersession": "is for coordinators before the release; its reason is in the public log",
    "appeal_trial": "what coordinators tried; the decision and its reason are with the appeal",
    "email_link": "belongs to a facility",
    "link_token": "holds digests of secrets",
    "forecast": NOT_PERSONAL,
    "slot_forecast": NOT_PERSONAL,
    "student_forecast": "is a guess for coordinators; telling it would change how people rank",
    "match_run": "holds everybody's results; the person's own is the assignment",
    "seal": "holds everybody's lists; the person's own are there as lists",
    "reminder": "notes which mail was sent; the mail itself is there",
}


def owned(user_id: int, email: str) -> dict[type[Base], sa.ColumnElement[bool]]:
    """For each model with personal data, the rows that are this person's."""
    students = sa.select(Student.id).where(Student.user_id == user_id)
    applications = sa.select(Application.id).where(Application.student_id.in_(students))
    threads = sa.select(Thread.id).where(Thread.student_id.in_(students))
    lists = sa.select(RankList.id).where(RankList.student_id.in_(students))
    couples = sa.select(Couple.id).where(
        sa.or_(Couple.inviter_id.in_(students), Couple.partner_id.in_(students))
    )
    pair_lists = sa.select(PairList.id).where(PairList.couple_id.in_(couples))
    out = sa.select(Round.id).where(Round.phase.in_(PUBLISHED))
    return {
        User: User.id == user_id,
        Membership: Membership.user_id == user_id,
        Student: Student.user_id == user_id,
        SavedSearch: SavedSearch.user_id == user_id,
        ToldSlot: ToldSlot.user_id == user_id,
        StudentCourse: StudentCourse.student_id.in_(students),
        HeldCredential: HeldCredential.student_id.in_(students),
        Shortlisted: Shortlisted.student_id.in_(students),
        RequirementRecord: RequirementRecord.student_id.in_(students),
        Employment: Employment.student_id.in_(students),
        # What a facility excluded is the coordinator's to know.
        Exclusion: sa.and_(Exclusion.student_id.in_(students), Exclusion.side == Side.STUDENT),
        RoundStudent: RoundStudent.student_id.in_(students),
        Application: Application.student_id.in_(students),
        Consent: Consent.application_id.in_(applications),
        Disclosure: Disclosure.application_id.in_(applications),
        RankList: RankList.student_id.in_(students),
        RankEntry: RankEntry.rank_list_id.in_(lists),
        Couple: Couple.id.in_(couples),
        CoupleMember: CoupleMember.student_id.in_(students),
        # One list of two people: either may take it along.
        PairList: PairList.id.in_(pair_lists),
        PairEntry: PairEntry.pair_list_id.in_(pair_lists),
        PairCertification: PairCertification.student_id.in_(students),
        ClearingChoice: ClearingChoice.student_id.in_(students),
        PlaceRequest: PlaceRequest.asked_by_id == user_id,
        Placement: Placement.student_id.in_(students),
        Preassigned: Preassigned.student_id.in_(students),
        Assignment: sa.and_(Assignment.student_id.in_(students), Assignment.round_id.in_(out)),
        Appeal: Appeal.student_id.in_(students),
        Thread: Thread.student_id.in_(students),
        Message: sa.or_(Message.thread_id.in_(threads), Message.sender_id == user_id),
        Report: Report.reporter_id == user_id,
        Proposal: Proposal.proposer_id == user_id,
        OutboxMessage: sa.func.lower(OutboxMessage.recipient) == email.lower(),
        Mailbox: Mailbox.address == email.lower(),
        AuditEvent: AuditEvent.actor_id == user_id,
    }
