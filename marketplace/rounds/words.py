"""What is wrong with a round that was typed, as its forms say it, and what other rounds mean for a slot."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm

from marketplace.errors import DomainError
from marketplace.rounds.contention import Claim

CLAIMS = {
    Claim.OWN: lazy_gettext(
        "another round of your school has it. Take it out there first, or ask the facility to post what is "
        "left as a slot of its own"
    ),
    Claim.TAKEN: lazy_gettext(
        "another school's round counts on all of its places. Ask the facility for a slot of its own"
    ),
    Claim.SHARED: lazy_gettext(
        "another school's round has it too; its facility shares the places out, or each gets an equal part"
    ),
}


def blame(form: FlaskForm, error: DomainError) -> None:
    """Put the error on its field, with how to mend it. Raises one that no field is to blame for."""
    field = {"no_programme": "programmes", "name_taken": "name", "programme_in_round": "programmes"}.get(
        error.reason, str(error.details.get("field", ""))
    )
    if field not in form:
        raise error
    form[field].errors = [_sentence(error.reason, field)]


def _sentence(reason: str, field: str) -> str:
    if reason == "calendar":
        return {
            "applying_opens_at": _("Applications can't open before recruiting does"),
            "applying_closes_at": _("Applications must close after they open"),
            "ranking_opens_at": _("Ranking can't open before applications do"),
            "ranking_closes_at": _("Ranking must close after it opened and after applications closed"),
            "release_planned_at": _("Results come after ranking closes"),
        }[field]
    if reason == "missing":
        return {
            "reason": _("The round is announced: say why it changes"),
            "contribution_source": _("Name the source, or leave both fields empty"),
            "contribution_at": _("Say from when on its publication counts"),
        }[field]
    return {
        "past": _("This is already past; give a date to come"),
        "far": _("This is more than five years away; look at the year"),
        "begun": _("This has begun or passed; it can't be moved any more"),
        "programme_in_round": _("Students of an announced programme count on it; you can only add some"),
        "due_date": _("Give the day by which the agreement must be signed"),
        "due_before_lock": _("Give a day after lists close"),
        "contribution_early": _("Give a time at least 10 minutes after lists close"),
        "contribution_late": _("Give a time before the results are planned: the match waits for it"),
        "name_taken": _("Your school already has a round of this name"),
        "no_programme": _("Choose at least one programme"),
    }[reason]
