"""A school's earlier rounds as cases to learn from: when lists came and changed, when slots answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from marketplace.applications.models import Application
from marketplace.db import db
from marketplace.forecasts.chances import AnswerPast, Chances, ListPast, learn
from marketplace.rankings.models import RankEntry, RankList
from marketplace.rounds.models import Round, RoundStudent
from marketplace.rounds.phases import PUBLISHED, Phase
from marketplace.students.models import Student

#: How many earlier rounds a forecast looks back.
ROUNDS = 6
_DECIDED = (*PUBLISHED, Phase.LOCKED, Phase.COMPUTED)
_DAY = 86_400


class _Version(NamedTuple):
    """One saved list of an earlier round."""

    days: float
    certified: bool
    entries: int
    then_any: bool


def chances(round_: Round, now: datetime, *, applying: bool) -> Chances:
    """What the school's earlier rounds let expect of this one from now on."""
    lists, answers = pasts(round_)
    return learn(lists, answers, days_left(round_, now), applying=applying)


def days_left(round_: Round, now: datetime) -> float:
    """Days until the lists close, 0 once they are closed."""
    return max(0.0, (round_.ranking_closes_at - now).total_seconds() / _DAY)


def pasts(round_: Round) -> tuple[list[ListPast], list[AnswerPast]]:
    """The cases of the last rounds of the same school whose lists are closed. Three queries."""
    query = (
        sa.select(Round)
        .where(
            Round.school_id == round_.school_id,
            Round.id != round_.id,
            Round.phase.in_(_DECIDED),
            Round.ranking_closes_at < round_.ranking_closes_at,
        )
        .order_by(Round.ranking_closes_at.desc(), Round.id.desc())
        .limit(ROUNDS)
    )
    earlier = {each.id: each for each in db.session.scalars(query)}
    if not earlier:
        return [], []
    applied, asked = _applications(earlier)
    lists, answers = _versions(earlier)
    programmes = _programmes(earlier)
    return (
        [
            _list(earlier[key[0]], programmes[key], days, lists.get(key, ()))
            for key, days in sorted(applied.items())
            if key in programmes
        ],
        [_answer(days, answers.get(key, ())) for key, days in sorted(asked.items())],
    )


_Key = tuple[int, int]  # round id, and the id of a student or a slot


def _applications(earlier: dict[int, Round]) -> tuple[dict[_Key, list[float]], dict[_Key, list[float]]]:
    """Days before the deadline of each application: by student, and by slot.

    Withdrawn ones don't count, nor those that were made in clearing, after it.
    """
    query = (
        sa.select(Application.round_id, Application.student_id, Application.slot_id, Application.consented_at)
        .join(Round, Round.id == Application.round_id)
        .where(
            Application.round_id.in_(earlier),
            Application.withdrawn_at.is_(None),
            Application.consented_at < Round.ranking_closes_at,
        )
    )
    students: dict[_Key, list[float]] = {}
    slots: dict[_Key, list[float]] = {}
    for round_id, student_id, slot_id, at in db.session.execute(query):
        days = _days(earlier[round_id], at)
        students.setdefault((round_id, student_id), []).append(days)
        slots.setdefault((round_id, slot_id), []).append(days)
    return students, slots


def _versions(earlier: dict[int, Round]) -> tuple[dict[_Key, list[_Version]], dict[_Key, list[_Version]]]:
    """Every saved list, oldest first: by student, and by slot."""
    entries = (
        sa.select(sa.func.count()).where(RankEntry.rank_list_id == RankList.id).correlate(RankList)
    ).scalar_subquery()
    query = (
        sa.select(RankList, entries)
        .where(RankList.round_id.in_(earlier))
        .order_by(RankList.version, RankList.id)
    )
    students: dict[_Key, list[_Version]] = {}
    slots: dict[_Key, list[_Version]] = {}
    for saved, count in db.session.execute(query):
        days = _days(earlier[saved.round_id], saved.saved_at)
        version = _Version(days, saved.certified, count, saved.then_any)
        if saved.student_id is not None:
            students.setdefault((saved.round_id, saved.student_id), []).append(version)
        elif saved.slot_id is not None:
            slots.setdefault((saved.round_id, saved.slot_id), []).append(version)
    return students, slots


def _programmes(earlier: Iterable[int]) -> dict[_Key, int]:
    """The programme of everyone who stayed in an earlier round."""
    query = (
        sa.select(RoundStudent.round_id, Student.id, Student.programme_id)
        .join(Student, Student.id == RoundStudent.student_id)
        .where(RoundStudent.round_id.in_(earlier), RoundStudent.withdrawn_at.is_(None))
    )
    return {(round_id, i): programme for round_id, i, programme in db.session.execute(query)}


def _list(round_: Round, programme_id: int, applied: list[float], saved: Sequence[_Version]) -> ListPast:
    """When a student's list first counted by the round's rule for drafts, and when it changed last."""
    counting = [v for v in saved if v.certified or (round_.use_last_draft and v.entries)]
    if not counting:
        return ListPast(programme_id, tuple(applied))
    in_the_end = [v for v in counting if v.certified] or counting
    last = in_the_end[-1].days
    began = counting[0].days
    return ListPast(programme_id, tuple(applied), began, last if last < began else None)


def _answer(asked: list[float], saved: Sequence[_Version]) -> AnswerPast:
    certified = [v for v in saved if v.certified]
    if not certified:
        return AnswerPast(max(asked))
    last = certified[-1]
    accepted = len(asked) if last.then_any else min(last.entries, len(asked))
    return AnswerPast(max(asked), certified[0].days, len(asked), accepted)


def _days(round_: Round, at: datetime) -> float:
    return (round_.ranking_closes_at - at).total_seconds() / _DAY
