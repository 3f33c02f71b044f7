"""Make tonight's forecasts: read a round, draw, write. A nightly chore; safe at once, twice, or late.

Nothing is held while drawing: the round is read in one transaction and the forecast written in another, and
the unique key of round and night lets only one be there.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from marketplace.db import db, transaction
from marketplace.forecasts import digest, fixes, history, reading, summary
from marketplace.forecasts.chances import Chances
from marketplace.forecasts.market import Market
from marketplace.forecasts.models import Forecast, SlotForecast, StudentForecast
from marketplace.forecasts.reading import Rows
from marketplace.forecasts.simulation import Tally, simulate
from marketplace.rounds import lottery
from marketplace.rounds.models import Round
from marketplace.rounds.phases import REHEARSABLE
from marketplace.runs.nightly import night_of

DRAWS = 500
#: Tonight's lists leave the lottery alone to chance: fewer draws say as much.
TONIGHT = 100
logger = logging.getLogger(__name__)


def make_due(now: datetime) -> int:
    """Forecast every round that has none for tonight; how many were made. A failure stops no other round."""
    made, failed = 0, None
    for round_id, night in _due(now):
        try:
            made += make(round_id, night, now=now)
        except Exception as error:
            logger.error("forecast of round %s: %s", round_id, type(error).__name__)
            failed = error
    if failed is not None:
        raise failed
    return made


def _due(now: datetime) -> list[tuple[int, str]]:
    with transaction() as session:
        query = sa.select(Round).where(Round.phase.in_(REHEARSABLE)).order_by(Round.id)
        nights = [(round_.id, night_of(round_, now)) for round_ in session.scalars(query)]
        made = sa.select(Forecast.round_id, Forecast.night).where(
            Forecast.round_id.in_([round_id for round_id, _night in nights])
        )
        known = {(round_id, night) for round_id, night in session.execute(made)}
    return [each for each in nights if each not in known]


@dataclass(frozen=True)
class Night:
    """What one night's forecast is drawn from."""

    rows: Rows
    market: Market
    chances: Chances
    days_left: float


def prepare(round_: Round, now: datetime) -> Night:
    """Read all that the draws need."""
    rows = reading.read(round_, now)
    learned = history.chances(round_, now, applying=rows.applying)
    return Night(rows, reading.market(rows), learned, history.days_left(round_, now))


def make(round_id: int, night: str, *, now: datetime) -> bool:
    """Forecast one round for one night; True if this call did it."""
    with transaction() as session:
        round_ = session.get_one(Round, round_id, options=[joinedload(Round.school)])
        found = prepare(round_, now)
    seed = lottery.rehearsal_seed(round_id, night, 0)
    drawn = simulate(found.market, found.chances, draws=DRAWS, seed=seed)
    tonight = simulate(found.market, None, draws=TONIGHT, seed=seed)
    try:
        with transaction():
            _write(round_id, night, found, drawn, tonight, now)
    except IntegrityError:
        return False  # the UNIQUE key let someone else be first
    return True


def _write(round_id: int, night: str, found: Night, drawn: Tally, tonight: Tally, now: datetime) -> None:
    round_ = db.session.get_one(Round, round_id, options=[joinedload(Round.school)])
    enrolled = Counter(found.rows.programmes.values())
    people, slots = _students(found.market, drawn, tonight), _slots(found.market, drawn, tonight)
    expected = fixes.Expected(
        placed={row["student_id"]: row["probability"] for row in people},
        full={row["slot_id"]: row["probability"] for row in slots},
    )
    todo = fixes.find(found.rows, expected, now)
    made = Forecast(
        round_id=round_id,
        night=night,
        made_at=now,
        days_left=found.days_left,
        draws=drawn.draws,
        totals=summary.totals(found.market, drawn, enrolled),
        fixes=fixes.keys(todo),
    )
    before = _fixes_before(round_id)
    db.session.add(made)
    db.session.flush()
    _insert(StudentForecast, people, made.id)
    _insert(SlotForecast, slots, made.id)
    digest.send(round_, todo, before, night=night, now=now)


def _fixes_before(round_id: int) -> list[str]:
    """What there was to mend on the night before."""
    query = sa.select(Forecast.fixes).where(Forecast.round_id == round_id).order_by(Forecast.night.desc())
    return db.session.scalars(query.limit(1)).one_or_none() or []


def _students(market: Market, drawn: Tally, tonight: Tally) -> list[dict[str, Any]]:
    return [
        {
            "student_id": person.id,
            "probability": drawn.placed[i] / drawn.draws,
            "tonight": tonight.placed[i] / tonight.draws,
        }
        for i, person in enumerate(market.people)
    ]


def _slots(market: Market, drawn: Tally, tonight: Tally) -> list[dict[str, Any]]:
    return [
        {
            "slot_id": place.id,
            "probability": drawn.full[j] / drawn.draws,
            "tonight": tonight.full[j] / tonight.draws,
            "taken": drawn.taken[j] / drawn.draws,
        }
        for j, place in enumerate(market.places)
    ]


def _insert(
    model: type[StudentForecast] | type[SlotForecast], rows: Sequence[dict[str, Any]], forecast_id: int
) -> None:
    if rows:
        db.session.execute(sa.insert(model), [{**row, "forecast_id": forecast_id} for row in rows])
