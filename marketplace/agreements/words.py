"""How agreements are said to people."""

from __future__ import annotations

from flask_babel import gettext as _

from marketplace.agreements.models import Stage, Status


def stage_label(stage: Stage) -> str:
    """How far an agreement is."""
    return {
        Stage.NONE: _("Not asked for yet"),
        Stage.REQUESTED: _("Requested"),
        Stage.IN_REVIEW: _("In review"),
        Stage.ACTIVE: _("Signed"),
    }[stage]


def status_label(status: Status) -> str:
    """Where an agreement stands."""
    return {
        Status.NONE: _("Not asked for yet"),
        Status.REQUESTED: _("Requested"),
        Status.IN_REVIEW: _("In review"),
        Status.STARTING: _("Signed, not in force yet"),
        Status.ACTIVE: _("Active"),
        Status.EXPIRING: _("Expiring"),
        Status.EXPIRED: _("Expired"),
    }[status]


def status_tone(status: Status) -> str:
    """The colour of a status."""
    return {
        Status.NONE: "bad",
        Status.REQUESTED: "cool",
        Status.IN_REVIEW: "cool",
        Status.STARTING: "good",
        Status.ACTIVE: "good",
        Status.EXPIRING: "warm",
        Status.EXPIRED: "bad",
    }[status]


def fault(reason: str) -> str:
    """The sentence for a refused value."""
    return {
        "missing": _("This is needed"),
        "ends_before_start": _("The last day lies before the first"),
        "out_of_range": _("Give 0 to 730 days"),
        "unknown_owner": _("Choose a coordinator of this school"),
        "unknown": _("Choose from the list"),
    }[reason]
