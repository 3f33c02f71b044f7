"""Change an announced round: for a reason, told to everyone in it, and kept in the round's public log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from marketplace.access import Actor
from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.filters import day, instant
from marketplace.rounds import queries, services
from marketplace.rounds.models import AgreementRule, Explanation, Round, RoundChange
from marketplace.rounds.phases import Phase

LABELS: dict[str, LazyString] = {
    "name": _("Name"),
    "time_zone": _("Time zone"),
    "first_day": _("First placement day"),
    "recruiting_opens_at": _("Sites post slots from"),
    "applying_opens_at": _("Students apply from"),
    "applying_closes_at": _("Applications close"),
    "ranking_opens_at": _("Everyone ranks from"),
    "ranking_closes_at": _("Lists close"),
    "release_planned_at": _("Results planned for"),
    "use_last_draft": _("A last draft counts where nothing was certified"),
    "agreement_rule": _("If no agreement covers a placement"),
    "agreements_due_on": _("Agreements must be signed by"),
    "explanation": _("How much reasons tell"),
    "couples": _("Two students may be matched as a couple"),
    "confirm_days": _("Days to confirm a place"),
    "appeal_days": _("Working days in which a student may appeal"),
    "contribution_source": _("Public source that contributes to the lottery"),
    "contribution_at": _("Its first publication after"),
    "programmes": _("Programmes"),
}
#: What a round's own acts write down; no form of the round has these.
ACTS: dict[str, LazyString] = {
    "official_run": _("The match that counts"),
    "phase": _("Phase"),
    "contribution": _("What the public source said"),
    "slot": _("Places of a slot"),
    "slot_terms": _("What a slot offers and asks for"),
}
RULES: dict[str, LazyString] = {
    AgreementRule.EXCLUDE.value: _("nobody is placed there"),
    AgreementRule.CONDITIONAL.value: _("placed on condition"),
    AgreementRule.UNCHECKED.value: _("not checked here"),
    Explanation.COARSE.value: _("that others came first"),
    Explanation.DETAILED.value: _("also by what, at slots with five places or more"),
}


@dataclass(frozen=True)
class Line:
    """One thing that changed, as people read it."""

    label: str
    before: str
    after: str

    def __str__(self) -> str:
        text = gettext("%(what)s: %(after)s (was: %(before)s)")
        return text % {"what": self.label, "after": self.after, "before": self.before}


@dataclass(frozen=True)
class Entry:
    """One change of the log: the reason, when in the round's zone, and what changed."""

    title: str
    when: str
    lines: Sequence[Line]

    @property
    def text(self) -> str:
        """What changed, in one line."""
        return "; ".join(map(str, self.lines))


def revise(
    actor: Actor, round_: Round, *, programme_ids: Iterable[int], reason: str, now: datetime, **fields: Any
) -> None:
    """Edit a round and its programmes. Once it is announced that needs a reason, and everyone hears of it.

    `fields` as :func:`marketplace.rounds.services.edit` takes them. Raises what that raises, and DomainError:
    "missing" (the reason), "programme_in_round" where an announced programme would drop out.
    """
    before = _terms(round_)
    services.edit(actor, round_, now=now, **fields)
    services.set_programmes(actor, round_, programme_ids, now=now)
    after = _terms(round_)
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if round_.phase is Phase.DRAFT or not changed:
        return
    if not reason.strip():
        raise DomainError("missing", field="reason")
    if not set(before["programmes"]) <= set(after["programmes"]):
        raise DomainError("programme_in_round", field="programmes")
    services.enrol_participants(round_)
    publish(round_, changed, reason=reason.strip(), now=now)


def note(round_: Round, changed: dict[str, list[Any]], *, reason: str, now: datetime) -> RoundChange:
    """Write a change into the public log: field to [before, after]. Whoever calls it tells the people."""
    change = RoundChange(round_id=round_.id, at=now, reason=reason, changed=changed)
    db.session.add(change)
    db.session.flush()
    return change


def publish(round_: Round, changed: dict[str, list[Any]], *, reason: str, now: datetime) -> None:
    """Write a change into the public log, and tell everyone in the round."""
    _tell(round_, note(round_, changed, reason=reason, now=now), now=now)


def call_off(actor: Actor, round_: Round, *, reason: str, now: datetime) -> None:
    """Cancel a round. Once it is announced that needs a reason, which stands in the public log.

    Raises what :func:`marketplace.rounds.services.cancel` raises.
    """
    before = round_.phase
    services.cancel(actor, round_, reason=reason, now=now)
    if before is not Phase.DRAFT:
        changed = {"phase": [before.value, Phase.CANCELLED.value]}
        note(round_, changed, reason=reason.strip()[:300], now=now)


def log(round_: Round) -> list[Entry]:
    """What changed since the round was announced, newest first. Public; names nobody."""
    query = sa.select(RoundChange).where(RoundChange.round_id == round_.id).order_by(RoundChange.id.desc())
    return [
        Entry(row.reason, instant(row.at, round_.zone), _lines(row, round_))
        for row in db.session.scalars(query)
    ]


def _terms(round_: Round) -> dict[str, Any]:
    """What a coordinator may set of a round, as JSON keeps it."""
    names = [f"{p.name}, {p.school.name}" for p in queries.programmes(round_.id)]
    return {name: _plain(getattr(round_, name)) for name in LABELS if name != "programmes"} | {
        "programmes": names
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _lines(change: RoundChange, round_: Round) -> list[Line]:
    return [
        Line(str((LABELS | ACTS)[name]), _said(name, old, round_), _said(name, new, round_))
        for name, (old, new) in change.changed.items()
    ]


def _said(name: str, value: Any, round_: Round) -> str:
    if value is None or value == "":
        return "–"
    if name.endswith("_at"):
        return instant(datetime.fromisoformat(value), round_.zone)
    if name in ("agreements_due_on", "first_day"):
        return day(date.fromisoformat(value))
    if name == "programmes":
        return "; ".join(value)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return str(RULES.get(value, value))


def _tell(round_: Round, change: RoundChange, *, now: datetime) -> None:
    lines = "".join(f"{line}\n" for line in _lines(change, round_))
    services.announce(
        round_,
        f"changed:{change.id}",
        subject=f"{round_.name}: dates or rules changed",
        body=(
            f"{round_.school.name} changed the round “{round_.name}”.\n\n{lines}\n"
            f"The reason given: {change.reason}\n"
        ),
        now=now,
    )
