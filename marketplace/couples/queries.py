"""Read couples, their invitations and their lists of pairs. A student finds only what they are part of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from marketplace.couples.models import Couple, CoupleMember, CoupleState, PairCertification, PairList
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.rounds import lottery
from marketplace.rounds.models import Round, RoundStudent
from marketplace.rounds.policies import OPEN
from marketplace.students.models import Student


def code(round_: Round, couple: Couple) -> str:
    """The couple's name in the round's files."""
    return couple.code or lottery.couple_pseudonym(round_.lottery_secret, couple.id)


def of_student(round_id: int, student_id: int) -> Couple | None:
    """The confirmed couple that a student is in, with both people."""
    query = (
        sa.select(Couple)
        .join(CoupleMember, CoupleMember.couple_id == Couple.id)
        .where(CoupleMember.round_id == round_id, CoupleMember.student_id == student_id)
        .options(*_people())
    )
    return db.session.scalars(query).one_or_none()


def asked(round_id: int, student_id: int) -> Couple | None:
    """The invitation that a student has sent and that waits."""
    query = sa.select(Couple).where(
        Couple.round_id == round_id, Couple.inviter_id == student_id, Couple.state == CoupleState.INVITED
    )
    return db.session.scalars(query).one_or_none()


def invitations(round_id: int, student_id: int, email: str) -> Sequence[Couple]:
    """Who waits for this student's answer: invitations to their address by students without a couple."""
    taken = sa.select(CoupleMember.student_id).where(CoupleMember.round_id == round_id)
    query = (
        sa.select(Couple)
        .join(
            RoundStudent,
            sa.and_(
                RoundStudent.student_id == Couple.inviter_id,
                RoundStudent.round_id == Couple.round_id,
                RoundStudent.withdrawn_at.is_(None),
            ),
        )
        .where(
            Couple.round_id == round_id,
            Couple.state == CoupleState.INVITED,
            Couple.email == email.lower(),
            Couple.inviter_id != student_id,
            Couple.inviter_id.not_in(taken),
        )
        .options(*_people())
        .order_by(Couple.id)
    )
    return db.session.scalars(query).all()


def invitation(round_id: int, couple_id: int, student_id: int, email: str) -> Couple:
    """One of these. Raises NotFound."""
    found = [each for each in invitations(round_id, student_id, email) if each.id == couple_id]
    if not found:
        raise NotFound("invitation")
    return found[0]


def latest_version(couple_id: int) -> int:
    """The number of the newest version of the couple's list, 0 where there is none."""
    query = sa.select(sa.func.coalesce(sa.func.max(PairList.version), 0))
    return db.session.scalar(query.where(PairList.couple_id == couple_id)) or 0


def current(couple_id: int) -> PairList | None:
    """The newest version, certified or not."""
    return db.session.scalars(_lists(couple_id).limit(1)).one_or_none()


def version(couple_id: int, number: int) -> PairList | None:
    """One version."""
    return db.session.scalars(_lists(couple_id).where(PairList.version == number)).one_or_none()


def in_force(couple_id: int) -> PairList | None:
    """The newest version that both members certified: what counts."""
    return db.session.scalars(_lists(couple_id).where(PairList.digest.is_not(None)).limit(1)).one_or_none()


def _lists(couple_id: int) -> sa.Select[PairList]:
    query = sa.select(PairList).where(PairList.couple_id == couple_id).options(*_contents())
    return query.order_by(PairList.version.desc())


def waiting_for(round_ids: Sequence[int], student_ids: Sequence[int]) -> set[int]:
    """Rounds in which a student's partner certified the newest version of their list and they did not."""
    newest = (
        sa.select(sa.func.max(PairList.id))
        .join(CoupleMember, CoupleMember.couple_id == PairList.couple_id)
        .where(CoupleMember.round_id.in_(round_ids), CoupleMember.student_id.in_(student_ids))
        .group_by(PairList.couple_id)
    )
    query = (
        sa.select(Couple.round_id)
        .join(PairList, PairList.couple_id == Couple.id)
        .join(PairCertification, PairCertification.pair_list_id == PairList.id)
        .where(
            PairList.id.in_(newest),
            PairList.digest.is_(None),
            PairCertification.student_id.not_in(student_ids),
        )
    )
    return set(db.session.scalars(query))


def counting(round_id: int) -> list[tuple[Couple, PairList]]:
    """Every couple that counts with its list: confirmed, both in the round, one version certified by both.

    Who is not among them is single, with their own list.
    """
    newest = (
        sa.select(sa.func.max(PairList.id))
        .join(Couple, Couple.id == PairList.couple_id)
        .where(Couple.round_id == round_id, PairList.digest.is_not(None))
        .group_by(PairList.couple_id)
    )
    inside = sa.select(RoundStudent.student_id).where(
        RoundStudent.round_id == round_id, RoundStudent.withdrawn_at.is_(None)
    )
    query = (
        sa.select(Couple, PairList)
        .join(PairList, PairList.couple_id == Couple.id)
        .join(Round, Round.id == Couple.round_id)
        .where(
            Couple.round_id == round_id,
            Round.couples,
            Couple.state == CoupleState.CONFIRMED,
            PairList.id.in_(newest),
            Couple.inviter_id.in_(inside),
            Couple.partner_id.in_(inside),
        )
        .options(selectinload(PairList.entries), selectinload(PairList.certifications))
        .order_by(Couple.id)
    )
    return [(couple, saved) for couple, saved in db.session.execute(query)]


def paired(round_id: int) -> frozenset[int]:
    """The students whose list of pairs counts: they need none of their own."""
    return frozenset(
        member
        for couple, _saved in counting(round_id)
        for member in (couple.inviter_id, couple.partner_id)
        if member is not None
    )


def sealed(round_id: int, leaves: Collection[str]) -> list[tuple[Couple, PairList]]:
    """The lists of pairs whose digests are among these, with their couples."""
    query = (
        sa.select(Couple, PairList)
        .join(PairList, PairList.couple_id == Couple.id)
        .where(Couple.round_id == round_id, PairList.digest.in_(leaves))
        .options(*_contents())
        .order_by(Couple.id)
    )
    return [(couple, saved) for couple, saved in db.session.execute(query)]


def left_by_a_member(now: datetime) -> Sequence[Couple]:
    """Confirmed couples of which a member has left a round whose lists are still open."""
    gone = sa.exists().where(
        RoundStudent.round_id == Couple.round_id,
        sa.or_(RoundStudent.student_id == Couple.inviter_id, RoundStudent.student_id == Couple.partner_id),
        RoundStudent.withdrawn_at.is_not(None),
    )
    query = (
        sa.select(Couple)
        .join(Round, Round.id == Couple.round_id)
        .where(
            Couple.state == CoupleState.CONFIRMED, Round.phase.in_(OPEN), Round.ranking_closes_at > now, gone
        )
    )
    return db.session.scalars(query.options(*_people()).order_by(Couple.id)).all()


def _people() -> tuple[ExecutableOption, ...]:
    return (
        joinedload(Couple.inviter).joinedload(Student.user),
        joinedload(Couple.partner).joinedload(Student.user),
    )


def _contents() -> tuple[ExecutableOption, ...]:
    return selectinload(PairList.entries), selectinload(PairList.certifications)
