"""What the rules and the fields of a public text are called."""

from __future__ import annotations

from flask_babel import gettext as _

from marketplace.texts.policies import Rule


def rule_sentences() -> dict[str, str]:
    """Why a text waits, by rule."""
    return {
        Rule.FIRST: _("The first text of this facility, or the first since one was sent back"),
        Rule.LINK: _("It has a web address in it"),
        Rule.ADDRESS: _("It has a telephone number or an e-mail address in it"),
        Rule.COPY: _("Another facility sent much the same text"),
        Rule.SHOUTING: _("It is mostly in capitals"),
    }


def field_labels() -> dict[str, str]:
    """What each part of a text is called."""
    return {
        "about": _("About the facility"),
        "website": _("Website"),
        "title": _("Title"),
        "description": _("What the student does"),
        "weekdays": _("Days"),
        "preceptor_name": _("Preceptor"),
        "preceptor_background": _("Preceptor's background"),
        "ehr": _("Record system"),
        "pay_note": _("About the pay"),
        "parking": _("Parking and transport"),
    }
