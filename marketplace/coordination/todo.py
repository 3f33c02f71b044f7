"""What a coordinator should do next in a round, most urgent first. Pure: figures in, items out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.coordination.queries import Participant, SlotState
from marketplace.filters import instant, until
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.rounds.policies import accepts_applications, accepts_lists


@dataclass(frozen=True)
class Figures:
    """What the to-do list is made from."""

    round: Round
    people: Sequence[Participant]
    slots: Sequence[SlotState]
    failed: int
    missed_night: bool


def items(figures: Figures, now: datetime) -> list[dict[str, Any]]:
    """The rows for the to-do component."""
    found = [*_phase(figures, now), *_lists(figures, now)]
    if figures.failed:
        found.insert(
            0,
            _item(
                _("A run failed"),
                _("The nightly match gave up on a run. Ask your operator to look at the log."),
                tone="bad",
                icon="alert",
            ),
        )
    if figures.missed_night:
        found.insert(
            0,
            _item(
                _("The nightly rehearsal is late"),
                _("No rehearsal in the last day and a half. Ask your operator whether the nightly job runs."),
                tone="bad",
                icon="alert",
            ),
        )
    return found


def _phase(figures: Figures, now: datetime) -> list[dict[str, Any]]:
    round_ = figures.round
    if round_.phase is Phase.DRAFT:
        if not figures.slots:
            return [
                _item(
                    _("Choose the slots that take part"),
                    _("Posted slots of verified facilities."),
                    action=(url_for("rounds.slots", round_id=round_.id), _("Choose slots")),
                )
            ]
        return [
            _item(
                _("Announce the round"),
                _("Students and facilities see it, its rules and its dates from then on."),
                action=(url_for("rounds.announce", round_id=round_.id), _("Announce")),
            )
        ]
    if round_.phase is Phase.COMPUTED:
        return [
            _item(
                _("Review the result and release it"),
                _("The match ran and was verified. Nobody else sees it until you release it."),
                due=_("Planned for %(when)s", when=instant(round_.release_planned_at, round_.zone)),
                tone="warm",
                icon="alert",
                action=(url_for("coordination.review", round_id=round_.id), _("Review")),
            )
        ]
    return []


def _lists(figures: Figures, now: datetime) -> list[dict[str, Any]]:
    round_, found = figures.round, []
    if accepts_applications(round_, now):
        idle = sum(1 for p in figures.people if not p.applications)
        if idle:
            found.append(
                _item(
                    ngettext(
                        "%(num)d student has not applied anywhere",
                        "%(num)d students have not applied anywhere",
                        idle,
                    ),
                    _("They can only rank slots they applied to."),
                    due=_due(round_.applying_closes_at, now),
                    urgent=_soon(round_.applying_closes_at, now),
                    icon="person",
                    action=(_people(round_, "applications"), _("See who")),
                )
            )
    if accepts_lists(round_, now):
        silent = sum(1 for p in figures.people if p.state == "none")
        drafts = sum(1 for p in figures.people if p.state == "draft")
        unanswered = sum(1 for s in figures.slots if s.state != "certified" and s.applicants)
        urgent, due = _soon(round_.ranking_closes_at, now), _due(round_.ranking_closes_at, now)
        if silent:
            found.append(
                _item(
                    ngettext("%(num)d student has no list", "%(num)d students have no list", silent),
                    _("Without a list they are not in the match."),
                    due=due,
                    urgent=urgent,
                    tone="warm",
                    icon="alert",
                    action=(_people(round_, "none"), _("See who")),
                )
            )
        if drafts:
            found.append(
                _item(
                    ngettext(
                        "%(num)d student has a draft only", "%(num)d students have a draft only", drafts
                    ),
                    _("Their last draft counts if they never certify.")
                    if round_.use_last_draft
                    else _("A draft does not count in this round."),
                    due=due,
                    urgent=urgent,
                    action=(_people(round_, "draft"), _("See who")),
                )
            )
        if unanswered:
            found.append(
                _item(
                    ngettext(
                        "%(num)d slot has applicants and no certified list",
                        "%(num)d slots have applicants and no certified list",
                        unanswered,
                    ),
                    _("Unless they answer, what they said at posting applies."),
                    due=due,
                    urgent=urgent,
                    icon="building",
                    action=(url_for("coordination.slots", round_id=round_.id), _("See which")),
                )
            )
    return found


def _people(round_: Round, show: str) -> str:
    return url_for("coordination.students", round_id=round_.id, show=show)


def _due(deadline: datetime, now: datetime) -> str:
    return _("Closes %(when)s", when=until(deadline, now))


def _soon(deadline: datetime, now: datetime) -> bool:
    return deadline - now < timedelta(days=3)


def _item(
    title: str,
    text: str,
    *,
    due: str | None = None,
    urgent: bool = False,
    tone: str = "cool",
    icon: str = "clock",
    action: tuple[str, str] | None = None,
) -> dict[str, Any]:
    item: dict[str, Any] = {
        "title": title,
        "text": text,
        "due": due,
        "urgent": urgent,
        "tone": tone,
        "icon": icon,
    }
    if action:
        item["action"] = {"url": action[0], "label": action[1], "kind": "secondary"}
    return item
