"""Does it still stand? A contact looks at what the facility offers, and confirms it with one button."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.db import transaction
from marketplace.facilities import queries as facilities
from marketplace.guests import doors, people
from marketplace.guests.blueprint import bp
from marketplace.hosting import offers
from marketplace.links import services as links
from marketplace.links.models import Purpose


@bp.get("/still/<still_token>")
@access.public
def still(still_token: str) -> str:
    """What the facility offers, and until when it shows."""
    link = doors.open_(still_token, Purpose.STILL).link
    actor = people.holder(link)
    return render_template(
        "guests/still.html",
        facility=facilities.own(actor, link.facility_id or 0),
        offers=offers.offers_of(link.facility_id or 0, clock.now()),
    )


@bp.post("/still/<still_token>")
@access.public
def confirm_still(still_token: str) -> Response:
    """Confirm what was left ticked."""
    ticked = {int(each) for each in request.form.getlist("slot_id") if each.isdecimal()}
    with transaction():
        link = doors.open_(still_token, Purpose.STILL, lock=True).link
        actor = people.holder(link)
        count = offers.confirm(actor, link.facility_id or 0, ticked, now=clock.now())
        links.finish(actor, link, now=clock.now())
    said = ngettext("%(num)d slot is confirmed.", "%(num)d slots are confirmed.", count)
    flash(
        _("Thank you. %(said)s", said=said) if count else _("Thank you. You stay listed as a host."), "good"
    )
    return redirect(url_for("guests.still", still_token=still_token))
