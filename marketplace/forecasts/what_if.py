"""What if there were more places, another slot, a signed agreement? Drawn on a copy; the round stays.

Answers with totals and with how many students are at risk, before and after, never with anyone's place. Both
sides are drawn from the same seed, so that what differs is the change. Every question is in the audit trail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db, transaction
from marketplace.eligibility import queries as eligibility
from marketplace.eligibility.facts import Reason
from marketplace.errors import DomainError, WrongPhase
from marketplace.facilities.models import Facility
from marketplace.forecasts import history, reading, summary
from marketplace.forecasts.fixes import AT_RISK
from marketplace.forecasts.market import Market
from marketplace.forecasts.reading import Change, Rows
from marketplace.forecasts.simulation import Tally, simulate
from marketplace.rounds import lottery
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import REHEARSABLE
from marketplace.slots.models import Slot
from marketplace.vocabulary import Modality

#: Enough to see a change of a place or two, and answered in seconds.
DRAWS = 200
MOST_PLACES = 20


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, by row ids; 0 where nothing is. ``places`` are added at ``slot_id``."""

    slot_id: int = 0
    places: int = 0
    drop_id: int = 0
    add_id: int = 0
    remote_id: int = 0
    facility_id: int = 0

    @property
    def asked(self) -> dict[str, int]:
        """What of it is said, for the trail."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Figures:
    """One side of an answer."""

    totals: dict[str, Any]
    at_risk: int


@dataclass(frozen=True)
class Answer:
    """Before and after; ``programmes``: names by id."""

    before: Figures
    after: Figures
    programmes: dict[int, str]


@dataclass(frozen=True)
class Options:
    """What may be asked in a round: (id, name) of slots and facilities."""

    slots: Sequence[tuple[int, str]]
    on_site: Sequence[tuple[int, str]]
    candidates: Sequence[tuple[int, str]]
    facilities: Sequence[tuple[int, str]]


def require_open(round_: Round) -> None:
    """Raise WrongPhase unless lists may still change."""
    if round_.phase not in REHEARSABLE:
        raise WrongPhase(round_.phase.value)


def options(round_: Round, now: datetime) -> Options:
    """What may be asked: the round's slots, others that could join, facilities whose agreement keeps out."""
    mine = [row.slot for row in rounds.round_slots(round_.id)]
    known = {slot.id for slot in mine}
    return Options(
        slots=[_named(slot) for slot in mine],
        on_site=[_named(slot) for slot in mine if slot.modality is not Modality.REMOTE],
        candidates=[_named(slot) for slot in rounds.candidate_slots() if slot.id not in known],
        facilities=_uncovered(round_),
    )


def _named(slot: Slot) -> tuple[int, str]:
    return slot.id, f"{slot.facility.name}: {slot.title}"


def _uncovered(round_: Round) -> list[tuple[int, str]]:
    """The facilities at which an agreement is missing for someone of the round."""
    rules = eligibility.of_round(round_)
    one_of = {student.programme_id: student for student in rules.students.values()}
    ids = {
        slot.facility_id
        for slot in rules.slots.values()
        for student in one_of.values()
        if any(each.reason is Reason.AGREEMENT for each in rules.book.judge(student, slot).blocks)
    }
    query = sa.select(Facility.id, Facility.name).where(Facility.id.in_(ids)).order_by(Facility.name)
    return [(i, name) for i, name in db.session.execute(query)]


def ask(actor: Actor, round_id: int, question: Question, *, now: datetime) -> Answer:
    """Draw the round as it is and as it would be. Raises NotFound, WrongPhase, DomainError("nothing_asked").

    The round is read in one transaction and the question noted in another; nothing is held while drawing.
    """
    if not question.asked:
        raise DomainError("nothing_asked")
    with transaction():
        round_ = rounds.coordinated(actor, round_id)
        require_open(round_)
        rows = reading.read(round_, now)
        chances = history.chances(round_, now, applying=rows.applying)
        before, after = reading.market(rows), reading.market(rows, _change(rows, question))
        names = {programme.id: programme.name for programme in rounds.programmes(round_id)}
    seed = lottery.rehearsal_seed(round_id, "what if", 0)
    was, would = (
        _figures(rows, market, simulate(market, chances, draws=DRAWS, seed=seed))
        for market in (before, after)
    )
    with transaction():
        audit.record(actor, "asked what if", rounds.coordinated(actor, round_id), now=now, **question.asked)
    return Answer(was, would, names)


def _change(rows: Rows, question: Question) -> Change:
    joins = reading.offer(question.add_id) if question.add_id else None
    verdicts = eligibility.of_slot(rows.round, joins.id, list(rows.applied)) if joins else {}
    return Change(
        places={question.slot_id: question.places} if question.slot_id else {},
        dropped=frozenset({question.drop_id} - {0}),
        remote=frozenset({question.remote_id} - {0}),
        agreed=frozenset({question.facility_id} - {0}),
        joins=joins,
        joined_by=frozenset(
            i
            for i, verdict in verdicts.items()
            if all(
                each.reason is Reason.AGREEMENT and joins and joins.facility_id == question.facility_id
                for each in verdict.blocks
            )
        ),
    )


def _figures(rows: Rows, market: Market, drawn: Tally) -> Figures:
    missed = sum(placed < AT_RISK * drawn.draws for placed in drawn.placed)
    return Figures(summary.totals(market, drawn, Counter(rows.programmes.values())), missed)
