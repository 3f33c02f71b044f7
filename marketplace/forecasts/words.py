"""The rows of the fix list in words, each with the page that mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.eligibility import display
from marketplace.eligibility.facts import Reason
from marketplace.facilities.models import Facility, Site
from marketplace.filters import day
from marketplace.forecasts.fixes import Fix, FixKind
from marketplace.rounds.models import Round
from marketplace.rounds.policies import accepts_lists
from marketplace.schools.models import Programme
from marketplace.slots.models import Slot
from marketplace.students.models import Student


@dataclass(frozen=True)
class Names:
    """What ids of rows are called."""

    students: Mapping[int, str]
    slots: Mapping[int, str]
    facilities: Mapping[int, str]
    sites: Mapping[int, str]
    programmes: Mapping[int, str]


def names(round_: Round, found: Iterable[Fix]) -> Names:
    """The names that these rows need, in a handful of queries."""
    fixes = list(found)
    ids = {kind: {fix.subject for fix in fixes if fix.kind is kind} for kind in FixKind}
    people = {i for fix in fixes for i in fix.students}
    programmes = {fix.pressure.programme_id for fix in fixes if fix.pressure}
    students = sa.select(Student.id, User.name).join(User, User.id == Student.user_id)
    slots = sa.select(Slot.id, Slot.title, Facility.name).join(Facility, Facility.id == Slot.facility_id)
    sites = sa.select(Site.id, Site.name, Facility.name).join(Facility, Facility.id == Site.facility_id)
    return Names(
        students={i: name for i, name in db.session.execute(students.where(Student.id.in_(people)))},
        slots={
            i: f"{title}, {host}"
            for i, title, host in db.session.execute(slots.where(Slot.id.in_(ids[FixKind.NO_ANSWER])))
        },
        facilities={
            i: name
            for i, name in db.session.execute(
                sa.select(Facility.id, Facility.name).where(Facility.id.in_(ids[FixKind.AGREEMENT]))
            )
        },
        sites={
            i: f"{host}, {name}" if name else host
            for i, name, host in db.session.execute(sites.where(Site.id.in_(ids[FixKind.OUT_OF_STATE])))
        },
        programmes={
            i: name
            for i, name in db.session.execute(
                sa.select(Programme.id, Programme.name).where(Programme.id.in_(programmes))
            )
        },
    )


def title(fix: Fix, known: Names) -> str:
    """What is the matter, in one sentence."""
    n = fix.concerned
    return {
        FixKind.GIVEN: lambda: ngettext(
            "%(num)d place given before the match is not possible any more",
            "%(num)d places given before the match are not possible any more",
            n,
        ),
        FixKind.BLOCKED: lambda: ngettext(
            "%(num)d student can't be placed anywhere they want: %(why)s",
            "%(num)d students can't be placed anywhere they want: %(why)s",
            n,
            why=display.causes(fix.causes),
        ),
        FixKind.AGREEMENT: lambda: ngettext(
            "The missing agreement with %(name)s blocks %(num)d student",
            "The missing agreement with %(name)s blocks %(num)d students",
            n,
            name=known.facilities.get(fix.subject, "–"),
        ),
        FixKind.NO_ANSWER: lambda: ngettext(
            "“%(name)s” has no list and takes nobody without one: %(num)d student applied",
            "“%(name)s” has no list and takes nobody without one: %(num)d students applied",
            n,
            name=known.slots.get(fix.subject, "–"),
        ),
        FixKind.NO_LIST: lambda: ngettext(
            "%(num)d student applied and has no list", "%(num)d students applied and have no list", n
        ),
        FixKind.FULL_SLOTS: lambda: ngettext(
            "%(num)d student lists only slots that are likely full",
            "%(num)d students list only slots that are likely full",
            n,
        ),
        FixKind.NO_APPLICATION: lambda: ngettext(
            "%(num)d student has not applied anywhere", "%(num)d students have not applied anywhere", n
        ),
        FixKind.SHORT_LIST: lambda: ngettext(
            "%(num)d student lists fewer than three places that are open to them",
            "%(num)d students list fewer than three places that are open to them",
            n,
        ),
        FixKind.OUT_OF_STATE: lambda: _out_of_state(fix, known),
        FixKind.NO_APPLICANTS: lambda: ngettext(
            "Nobody applied to %(num)d place", "Nobody applied to %(num)d places", n
        ),
    }[fix.kind]()


def _out_of_state(fix: Fix, known: Names) -> str:
    assert fix.pressure is not None
    return _(
        "%(programme)s nears its limit of %(limit)s students at %(site)s, in another state:"
        " %(there)s there, %(places)s places in the round",
        programme=known.programmes.get(fix.pressure.programme_id, "–"),
        limit=fix.pressure.limit,
        site=known.sites.get(fix.subject, "–"),
        there=fix.pressure.there,
        places=fix.pressure.places,
    )


def rows(round_: Round, found: Sequence[Fix], now: datetime) -> list[dict[str, Any]]:
    """The rows as the to-do component takes them; the first step is the list's main button."""
    known = names(round_, found)
    made = []
    for number, fix in enumerate(found):
        url, label = _where(round_, fix, now)
        made.append(
            {
                "title": title(fix, known),
                "text": _MENDS[fix.kind](),
                "people": sorted(known.students.get(i, "–") for i in fix.students),
                "due": _("By %(day)s", day=day(fix.due)),
                "icon": "list",
                "action": {"url": url, "label": label, "kind": "secondary" if number else "primary"},
            }
        )
    return made


#: How each kind is mended.
_MENDS: Mapping[FixKind, Callable[[], str]] = {
    FixKind.GIVEN: lambda: _("Their own list counts instead. See what is in the way, or take it back."),
    FixKind.BLOCKED: lambda: _("Clear what is missing, or help them to other slots."),
    FixKind.AGREEMENT: lambda: _("Without a signature in time these pairs stay out of the match."),
    FixKind.NO_ANSWER: lambda: _("Ask the facility for its list."),
    FixKind.NO_LIST: lambda: _("Without a list they are not in the match."),
    FixKind.FULL_SLOTS: lambda: _("Add slots or places, or have them apply to more slots."),
    FixKind.NO_APPLICATION: lambda: _("They can only rank slots they applied to."),
    FixKind.SHORT_LIST: lambda: _("Short lists go unplaced more often. Applying to more slots helps."),
    FixKind.OUT_OF_STATE: lambda: _("The match stops at the limit. Other sites, or places nearer by, help."),
    FixKind.NO_APPLICANTS: lambda: _("Tell students about them."),
}


#: Kinds whose people can be reminded once lists are open.
_REMINDED = frozenset({FixKind.NO_ANSWER, FixKind.NO_LIST})


def _where(round_: Round, fix: Fix, now: datetime) -> tuple[str, str]:
    """The page that mends it, and the button's label."""
    slots, students = "coordination.slots", "coordination.students"
    if fix.kind is FixKind.AGREEMENT:
        anchor = f"gap-{round_.school_id}-{fix.subject}"
        return url_for("gaps.board", _anchor=anchor), _("See the agreement")
    if fix.kind is FixKind.GIVEN:
        return url_for("preassigned.places", round_id=round_.id), _("See the places")
    if fix.kind is FixKind.NO_APPLICATION or (fix.kind in _REMINDED and accepts_lists(round_, now)):
        return url_for("reminders.ask", round_id=round_.id, reminder_kind=fix.kind.value), _("Remind them")
    if fix.kind is FixKind.FULL_SLOTS:
        return url_for("forecasts.what_if", round_id=round_.id), _("Try what helps")
    if fix.kind is FixKind.BLOCKED and any(each.reason is Reason.REQUIREMENT for each in fix.causes):
        return url_for("requirements.people"), _("See requirements")
    if fix.kind is FixKind.BLOCKED and any(each.reason is Reason.AGREEMENT for each in fix.causes):
        return url_for("gaps.board"), _("See agreements")
    if fix.kind in (FixKind.NO_ANSWER, FixKind.OUT_OF_STATE, FixKind.NO_APPLICANTS):
        return url_for(slots, round_id=round_.id), _("See the slots")
    return url_for(students, round_id=round_.id), _("See the students")
