"""Save and certify a couple's list of pairs. One proposes, the other confirms: both certify one version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from marketplace.access import Actor
from marketplace.applications import queries as applications
from marketplace.audit import services as audit
from marketplace.couples import letters, queries
from marketplace.couples.models import Couple, PairCertification, PairEntry, PairList
from marketplace.couples.services import as_student
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound
from marketplace.rounds import lottery, policies
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.rounds.services import enrol_participants
from marketplace.students.models import Student

Pair = tuple[int | None, int | None]
#: Longer lists are a slip: nobody has an opinion on so many pairs.
MOST_PAIRS = 400


def save(actor: Actor, round_id: int, pairs: Sequence[Pair], *, base_version: int, now: datetime) -> PairList:
    """Save a version, in the couple's order: (the inviter's slot, the partner's). Nobody has certified it.

    Raises NotFound, WrongPhase, Conflict("newer_version"), DomainError("repeated"), ("nowhere"), ("too_long")
    or ("not_applied") with the ids of slots for which that member has no standing application.
    """
    round_, student, couple = _mine(actor, round_id, now)
    latest = queries.latest_version(couple.id)
    if latest != base_version:
        raise Conflict("newer_version", version=latest)
    _check(round_.id, couple, pairs)
    saved = PairList(
        couple_id=couple.id,
        version=latest + 1,
        saved_at=now,
        saved_by_id=student.id,
        entries=[
            PairEntry(rank=rank, first_slot_id=first, second_slot_id=second)
            for rank, (first, second) in enumerate(pairs, 1)
        ],
        certifications=[],
    )
    db.session.add(saved)
    try:
        db.session.flush()
    except IntegrityError as error:  # the partner wrote the same version a moment ago
        raise Conflict("newer_version", version=latest + 1) from error
    audit.record(actor, "saved pairs", saved, now=now, couple=couple.id, version=saved.version)
    return saved


def certify(actor: Actor, round_id: int, *, version: int, apart: bool, link: str, now: datetime) -> PairList:
    """Certify the newest version; it counts from the second member's certification on.

    ``apart``: if no pair works, process us separately; done only where both say so. Raises NotFound,
    WrongPhase, Conflict("newer_version"), DomainError("empty").
    """
    round_, student, couple = _mine(actor, round_id, now)
    saved = queries.current(couple.id)
    if saved is None or saved.version != version:
        raise Conflict("newer_version", version=saved.version if saved else 0)
    if not saved.entries:
        raise DomainError("empty")
    _check(round_.id, couple, saved.pairs)
    if saved.certified_by(student.id):
        return saved
    saved.certifications.append(PairCertification(student_id=student.id, apart=apart, at=now))
    db.session.flush()
    audit.record(
        actor, "certified pairs", saved, now=now, couple=couple.id, version=saved.version, apart=apart
    )
    if len(saved.certifications) == 2:
        saved.digest = digest(round_, couple, saved)
        db.session.flush()
        letters.in_force(couple, round_, version=saved.version, now=now)
    else:
        letters.to_certify(
            couple, round_, other(couple, student.id).user, version=saved.version, link=link, now=now
        )
    return saved


def other(couple: Couple, student_id: int) -> Student:
    """The partner of one of the two."""
    found = couple.partner if student_id == couple.inviter_id else couple.inviter
    assert found is not None
    return found


def _mine(actor: Actor, round_id: int, now: datetime) -> tuple[Round, Student, Couple]:
    round_, student = as_student(actor, round_id, lock=True)
    policies.require_lists(round_, now)
    enrol_participants(round_)
    couple = queries.of_student(round_.id, student.id)
    if couple is None:
        raise NotFound("couple")
    # Both members write one list: they wait for each other here, not at a constraint.
    db.session.execute(sa.select(Couple.id).where(Couple.id == couple.id).with_for_update())
    return round_, student, couple


def _check(round_id: int, couple: Couple, pairs: Sequence[Pair]) -> None:
    if len(pairs) > MOST_PAIRS:
        raise DomainError("too_long", most=MOST_PAIRS)
    if len(set(pairs)) != len(pairs):
        raise DomainError("repeated")
    if (None, None) in pairs:
        raise DomainError("nowhere")
    for place, member in enumerate(couple.members):
        allowed = {each.slot_id for each in applications.of_student(round_id, member)}
        foreign = sorted({i for pair in pairs if (i := pair[place]) is not None} - allowed)
        if foreign:
            raise DomainError("not_applied", ids=foreign, member=member)


def digest(round_: Round, couple: Couple, saved: PairList) -> str:
    """The salted digest of a list of pairs, over the pseudonyms that the round's files use."""
    code = queries.code(round_, couple)
    members = _codes(sa.select(RoundStudent.student_id, RoundStudent.code), round_.id)
    slots = _codes(sa.select(RoundSlot.slot_id, RoundSlot.code), round_.id)
    return lottery.pairs_digest(
        lottery.salt(round_.lottery_secret, code, saved.version),
        code,
        [members[i] for i in couple.members],
        [[None if i is None else slots[i] for i in pair] for pair in saved.pairs],
        saved.apart,
    )


def _codes(query: sa.Select[int, str], round_id: int) -> dict[int, str]:
    return {i: code for i, code in db.session.execute(query.filter_by(round_id=round_id))}
