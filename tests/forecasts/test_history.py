"""What a school's earlier rounds teach: only what happened before their lists closed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.db import db
from marketplace.forecasts import history
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from tests.factories import Factory, calendar

pytestmark = pytest.mark.both_databases


def test_an_application_made_in_clearing_teaches_nothing_of_how_a_match_fills(make: Factory) -> None:
    programme = make.programme()
    student, first, second = make.student(programme), make.slot(), make.slot()
    closed = make.now() - timedelta(days=90)
    earlier = make.round(
        programme.school,
        programmes=[programme],
        slots=[first, second],
        students=[student],
        phase=Phase.CLOSED,
        **calendar(closed),
    )
    make.application(earlier, student, first, consented_at=closed - timedelta(days=3))
    make.application(earlier, student, second, consented_at=closed + timedelta(days=3))
    coming = make.round(programme.school, programmes=[programme])
    with make.app.app_context():
        lists, answers = history.pasts(db.session.get_one(Round, coming.id))
    assert [past.applied for past in lists] == [(3.0,)]
    assert [past.asked for past in answers] == [3.0]
