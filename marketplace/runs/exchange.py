"""Rounds in and out as the engine's files. For the operator's shell only: no route imports this.

A ``matching-problem/1`` becomes a round that is closed for ranking, written in bulk but as the services
would have left it: accounts, enrolments, applications, and one certified version of every list. Everybody
in it is fictional and can't sign in, its facility is not verified, so nothing of it is public, and its
consents say that nobody signed them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from marketplace.accounts.models import Membership, Role, User
from marketplace.applications import consents
from marketplace.applications.models import Application, Consent
from marketplace.audit import services as audit
from marketplace.db import Base, db
from marketplace.errors import DomainError
from marketplace.facilities.models import Facility, Site
from marketplace.rankings.models import RankEntry, RankList
from marketplace.rounds import lottery, policies
from marketplace.rounds.models import AgreementRule, Round, RoundProgramme, RoundSlot, RoundStudent
from marketplace.rounds.phases import Phase
from marketplace.runs import imported_couples, matching_adapter, queries
from marketplace.runs.matching_adapter import MatchingProblem
from marketplace.runs.models import Seal
from marketplace.schools.models import Programme, School
from marketplace.slots.models import Slot, SlotState
from marketplace.students.models import Student
from marketplace.vocabulary import FacilityKind, Level, Modality, Silence

CONSENT = "Imported from a matching problem file. The person is fictional; nobody signed this."
ABOUT = "Imported from a matching problem file. Fictional: there is nothing here to apply to."
CAPACITY = range(1, 201)  # what a slot may have

Tiers = Sequence[Sequence[str]]
_Row = TypeVar("_Row", bound=Base)


@dataclass(frozen=True)
class _Rows:
    """What lists and applications refer to: the round and row ids by the file's ids."""

    round: Round
    students: Mapping[str, int]
    slots: Mapping[str, int]


def import_problem(problem: MatchingProblem, *, now: datetime) -> Round:
    """A round in RANKING whose deadline is `now`: the next nightly job locks and decides it.

    A seed in the file other than the default is kept as the round's given seed. Otherwise the seed is drawn
    at the lock as for any round, from a secret derived from the problem (:func:`lottery.imported_secret`).
    Raises DomainError("unsupported") with the ``path`` of the first thing that rounds don't have.
    """
    for path, what in _unsupported(problem):
        raise DomainError("unsupported", path=path, what=what)
    name = _free_name(f"Imported: {problem.name or 'matching problem'}")
    school = _added(School(name=name, created_at=now))
    programme = _added(Programme(school_id=school.id, name=name, level=Level.ASSOCIATE))
    round_ = _added(_round(problem, school, now=now))
    db.session.add(RoundProgramme(round_id=round_.id, programme_id=programme.id))
    slots = _slots(problem, round_, name, now=now)
    students = _students(problem, round_, programme, now=now)
    rows = _Rows(round_, students, slots)
    _applications(problem, rows)
    _lists(problem, rows)
    imported_couples.write(problem, round_, students, slots, now=round_.ranking_opens_at)
    audit.record(None, "imported", round_, now=now, problem_sha256=problem.digest(), name=problem.name)
    db.session.flush()
    return round_


def export_problem(round_id: int) -> str:
    """A round as ``matching-problem/1``: the sealed text once it is locked, before that as its rows stand."""
    round_ = queries.require_round(round_id)
    seal = db.session.get(Seal, round_id)
    if seal is not None:
        return seal.problem
    return matching_adapter.build(round_).problem.replace(seed=round_.given_seed).to_json()


def export_result(round_id: int) -> str:
    """A round's decided matching as ``matching-result/1``. Raises DomainError("undecided")."""
    round_ = queries.require_round(round_id)
    run = queries.official_run(round_id)
    if run is None or run.result is None:
        raise DomainError("undecided", phase=round_.phase.value)
    return run.result


def _unsupported(problem: MatchingProblem) -> Iterator[tuple[str, str]]:
    """Path and name of everything in the file that a round can't hold: a lossy import would mislead."""
    whole = (
        ("facilities", problem.facilities, "a capacity shared by a facility's slots"),
        ("preassigned", problem.preassigned, "preassigned students"),
        ("ineligible", problem.ineligible, "ineligible pairs"),
    )
    for key, entries, what in whole:
        if entries:
            yield f"{key}[0]", what
    for index, student in enumerate(problem.students):
        if student.types:
            yield f"students[{index}].types", "types of students"
    for index, slot in enumerate(problem.slots):
        if slot.quota is not None:
            yield f"slots[{index}].quotas", "quotas"
        if slot.capacity not in CAPACITY:
            yield f"slots[{index}].capacity", f"a capacity of {slot.capacity}"
    if problem.lottery.mode != "single":
        yield "lottery.mode", f"the lottery mode {problem.lottery.mode!r}"


def _free_name(wanted: str) -> str:
    """The name for the school and its programme, numbered where the same problem is here already."""
    base = wanted[:150]
    taken = set(
        db.session.scalars(sa.select(School.name).where(School.name.startswith(base, autoescape=True)))
    )
    number = 1
    while (name := base if number == 1 else f"{base} ({number})") in taken:
        number += 1
    return name


def _round(problem: MatchingProblem, school: School, *, now: datetime) -> Round:
    secret = lottery.imported_secret(problem.digest())
    key = lottery.draw_key(secret)
    day = timedelta(days=1)
    return Round(
        school_id=school.id,
        name=problem.name[:120] or "Matching problem",
        phase=Phase.RANKING,
        time_zone="UTC",
        recruiting_opens_at=now - 4 * day,
        applying_opens_at=now - 3 * day,
        applying_closes_at=now - 2 * day,
        ranking_opens_at=now - 2 * day,
        ranking_closes_at=now - policies.LOCK_DELAY,
        release_planned_at=now + day,
        use_last_draft=False,
        couples=bool(problem.couples),
        agreement_rule=AgreementRule.UNCHECKED,
        lottery_secret=secret,
        draw_key=key,
        lottery_commitment=lottery.commitment(key),
        given_seed=problem.lottery.seed if problem.lottery.seed.strip("0") else None,
        created_at=now,
    )


def _slots(problem: MatchingProblem, round_: Round, name: str, *, now: datetime) -> dict[str, int]:
    """A slot for each of the file's, at one facility that stays unverified and so invisible."""
    facility = _added(Facility(name=name, kind=FacilityKind.HOSPITAL, about=ABOUT, created_at=now))
    site = _added(Site(facility_id=facility.id, name="Imported", city="", state="", zip=""))
    fixed = {
        "facility_id": facility.id,
        "site_id": site.id,
        "state": SlotState.POSTED,
        "role": "him-generalist",
        "description": ABOUT,
        "starts_on": now.date() + timedelta(days=30),
        "ends_on": now.date() + timedelta(days=120),
        "hours": 120,
        "modality": Modality.ON_SITE,
        "silence": Silence.NONE,
        "created_at": now,
        "posted_at": now,
    }
    ids = _insert(
        Slot,
        [{**fixed, "title": s.id[:120], "capacity": s.capacity, "minimum": s.minimum} for s in problem.slots],
    )
    found = {slot.id: row for slot, row in zip(problem.slots, ids, strict=True)}
    _insert_all(RoundSlot, [{"round_id": round_.id, "slot_id": i, "code": c} for c, i in found.items()])
    return found


def _students(
    problem: MatchingProblem, round_: Round, programme: Programme, *, now: datetime
) -> dict[str, int]:
    """An account that can't sign in, a membership, an enrolment and the file's id for each student."""
    users = _insert(
        User,
        [
            {
                "email": f"student-{number}@round-{round_.id}.invalid",
                "name": f"Fictional student {student.id}"[:120],
                "active": False,
                "created_at": now,
            }
            for number, student in enumerate(problem.students, 1)
        ],
    )
    scope = {"role": Role.STUDENT, "school_id": programme.school_id, "created_at": now}
    _insert_all(Membership, [{**scope, "user_id": user} for user in users])
    enrolment = {"programme_id": programme.id, "approved_at": now}
    ids = _insert(Student, [{**enrolment, "user_id": user} for user in users])
    found = {student.id: row for student, row in zip(problem.students, ids, strict=True)}
    _insert_all(RoundStudent, [{"round_id": round_.id, "student_id": i, "code": c} for c, i in found.items()])
    return found


def _applications(problem: MatchingProblem, rows: _Rows) -> None:
    """One for each pair in which either lists the other: an application alone never implies ranking."""
    pairs = {
        (student.id, slot) for student in problem.students for tier in student.preferences for slot in tier
    }
    pairs |= {(student, slot.id) for slot in problem.slots for tier in slot.preferences for student in tier}
    pairs |= imported_couples.applied(problem)
    fixed = {"round_id": rows.round.id, "consented_at": rows.round.applying_opens_at}
    ids = _insert(
        Application,
        [
            {**fixed, "student_id": rows.students[student], "slot_id": rows.slots[slot]}
            for student, slot in sorted(pairs)
        ],
    )
    _consents(ids, rows)


def _consents(application_ids: Sequence[int], rows: _Rows) -> None:
    if not application_ids:
        return
    host = db.session.scalars(
        sa.select(Facility)
        .join(Slot, Slot.facility_id == Facility.id)
        .where(Slot.id.in_(list(rows.slots.values())[:1]))
    ).one()
    signed = {
        "facility_id": host.id,
        "recipient": host.name,
        "records": list(consents.RECORDS),
        "purpose": "imported",
        "text": CONSENT,
        "text_version": 0,
        "signature": "imported",
        "signed_at": rows.round.applying_opens_at,
        "ends_at": rows.round.release_planned_at + consents.AFTER_RELEASE,
    }
    _insert_all(Consent, [{**signed, "application_id": i} for i in application_ids])


def _lists(problem: MatchingProblem, rows: _Rows) -> None:
    """Version 1 of everyone's list, certified; an empty one says so, since silence would mean something."""
    students = [(s.id, s.preferences, False) for s in problem.students]
    slots = [(s.id, s.preferences, s.then_any) for s in problem.slots]
    _certified(rows, "student_id", rows.students, "slot_id", rows.slots, students)
    _certified(rows, "slot_id", rows.slots, "student_id", rows.students, slots)


def _certified(
    rows: _Rows,
    owner: str,
    owners: Mapping[str, int],
    partner: str,
    partners: Mapping[str, int],
    lists: Sequence[tuple[str, Tiers, bool]],
) -> None:
    """Write one side's lists: `owner` and `partner` name the columns of whose they are and who is on them."""
    secret = rows.round.lottery_secret
    ids = _insert(
        RankList,
        [
            {
                "round_id": rows.round.id,
                owner: owners[code],
                "version": 1,
                "certified": True,
                "then_any": then_any,
                "digest": lottery.list_digest(lottery.salt(secret, code, 1), code, tiers, then_any),
                "saved_at": rows.round.ranking_opens_at,
            }
            for code, tiers, then_any in lists
        ],
    )
    _insert_all(
        RankEntry,
        [
            {"rank_list_id": id_, "rank": rank, partner: partners[name]}
            for id_, (_code, tiers, _any) in zip(ids, lists, strict=True)
            for rank, tier in enumerate(tiers, 1)
            for name in tier
        ],
    )


def _added(row: _Row) -> _Row:
    """Write one row now, so that it has its id."""
    db.session.add(row)
    db.session.flush()
    return row


def _insert(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Write many rows at once; their ids in the rows' order."""
    if not rows:
        return []
    key = sa.inspect(model).primary_key[0]
    return db.session.scalars(sa.insert(model).returning(key, sort_by_parameter_order=True), rows).all()


def _insert_all(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write many rows at once."""
    if rows:
        db.session.execute(sa.insert(model), rows)
