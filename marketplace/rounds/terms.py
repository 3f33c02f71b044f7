"""What a coordinator sets of a round, its calendar and its rules, and what they may not be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import date, datetime, timedelta
from typing import TypedDict

from marketplace.errors import DomainError
from marketplace.rounds.models import AgreementRule, Explanation, Round
from marketplace.slots.policies import FARTHEST

CALENDAR = (
    "recruiting_opens_at",
    "applying_opens_at",
    "applying_closes_at",
    "ranking_opens_at",
    "ranking_closes_at",
    "release_planned_at",
)
#: The instant of a public contribution lies at least so long after the lists closed: nobody can fit a list
#: to it.
CONTRIBUTION_AFTER = timedelta(minutes=10)
#: Calendar days to confirm a place in, and working days to appeal in.
CONFIRM_DAYS = range(1, 61)
APPEAL_DAYS = range(31)


class Rules(TypedDict, total=False):
    """The rules of a round besides its calendar, as columns of it. What is left out stays as it is."""

    first_day: date | None
    use_last_draft: bool
    agreement_rule: AgreementRule
    agreements_due_on: date | None
    explanation: Explanation
    couples: bool
    confirm_days: int
    appeal_days: int
    contribution_source: str
    contribution_at: datetime | None


def set_rules(round_: Round, rules: Rules) -> None:
    """Give the round these rules. Raises DomainError with the field of the first that can't be."""
    for name, value in rules.items():
        setattr(round_, name, value.strip() if isinstance(value, str) and name.endswith("source") else value)
    _check_agreements(round_)
    _check_contribution(round_)
    for name, allowed in (("confirm_days", CONFIRM_DAYS), ("appeal_days", APPEAL_DAYS)):
        value = getattr(round_, name)
        if value is not None and value not in allowed:
            raise DomainError("out_of_range", field=name, least=allowed[0], most=allowed[-1])


def _check_agreements(round_: Round) -> None:
    """A drop-dead date belongs to the conditional rule, and lies after the lock."""
    due = round_.agreements_due_on
    if (round_.agreement_rule is AgreementRule.CONDITIONAL) != (due is not None):
        raise DomainError("due_date", field="agreements_due_on")
    if due is not None and due <= round_.ranking_closes_at.date():
        raise DomainError("due_before_lock", field="agreements_due_on")


def _check_contribution(round_: Round) -> None:
    """A source and an instant come together; the instant lies between the lock and the release."""
    at = round_.contribution_at
    if bool(round_.contribution_source) != (at is not None):
        raise DomainError("missing", field="contribution_at" if at is None else "contribution_source")
    if at is not None and at < round_.ranking_closes_at + CONTRIBUTION_AFTER:
        raise DomainError("contribution_early", field="contribution_at")
    if at is not None and at > round_.release_planned_at:
        raise DomainError("contribution_late", field="contribution_at")


def differ(typed: datetime, kept: datetime) -> bool:
    """Whether two instants differ to the minute, as a form shows them."""
    return abs(typed - kept) >= timedelta(minutes=1)


def check_still_to_come(round_: Round, moved: Iterable[str], now: datetime) -> None:
    """Of an announced round nothing that has happened can be moved."""
    for field in CALENDAR:
        if field in moved and getattr(round_, field) <= now:
            raise DomainError("begun", field=field)


def check_calendar(
    calendar: Mapping[str, datetime], now: datetime, *, judged: Set[str] | None = None
) -> None:
    """Each stage in order, and its deadlines (those `judged`: default all) still to come.

    The error names the first field that is wrong.
    """
    opens, applying, closes, ranking, deadline, release = (calendar[field] for field in CALENDAR)
    problems = (
        (applying < opens, "applying_opens_at"),
        (closes <= applying, "applying_closes_at"),
        (ranking < applying, "ranking_opens_at"),
        (deadline <= ranking or deadline < closes, "ranking_closes_at"),
        (release < deadline, "release_planned_at"),
    )
    for wrong, field in problems:
        if wrong:
            raise DomainError("calendar", field=field)
    if release > now + FARTHEST:
        raise DomainError("far", field="release_planned_at")
    for field in ("applying_closes_at", "ranking_closes_at"):
        if calendar[field] <= now and (judged is None or field in judged):
            raise DomainError("past", field=field)
