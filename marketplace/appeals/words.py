"""What grounds, remedies and corrections are called on pages."""

from __future__ import annotations

from flask_babel import gettext as _

from marketplace.appeals.models import Correction, Ground, Outcome, Remedy


def ground_label(ground: Ground) -> str:
    """A ground as the student reads it."""
    return {
        Ground.DATA_ERROR: _("My data were wrong"),
        Ground.ELIGIBILITY: _("I was wrongly held not eligible for a place"),
        Ground.PROCESS: _("The round did not follow its own rules"),
        Ground.CONFLICT: _("A conflict of interest influenced the result"),
    }[ground]


def outcome_label(outcome: Outcome) -> str:
    """A decision."""
    return {Outcome.UPHELD: _("Upheld"), Outcome.DISMISSED: _("Dismissed")}[outcome]


def remedy_label(remedy: Remedy) -> str:
    """What an upheld appeal leads to."""
    return {
        Remedy.EXTRA_PLACE: _("An extra place, which the facility agreed to"),
        Remedy.CLEARING: _("First priority in clearing, over the places still open"),
        Remedy.RECORD: _("The record is set right; no place depends on it"),
    }[remedy]


def correction_label(correction: Correction) -> str:
    """What a what-if run changes."""
    return {
        Correction.ELIGIBILITY: _("Eligibility of one student at one slot, turned round"),
        Correction.LIST: _("A list that was certified in time and did not count"),
        Correction.CAPACITY: _("Places of one slot"),
    }[correction]
