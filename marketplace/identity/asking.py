"""Ask "Is it one of these?" on a form, and read what was answered. For every form that makes a facility.

A form has a field for the name (``name``, or as told) and ``same`` (forms.SameForm), and whichever of
``zip``, ``city``, ``state``, ``address``, ``phone``, ``website`` and ``email``. The page shows
``same_field(form)`` from components/same.html::

    if form.validate_on_submit() and (answer := asking.answer(form, actor)):
        ...  # answer.listing_id: claim it; answer.facility_id: it is here already; neither: it is new
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from marketplace.access import Actor
from marketplace.identity.forms import SameForm
from marketplace.identity.policies import FREE_MAIL
from marketplace.identity.queries import Lookalike, described, lookalikes
from marketplace.naming.likeness import Described, bare_domain
from marketplace.naming.models import Owner

NONE_OF_THESE = "new"
_FIELDS = ("zip", "city", "state", "address", "phone", "website")


@dataclass(frozen=True, slots=True)
class Answer:
    """Which one it is: a listing, a facility that is here already, or (both None) none of them."""

    listing_id: int | None = None
    facility_id: int | None = None


def answer(form: SameForm, actor: Actor | None, *, name: str = "name") -> Answer | None:
    """What the person said, or None where they have yet to: then the form's field ``same`` asks.

    Only what was suggested for the name as it stands now can be chosen; with nothing to ask, it is new.
    """
    found = lookalikes(actor, typed(form, name=name))
    if not found:
        return Answer()
    form.same.choices = [(one.code, _label(one)) for one in found] + [(NONE_OF_THESE, _("None of these"))]
    if form.same.data == NONE_OF_THESE:
        return Answer()
    chosen = next((one for one in found if one.code == form.same.data), None)
    if chosen is not None:
        return Answer(**{f"{chosen.owner.value}_id": chosen.id})
    form.same.errors = [_("Is it one of these? Choose it, or “None of these”")]
    return None


def typed(form: SameForm, *, name: str = "name") -> Described:
    """What the form says of the organisation."""
    given = {field: (form[field].data or "").strip() for field in _FIELDS if field in form}
    website = given.pop("website", "")
    if not website and "email" in form:
        domain = bare_domain(form["email"].data or "")
        website = "" if domain in FREE_MAIL else domain
    return described((form[name].data or "").strip(), website=website, **given)


def _label(one: Lookalike) -> str:
    where = f"{one.name}, {one.place}" if one.place else one.name
    return _("%(where)s (is here already)", where=where) if one.owner is Owner.FACILITY else where
