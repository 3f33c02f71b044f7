"""Verdicts in words: what is in the way and what would mend it, for the student and for coordinators.

Facilities are told no reason, so there are no words for them here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from marketplace.eligibility.facts import Hindrance, Reason, Verdict
from marketplace.eligibility.rules import ENDS, PENDING
from marketplace.filters import day
from marketplace.vocabulary import ADJACENT_FIELDS, CREDENTIALS, REQUIREMENTS, Modality, label


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in the way: what it is, what mends it, and where. ``kind``: block, gate or note."""

    kind: str
    what: str
    mend: str = ""
    url: str = ""
    action: str = ""


def lines(verdict: Verdict) -> list[Line]:
    """Everything the student should know of a verdict, what blocks first."""
    parts = (("block", verdict.blocks), ("gate", verdict.gates), ("note", verdict.notes))
    return [_line(kind, each) for kind, found in parts for each in found]


def mark(verdict: Verdict) -> dict[str, str] | None:
    """The few words on a card in a list of slots; none where nothing is in the way."""
    reasons = {each.reason: each for each in verdict.blocks}
    agreement = reasons.pop(Reason.AGREEMENT, None)
    if reasons:
        return {"text": _("Not eligible"), "tone": "bad"}
    noted = agreement or next((h for h in verdict.notes if h.reason is Reason.AGREEMENT), None)
    if noted is None:
        return None
    if noted.code == PENDING:
        return {"text": _("Agreement pending"), "tone": "warm"}
    return {"text": _("No agreement yet"), "tone": "warm"}


def summary(verdict: Verdict) -> str:
    """One sentence for a row of the ranking: what blocks first, a conditional agreement, or hours short."""
    if verdict.blocks:
        return _line("block", verdict.blocks[0]).what
    for reason in (Reason.AGREEMENT, Reason.HOURS):
        noted = [each for each in verdict.notes if each.reason is reason]
        if noted:
            return _line("note", noted[0]).what
    return ""


def causes(hindrances: Sequence[Hindrance]) -> str:
    """What blocks a pair, as a coordinator of the student's school reads it."""
    return "; ".join(dict.fromkeys(_cause(each) for each in hindrances))


def _line(kind: str, found: Hindrance) -> Line:
    if found.reason is Reason.AGREEMENT:
        return _agreement(kind, found)
    if found.reason is Reason.REQUIREMENT:
        return _requirement(kind, found)
    if found.reason is Reason.CREDENTIAL:
        asked = CREDENTIALS.label(found.code)
        return Line(
            kind, _("The facility asks for %(what)s", what=asked), _("It decides whether to go without.")
        )
    if found.reason in _COURSE:
        return _course(kind, found)
    return _plain(kind, found.reason)


_COURSE = frozenset({Reason.FIELD, Reason.MODALITY, Reason.HOURS, Reason.TERM})


def _course(kind: str, found: Hindrance) -> Line:
    if found.reason is Reason.FIELD:
        field = ADJACENT_FIELDS.label(found.code)
        return Line(kind, _("Not open to students of %(field)s", field=field), _("Look for another one."))
    ask = _("Ask your coordinator whether it can be arranged.")
    if found.reason is Reason.MODALITY:
        what = label(Modality(found.code))
        return Line(kind, _("Your course does not allow this kind of work: %(what)s", what=what), ask)
    if found.reason is Reason.HOURS:
        offered, wanted = found.code.split("/")
        return Line(kind, _("%(offered)s of %(wanted)s hours", offered=offered, wanted=wanted), ask)
    return Line(kind, _("The dates reach beyond the term of your course"), ask)


def _agreement(kind: str, found: Hindrance) -> Line:
    mend = _("Your coordinator sees to it. Applying shows that you want to come here.")
    if kind == "note" and found.on is not None:
        return Line(kind, _("On condition: the agreement must be signed by %(day)s", day=day(found.on)), mend)
    if found.code == PENDING and found.on is not None:
        return Line(kind, _("Agreement pending, expected %(day)s", day=day(found.on)), mend)
    if found.code == PENDING:
        return Line(kind, _("Agreement pending"), mend)
    if found.code == ENDS and found.on is not None:
        return Line(
            kind, _("The agreement ends on %(day)s, before the placement does", day=day(found.on)), mend
        )
    return Line(kind, _("Your school has no agreement with this site yet"), mend)


def _requirement(kind: str, found: Hindrance) -> Line:
    name = REQUIREMENTS.label(found.code)
    if found.on is not None:
        what = _("%(what)s runs out on %(day)s, before the placement ends", what=name, day=day(found.on))
    else:
        what = _("%(what)s is not cleared yet", what=name)
    late = _("Needed for the match.") if kind == "block" else _("Needed by the first day.")
    return Line(kind, what, late, url_for("requirements.mine"), _("My checklist"))


def _plain(kind: str, reason: Reason) -> Line:
    conflicts, profile = url_for("conflicts.mine"), url_for("students.profile")
    return {
        Reason.SLOT_CLOSED: Line(kind, _("The slot no longer takes part"), _("Look for another one.")),
        Reason.NOT_ENROLLED: Line(kind, _("You left this round"), _("Applying again brings you back.")),
        Reason.UNVERIFIED: Line(kind, _("The facility is not verified yet"), _("Come back later.")),
        Reason.PROFILE: Line(
            kind, _("Your profile is not complete"), _("Facilities decide by it."), profile, _("My profile")
        ),
        Reason.CONFLICT: Line(
            kind,
            _("You said that you can't be placed at this facility"),
            _("You can take that back."),
            conflicts,
            _("Where I can't go"),
        ),
        Reason.CONFLICT_THEIRS: Line(kind, _("You can't be placed here"), _("Ask your coordinator.")),
        Reason.EMPLOYER: Line(
            kind,
            _("You work here"),
            _("Say how the practicum's project differs from your job."),
            conflicts,
            _("Where I work"),
        ),
        Reason.OUT_OF_STATE: Line(
            kind,
            _("As many students of your programme as the rules allow are at this site already"),
            _("Ask your coordinator about other dates or another site."),
        ),
        Reason.PLACED: Line(
            kind,
            _("You have confirmed another place at that time"),
            _("Ask your coordinator first if you need to leave it."),
        ),
        Reason.DATES: Line(
            kind,
            _("The dates reach beyond the time you are available"),
            _("Change your dates if you can make it."),
            profile,
            _("My profile"),
        ),
    }[reason]


def _cause(found: Hindrance) -> str:
    if found.reason is Reason.REQUIREMENT:
        return _("requirement: %(what)s", what=REQUIREMENTS.label(found.code))
    if found.reason is Reason.AGREEMENT and found.code == PENDING:
        expected = day(found.on) if found.on else _("no date")
        return _("agreement pending (%(day)s)", day=expected)
    return {
        Reason.SLOT_CLOSED: _("slot closed"),
        Reason.NOT_ENROLLED: _("not enrolled"),
        Reason.CONFLICT: _("conflict of interest"),
        Reason.CONFLICT_THEIRS: _("conflict of interest"),
        Reason.EMPLOYER: _("own employer without a note"),
        Reason.AGREEMENT: _("agreement ends too early") if found.code == ENDS else _("no agreement"),
        Reason.OUT_OF_STATE: _("limit of students out of state"),
        Reason.PLACED: _("has confirmed another place at that time"),
        Reason.FIELD: _("slot not open to the programme's field"),
        Reason.MODALITY: _("modality not allowed by the course"),
    }[found.reason]
