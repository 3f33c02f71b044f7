"""How conflicts of interest are said to people."""

from __future__ import annotations

from flask_babel import gettext as _

from marketplace.conflicts.models import Cause, Side


def cause_label(cause: Cause) -> str:
    """A reason; none asks about a person's health, disability or background."""
    return {
        Cause.RELATIVE: _("A relative or partner works there or decides there"),
        Cause.WORKED_HERE: _("Employed there now or before"),
        Cause.CARE: _("Private reasons: records that should not be seen"),
        Cause.DISPUTE: _("A dispute or a legal matter"),
        Cause.OTHER: _("Something else"),
    }[cause]


def side_label(side: Side) -> str:
    """Who said it."""
    return {
        Side.STUDENT: _("The student"),
        Side.FACILITY: _("The facility"),
        Side.SCHOOL: _("The school"),
    }[side]
