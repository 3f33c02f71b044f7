"""The sentences for what a service refuses, put on the form's field. For the pages of those who host."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_wtf import FlaskForm

from marketplace.errors import DomainError


def blame(form: FlaskForm, error: DomainError) -> None:
    """Put the sentence for `error` on the field it names, or on the form."""
    name = str(error.details.get("field", ""))
    if name in form:
        form[name].errors = [sentence(error)]
    else:
        form.form_errors.append(sentence(error))


def sentence(error: DomainError) -> str:
    """The sentence for a refusal."""
    missing = {
        "title": _("Give the slot a title"),
        "description": _("Say what the student will do"),
        "task_areas": _("Choose at least one task area"),
        "reason": _("Give a reason"),
    }
    if error.reason == "missing":
        return missing.get(str(error.details["field"]), _("This is needed"))
    if error.reason == "slot_in_round" and error.details["field"] == "closing":
        return _(
            "A round counts on it now: it is being decided, or students are placed here. After the results "
            "are out, ask for fewer places on the roster; before, write to the coordinator."
        )
    if error.reason == "shape":
        return _shape(error)
    known = {
        "ends_before_start": _("The last day can't be before the first"),
        "far": _("This is more than five years away; look at the year"),
        "starts_in_past": _("This day has passed; choose a later one"),
        "not_attested": _("Posting needs this statement"),
        "unknown_site": _("Choose one of your sites"),
        "unknown_zip": _("There is no such ZIP code"),
        "site_exists": _("You have a site of this name"),
        "minimum_above_places": _("At least can't be more than the places"),
        "slot_closed": _("This slot is closed; repeat it instead"),
        "slot_expired": _("This slot has expired; first say that it is still on offer"),
        "slot_in_round": _("A round counts on this number of places. Ask its coordinator to change it."),
        "name_verified": _("The name was verified. Ask the operator to change it."),
    }
    return known.get(error.reason, _("This value can't be used"))


def _shape(error: DomainError) -> str:
    """The sentence for dates, places or hours that don't fit the kind of slot."""
    sentences = {
        ("half-day", "capacity"): _("A half-day slot has one place"),
        ("go-live", "ends_on"): _("A go-live slot lasts one to three weeks"),
        ("go-live", "capacity"): _("A go-live slot takes at least two students"),
        ("go-live", "hours"): _("One to three weeks hold at most 240 hours"),
        ("shadow-day", "ends_on"): _("A shadow day is one day: give the same first and last day"),
        ("shadow-day", "hours"): _("A shadow day has four to eight hours"),
    }
    key = (str(error.details["kind"]), str(error.details["field"]))
    return sentences.get(key, _("This doesn't fit the kind of slot"))
