"""A round is made step by step: nothing typed is lost, nothing is made before the last step."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.rounds import wizard
from marketplace.rounds.models import AgreementRule, Explanation, Round, RoundProgramme
from marketplace.rounds.terms import CALENDAR
from marketplace.rounds.times import to_local
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient
from tests.support.forms import forms_of

PAGE = "/rounds/new"


class Guide:
    """Goes through the steps like a person without scripts: each page's own form, one button."""

    def __init__(self, client: StrictClient, page: str = PAGE) -> None:
        self.client = client
        self.answer: TestResponse = client.get(page)

    @property
    def text(self) -> str:
        return self.answer.get_data(as_text=True)

    def press(self, button: str, **fields: Any) -> Guide:
        form = next(f for f in forms_of(self.text, PAGE) if f.action_path == PAGE)
        assert button in form.buttons, form.buttons
        self.answer = self.client.post(PAGE, data=form.filled(fields, button), csrf=False)
        return self

    @property
    def step(self) -> str:
        """Which step's page this is."""
        (form,) = (f for f in forms_of(self.text, PAGE) if f.action_path == PAGE)
        return form.values["step"][0]


@pytest.fixture
def coordinator(make: Factory, client: StrictClient) -> User:
    programme = make.programme(make.school("School of Lakes"), "Health Information Technology")
    found = make.coordinator(programme.school)
    sign_in(client, found)
    return found


def rounds(app: Flask) -> list[Round]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Round).order_by(Round.id)))


def start(client: StrictClient, **fields: Any) -> Guide:
    return Guide(client).press(
        "Next: calendar", **{"name": "Spring", "programmes": "1", "first_day": "2027-05-10", **fields}
    )


def test_step_by_step_to_a_draft(app: Flask, coordinator: User, client: StrictClient) -> None:
    guide = start(client, time_zone="America/Chicago", closing_hour="23:59")
    assert guide.step == "calendar" and "Now: Fri, Mar 19, 2027, 11:59 PM CDT" in guide.text
    guide.press("Next: rules", ranking_closes_at="45", release_planned_at="40")
    guide.press(
        "Next: review",
        couples="y",
        explanation="detailed",
        confirm_days="10",
        appeal_days="0",
        contribution_source="The evening draw",
        contribution_at="2027-03-27T08:00",
    )
    assert guide.step == "review" and rounds(app) == []
    guide.press("Make the round")
    assert guide.answer.status_code == 302
    (made,) = rounds(app)
    assert (made.name, made.first_day, made.couples) == ("Spring", date(2027, 5, 10), True)
    assert (made.explanation, made.confirm_days, made.appeal_days) == (Explanation.DETAILED, 10, 0)
    assert made.contribution_source == "The evening draw"
    assert to_local(made.ranking_closes_at, made.zone).isoformat() == "2027-03-26T23:59:00"
    assert to_local(made.release_planned_at, made.zone).isoformat() == "2027-03-31T09:00:00"


def test_a_stage_on_a_holiday_says_so_before_the_round_is_made(
    coordinator: User, client: StrictClient
) -> None:
    """What to do about it is the coordinator's to say."""
    note = "Christmas Day, a federal holiday"
    guide = start(client, first_day="2027-02-15", time_zone="America/Chicago")
    assert guide.text.count("a federal holiday") == 1 and f"Dec 25, 2026, 5:00 PM CST · {note}" in guide.text
    guide.press("Next: rules").press("Next: review")
    assert guide.step == "review" and note in guide.text
    guide.press("Change the calendar").press("Show these dates", ranking_closes_at="53")
    assert "a federal holiday" not in guide.text


def test_back_and_forth_keeps_what_was_typed(coordinator: User, client: StrictClient) -> None:
    guide = start(client).press("Back", ranking_closes_at="not a number")
    assert guide.step == "start" and guide.answer.status_code == 200 and 'value="Spring"' in guide.text
    guide.press("Next: calendar", name="Summer")
    assert guide.step == "calendar" and 'value="not a number"' in guide.text
    guide.press("Next: rules", ranking_closes_at="50").press("Back", couples="y", confirm_days="12")
    guide.press("Next: rules")
    (form,) = (f for f in forms_of(guide.text, PAGE) if f.action_path == PAGE)
    assert form.values["couples"] == ["y"] and form.values["confirm_days"] == ["12"]
    assert form.values["name"] == ["Summer"] and form.values["programmes"] == ["1"]


def test_an_error_stays_with_its_step(app: Flask, coordinator: User, client: StrictClient) -> None:
    guide = Guide(client).press("Next: calendar", first_day="soon")
    assert guide.answer.status_code == 422 and guide.step == "start"
    assert "Give the round a name" in guide.text and 'value="soon"' in guide.text
    guide = start(client).press("Next: rules", applying_closes_at="95")
    assert guide.answer.status_code == 422 and guide.step == "calendar"
    assert "Applications must close after they open" in guide.text
    guide = start(client, first_day="2026-12-07").press("Next: rules")
    assert "already past" in guide.text and guide.step == "calendar"
    guide = start(client, first_day="9999-12-31")
    assert "look at the year" in guide.text and guide.step == "start"
    guide = start(client).press("Next: rules").press("Next: review", contribution_source="The draw")
    assert "Say from when on its publication counts" in guide.text and guide.step == "rules"
    guide.press("Next: review", contribution_at="2027-03-19T17:09")
    assert "at least 10 minutes after lists close" in guide.text
    guide.press("Next: review", contribution_at="2027-03-25T18:00")
    assert "the match waits for it" in guide.text and guide.step == "rules"
    assert guide.press("Next: review", contribution_at="2027-03-19T17:10").step == "review"
    assert rounds(app) == []


def test_a_name_taken_leads_back_to_the_first_step(
    app: Flask, make: Factory, coordinator: User, client: StrictClient
) -> None:
    for _ in range(2):
        guide = start(client).press("Back").press("Skip to the review").press("Make the round")
    assert guide.answer.status_code == 422 and guide.step == "start"
    assert "already has a round of this name" in guide.text and len(rounds(app)) == 1


@pytest.mark.parametrize("zone", ["America/New_York", "America/Phoenix"])
def test_dates_hold_across_the_change_of_clocks(zone: str) -> None:
    """Days are counted on the calendar, hours on the wall: no stage moves by an hour."""
    for ahead in range(0, 366, 5):
        first = date(2027, 1, 4) + timedelta(days=ahead)
        data = {**wizard.OFFSETS, "first_day": first, "time_zone": zone, "closing_hour": "23:59"}
        for name, days in wizard.OFFSETS.items():
            at = _form(data).instant(name)
            assert at is not None
            hour = time(23, 59) if name.endswith("closes_at") else time(9)
            assert at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime.combine(
                first - timedelta(days=days), hour
            )


class _form:
    """The two methods of the form that count dates, on plain values."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def __getitem__(self, name: str) -> Any:
        return type("Field", (), {"data": self.data[name]})

    def __getattr__(self, name: str) -> Any:
        return self[name]

    zone = property(wizard.WizardForm.zone.fget)  # type: ignore[attr-defined]
    instant = wizard.WizardForm.instant


def test_the_usual_calendar_is_in_order_on_working_days() -> None:
    found = wizard.suggestion(date(2026, 11, 4))
    assert found["first_day"].weekday() == 0
    days = [found["first_day"] - timedelta(days=found[name]) for name in CALENDAR]
    assert days == sorted(days)
    assert all(day.weekday() < 5 for day in days) and days[0] >= date(2026, 11, 4)


def test_copy_last_round_takes_everything_but_the_dates(
    app: Flask, make: Factory, coordinator: User, client: StrictClient
) -> None:
    guide = start(client, name="Spring 2027", closing_hour="23:59").press(
        "Next: rules", ranking_opens_at="70"
    )
    guide.press(
        "Next: review",
        agreement_rule="conditional",
        agreements_due_on="2027-04-30",
        appeal_days="9",
        contribution_source="The evening draw",
        contribution_at="2027-03-20T18:00",
    ).press("Make the round")
    assert guide.answer.status_code == 302
    copy = Guide(client, f"{PAGE}?copy=1")
    assert 'value="Spring 2028"' in copy.text and 'value="2028-05-08"' in copy.text
    copy.press("Skip to the review", first_day="2028-05-15").press("Make the round")
    old, new = rounds(app)
    shift = timedelta(days=371)
    assert new.name == "Spring 2028" and new.first_day == old.first_day + shift
    for name in (*CALENDAR, "contribution_at"):
        local = [to_local(getattr(each, name), each.zone) for each in (old, new)]
        assert local[0] + shift == local[1], name
    assert new.agreement_rule is AgreementRule.CONDITIONAL and new.appeal_days == 9
    assert new.agreements_due_on == old.agreements_due_on + shift
    assert new.contribution_source == old.contribution_source and new.contribution == ""
    assert new.lottery_secret != old.lottery_secret
    with app.app_context():
        rows = db.session.scalars(sa.select(RoundProgramme.round_id).order_by(RoundProgramme.round_id))
        assert rows.all() == [old.id, new.id]


def test_a_foreign_round_can_not_be_copied(make: Factory, coordinator: User, client: StrictClient) -> None:
    other = make.round(make.school("Another school"))
    assert client.get(f"{PAGE}?copy={other.id}").status_code == 404


def test_nothing_closes_at_midnight(make: Factory, coordinator: User, client: StrictClient) -> None:
    start(client, time_zone="UTC").press("Next: rules").press("Next: review").press("Make the round")
    answer = client.submit("/rounds/1/edit", {"ranking_closes_at": "2027-03-20T00:00"}, button="Save")
    assert answer.status_code == 422 and "say 23:59 or 17:00" in answer.text
    answer = client.submit("/rounds/1/edit", {"ranking_closes_at": "2027-03-19T23:59"}, button="Save")
    assert answer.status_code == 302


def test_minutes_are_utc_in_the_database(app: Flask, coordinator: User, client: StrictClient) -> None:
    guide = start(client, time_zone="Pacific/Honolulu")
    guide.press("Next: rules").press("Next: review").press("Make the round")
    (made,) = rounds(app)
    assert made.ranking_closes_at == datetime(2027, 3, 20, 3, 0, tzinfo=UTC)
