"""Couples of a problem file as rows: confirmed, with one list of pairs that both members certified."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from marketplace.couples import lists
from marketplace.couples.models import (
    Couple,
    CoupleMember,
    CoupleState,
    PairCertification,
    PairEntry,
    PairList,
)
from marketplace.db import db
from marketplace.rounds.models import Round
from marketplace.runs.matching_adapter import MatchingProblem


def applied(problem: MatchingProblem) -> set[tuple[str, str]]:
    """(student, slot) of every place on a couple's list: it takes an application."""
    return {
        (member, slot)
        for couple in problem.couples
        for pair in couple.preferences
        for member, slot in zip(couple.members, pair, strict=True)
        if slot is not None
    }


def write(
    problem: MatchingProblem,
    round_: Round,
    students: Mapping[str, int],
    slots: Mapping[str, int],
    *,
    now: datetime,
) -> None:
    """The file's couples, under its ids. Their students, slots and applications are there."""
    for number, entry in enumerate(problem.couples, 1):
        first, second = (students[name] for name in entry.members)
        couple = Couple(
            round_id=round_.id,
            inviter_id=first,
            partner_id=second,
            email=f"couple-{number}@round-{round_.id}.invalid",
            code=entry.id,
            state=CoupleState.CONFIRMED,
            invited_at=now,
            confirmed_at=now,
        )
        db.session.add(couple)
        db.session.flush()
        for member in couple.members:
            db.session.add(CoupleMember(round_id=round_.id, student_id=member, couple_id=couple.id))
        saved = PairList(couple_id=couple.id, version=1, saved_at=now, saved_by_id=first)
        saved.entries = [
            PairEntry(
                rank=rank,
                first_slot_id=None if a is None else slots[a],
                second_slot_id=None if b is None else slots[b],
            )
            for rank, (a, b) in enumerate(entry.preferences, 1)
        ]
        saved.certifications = [PairCertification(student_id=i, at=now) for i in couple.members]
        saved.digest = lists.digest(round_, couple, saved)
        db.session.add(saved)
    db.session.flush()
