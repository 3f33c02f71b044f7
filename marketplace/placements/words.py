"""How the states of a placement read on a page, and what a refusal says."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from marketplace.errors import DomainError
from marketplace.filters import dates

STATES: dict[str, tuple[LazyString, str]] = {
    "proposed": (lazy("Waits for answers"), "cool"),
    "confirmed": (lazy("Confirmed"), "good"),
    "declined": (lazy("Declined by the student"), "neutral"),
    "refused": (lazy("Declined by the host"), "warm"),
    "displaced": (lazy("Displaced"), "warm"),
    "released": (lazy("Released by the coordinator"), "neutral"),
    "withdrawn": (lazy("Released, as the host asked"), "warm"),
}


def sentence(error: DomainError) -> str:
    """What a refused act says to the person."""
    if error.reason == "overlaps":
        span = dates(error.details["starts_on"], error.details["ends_on"])  # type: ignore[arg-type]
        return _(
            "You have confirmed “%(title)s” at %(facility)s, %(dates)s. You can hold one place at a time: "
            "decline this one, or ask to be released from the other first.",
            title=error.details["title"],
            facility=error.details["facility"],
            dates=span,
        )
    known = {
        "bound": _("It was confirmed already. Ask the coordinator to be released."),
        "ended": _("This placement has ended meanwhile."),
        "overlaps_elsewhere": _(
            "The student has confirmed another place on these days. They can hold one at a time: "
            "they decline this one, or are released from the other first."
        ),
        "missing": _("Say why"),
        "not_confirmed": _("It is not confirmed yet: decline it instead."),
        "decided": _("It was decided meanwhile."),
        "round_over": _("The round is closed; nothing can be changed here any more."),
        "nothing_open": _("There is no open place, or nobody without one."),
        "clearing_open": _("Students are choosing already."),
        "no_repair": _("No repair can be worked out here. Use clearing."),
        "no_order": _(
            "The lists can’t say who goes: too many of these students were given a place before the match. "
            "The host can decline a student by name, or ask to be released from one."
        ),
        "proposal_changed": _("Something changed meanwhile. Look at the new proposal."),
        "not_offered": _("A place you chose is not open any more, or stands twice. Choose again."),
    }
    return known.get(error.reason, _("That is not possible now."))
