"""The sentences for what is refused when facilities are checked, claimed and merged."""

from __future__ import annotations

from flask_babel import gettext as _

from marketplace.errors import DomainError


def sentence(error: DomainError) -> str:
    """The sentence for a refusal."""
    known = {
        "no_phone": _("Give the number you called, with ten digits, and where you found it"),
        "no_domain": _("Give the organisation's web domain, such as example.org"),
        "free_mail": _("Anyone can have an address there: it says nothing about the organisation"),
        "foreign_domain": _("No contact of this facility has a confirmed address of that domain"),
        "no_listing": _("First choose its entry of the public directory, below"),
        "not_alike": _("That entry has another name or place. Check it by another sign."),
        "listing_taken": _("Another verified facility is that entry. Are the two the same?"),
        "recorded": _("Somebody recorded this sign already"),
        "verified": _("The facility is verified; its entry stays as it was checked"),
        "same": _("This is one facility, not two"),
        "keep_the_verified": _("Only the other one is verified: keep that one instead"),
        "facility_in_round": _("A round that is under way uses its slots. Wait for the round, or cancel it."),
    }
    if error.reason == "missing":
        return _("Give a reason") if error.details["field"] == "reason" else _("Say what you found")
    return known.get(error.reason, _("This can't be done now"))
