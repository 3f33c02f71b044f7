"""Save and certify rank order lists. A save writes a new version; nothing is ever changed or lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from marketplace.access import Actor
from marketplace.applications import queries as applications
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import Conflict, DomainError
from marketplace.rankings import queries
from marketplace.rankings.models import RankEntry, RankList
from marketplace.rounds import lottery, policies
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.rounds.services import enrol_participants

Tiers = Sequence[Sequence[int]]


def save_student_list(
    actor: Actor, round_id: int, slot_ids: Sequence[int], *, certify: bool, base_version: int, now: datetime
) -> RankList:
    """Save a student's strict order of slots, best first.

    `base_version` is the version the person was looking at; a newer one raises Conflict, so that two open
    tabs can't overwrite each other. Raises WrongPhase, and DomainError("not_applied", slots=...) for a slot
    without an active application of theirs, DomainError("repeated") or ("empty") when certifying nothing.
    """
    round_, student = rounds.as_student(actor, round_id, lock=True)
    policies.require_lists(round_, now)
    enrol_participants(round_)
    allowed = {a.slot_id for a in applications.of_student(round_id, student.id)}
    _check(slot_ids, allowed, "not_applied")
    if certify and not slot_ids:
        raise DomainError("empty")
    owner = queries.Owner(round_id, student_id=student.id)
    return _write(
        actor,
        round_,
        owner,
        [[i] for i in slot_ids],
        then_any=False,
        certify=certify,
        base_version=base_version,
        now=now,
    )


def save_slot_list(
    actor: Actor,
    round_id: int,
    slot_id: int,
    tiers: Tiers,
    *,
    then_any: bool,
    certify: bool,
    base_version: int,
    now: datetime,
) -> RankList:
    """Save a facility's tiers of applicants for one slot; empty tiers without `then_any` mean "no one"."""
    round_, slot = rounds.as_facility(actor, round_id, slot_id, lock=True)
    policies.require_lists(round_, now)
    allowed = {a.student_id for a in applications.applicants(round_id, slot.id)}
    _check([i for tier in tiers for i in tier], allowed, "not_applicant")
    owner = queries.Owner(round_id, slot_id=slot.id)
    return _write(
        actor,
        round_,
        owner,
        [t for t in tiers if t],
        then_any=then_any,
        certify=certify,
        base_version=base_version,
        now=now,
    )


def save_on_behalf(
    actor: Actor,
    round_id: int,
    slot_id: int,
    tiers: Tiers,
    *,
    then_any: bool,
    base_version: int,
    now: datetime,
) -> RankList:
    """A coordinator enters a facility's list: a draft, which counts only once a contact certifies it."""
    round_, slot = rounds.slot_of_coordinated(actor, round_id, slot_id, lock=True)
    policies.require_lists(round_, now)
    allowed = {a.student_id for a in applications.applicants(round_id, slot.id)}
    _check([i for tier in tiers for i in tier], allowed, "not_applicant")
    saved = _write(
        actor,
        round_,
        queries.Owner(round_id, slot_id=slot.id),
        [t for t in tiers if t],
        then_any=then_any,
        certify=False,
        base_version=base_version,
        now=now,
    )
    audit.record(actor, "entered list for facility", saved, now=now, slot=slot.id)
    return saved


def _check(partners: Sequence[int], allowed: set[int], reason: str) -> None:
    if len(set(partners)) != len(partners):
        raise DomainError("repeated")
    foreign = sorted(set(partners) - allowed)
    if foreign:
        raise DomainError(reason, ids=foreign)


def _write(
    actor: Actor,
    round_: Round,
    owner: queries.Owner,
    tiers: Tiers,
    *,
    then_any: bool,
    certify: bool,
    base_version: int,
    now: datetime,
) -> RankList:
    latest = queries.latest_version(owner)
    if latest != base_version:
        raise Conflict("newer_version", version=latest)
    version = latest + 1
    saved = RankList(
        round_id=owner.round_id,
        student_id=owner.student_id,
        slot_id=owner.slot_id,
        version=version,
        certified=certify,
        then_any=then_any,
        digest=digest(round_, owner, tiers, then_any=then_any, version=version),
        saved_at=now,
        saved_by_id=actor.user_id,
        entries=[_entry(owner, rank, i) for rank, tier in enumerate(tiers, 1) for i in tier],
    )
    db.session.add(saved)
    try:
        db.session.flush()
    except IntegrityError as error:  # the same version was written a moment ago
        raise Conflict("newer_version", version=version) from error
    audit.record(actor, "certified list" if certify else "saved list", saved, now=now, version=version)
    return saved


def _entry(owner: queries.Owner, rank: int, partner: int) -> RankEntry:
    if owner.student_id is not None:
        return RankEntry(rank=rank, slot_id=partner)
    return RankEntry(rank=rank, student_id=partner)


def digest(round_: Round, owner: queries.Owner, tiers: Tiers, *, then_any: bool, version: int) -> str:
    """The receipt's salted digest of a list, over the pseudonyms that the round's files use."""
    partners = {i for tier in tiers for i in tier}
    if owner.student_id is not None:
        code = _student_codes(round_.id, {owner.student_id})[owner.student_id]
        names = _slot_codes(round_.id, partners)
    else:
        assert owner.slot_id is not None
        code = _slot_codes(round_.id, {owner.slot_id})[owner.slot_id]
        names = _student_codes(round_.id, partners)
    salt = lottery.salt(round_.lottery_secret, code, version)
    return lottery.list_digest(salt, code, [[names[i] for i in tier] for tier in tiers], then_any)


def _student_codes(round_id: int, ids: set[int]) -> dict[int, str]:
    query = sa.select(RoundStudent.student_id, RoundStudent.code)
    rows = db.session.execute(
        query.where(RoundStudent.round_id == round_id, RoundStudent.student_id.in_(ids))
    )
    return {i: code for i, code in rows}


def _slot_codes(round_id: int, ids: set[int]) -> dict[int, str]:
    query = sa.select(RoundSlot.slot_id, RoundSlot.code)
    rows = db.session.execute(query.where(RoundSlot.round_id == round_id, RoundSlot.slot_id.in_(ids)))
    return {i: code for i, code in rows}
