"""Host a student: one short page, for anyone and by link. Nothing is posted without the button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.db import db, transaction
from marketplace.errors import DomainError
from marketplace.facilities.models import Facility
from marketplace.guests import doors, forms, services
from marketplace.guests.blueprint import bp
from marketplace.guests.forms import HostForm
from marketplace.hosting.words import blame, sentence
from marketplace.identity import asking
from marketplace.links.models import EmailLink, Purpose
from marketplace.slots.forms import RECORD_SYSTEMS
from marketplace.slots.models import Slot
from marketplace.slots.queries import is_public, with_place
from marketplace.slots.services import next_dates
from marketplace.vocabulary import SlotKind

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Desk:
    """What the page of a link shows: for which facility, of which kind, and what was posted before."""

    link: EmailLink
    kind: SlotKind
    facilities: Sequence[Facility]
    facility: Facility | None
    earlier: Sequence[Slot]

    @property
    def at(self) -> str:
        """The facility as the page's address says it."""
        return str(self.facility.id) if self.facility else "new"

    @property
    def after(self) -> str:
        """When the link was last used: the same form sent twice posts once."""
        return self.link.done_at.isoformat() if self.link.done_at else ""


@bp.route("/host", methods=["GET", "POST"])
@access.public
def start() -> Answer:
    """Anyone may offer a place; a mail to their address carries on."""
    kind = forms.read_kind(request.values.get("kind")) or SlotKind.TERM
    form = HostForm(data=forms.suggestion(kind, clock.now().date())).fit(kind, public=True)
    later = "later" in request.form
    if form.is_submitted() and _good(form, only_address=later):
        _ask(form)
        return redirect(url_for("guests.on_its_way"))
    page = render_template("guests/host.html", form=form, desk=None, **_choices(kind))
    return (page, 422) if form.errors else page


@bp.get("/host/sent")
@access.public
def on_its_way() -> str:
    """The link is in the mail."""
    return render_template("guests/on_its_way.html", email=session.get("host-email"))


@bp.get("/host/<host_token>")
@access.public
def host(host_token: str) -> str:
    """The short page, or what was posted by this link."""
    desk = _desk(doors.open_(host_token, Purpose.HOST).link)
    if desk.link.done_at is not None and "again" not in request.args:
        slot = with_place(desk.link.slot_id or 0)
        return render_template(
            "guests/posted.html",
            token=host_token,
            slot=slot,
            public=is_public(slot),
            until=_until(host_token),
        )
    return _page(host_token, desk, _form(desk))


@bp.post("/host/<host_token>")
@access.public
def post(host_token: str) -> Answer:
    """Post the slot, or keep what is typed for later."""
    desk = _desk(doors.open_(host_token, Purpose.HOST).link)
    form = HostForm().fit(desk.kind, facility=desk.facility)
    if "later" in request.form:
        return _keep(host_token, form)
    if form.validate_on_submit() and _post(host_token, desk, form):
        return redirect(url_for("guests.host", host_token=host_token))
    desk = _desk(doors.open_(host_token, Purpose.HOST).link)
    return _page(host_token, desk, form), 422


@bp.post("/host/<host_token>/repeat")
@access.public
def repeat(host_token: str) -> Response:
    """Last term's slot once more, with one press."""
    doors.open_(host_token, Purpose.HOST)
    slot_id = request.form.get("slot_id", "")
    try:
        with transaction():
            token = doors.open_(host_token, Purpose.HOST, lock=True)
            if _fresh(token.link):
                services.repeat(token.link, int(slot_id) if slot_id.isdecimal() else 0, now=clock.now())
    except DomainError as error:
        flash(_("Not posted. %(reason)s.", reason=sentence(error)), "bad")
        return redirect(url_for("guests.host", host_token=host_token, again=1))
    return redirect(url_for("guests.host", host_token=host_token))


def _desk(link: EmailLink) -> Desk:
    found = services.homes(link)
    wanted = request.values.get("at") or next(iter(link.draft.get("at", [])), "")
    named = next((each for each in found if str(each.id) == wanted), None)
    default = found[0] if found and wanted != "new" else None
    earlier = services.earlier_slots(link) if found else ()
    asked = request.form.get("kind") or request.args.get("kind")
    return Desk(link, forms.kind_of(asked, link.draft), found, named or default, earlier)


def _form(desk: Desk) -> HostForm:
    drafted = forms.from_draft(desk.link.draft, desk.kind)
    start = {**forms.suggestion(desk.kind, clock.now().date()), "after": desk.after}
    if drafted is not None:
        missing = [name for name in ("kind", "after", *forms.OF_KIND) if name not in drafted]
        drafted.update({name: str(start[name]) for name in missing if name in start})
    return HostForm(drafted, data=start).fit(desk.kind, facility=desk.facility)


def _page(host_token: str, desk: Desk, form: HostForm) -> str:
    until = _until(host_token)
    return render_template(
        "guests/host.html", form=form, desk=desk, token=host_token, until=until, **_choices(desk.kind)
    )


def _choices(kind: SlotKind) -> dict[str, object]:
    """What the page offers, whoever reads it."""
    today = clock.now().date()
    return {
        "kind": kind,
        "slot_kinds": list(SlotKind),
        "systems": RECORD_SYSTEMS,
        "next_dates": lambda slot: next_dates(slot, today),
    }


def _until(host_token: str) -> datetime:
    return doors.open_(host_token, Purpose.HOST).expires_at


def _good(form: HostForm, *, only_address: bool) -> bool:
    """Whether the form will do; to finish later it needs an address and no more."""
    good: bool = form.validate()
    if good or not only_address:
        return good
    others = [name for name in form.errors if name not in {"email", "csrf_token"}]
    for name in others:
        form[name].errors = []
    return not form.errors


def _ask(form: HostForm) -> None:
    """Mail the link. To whom too many were sent, no more are; the page says the same to everyone."""
    email = form.email.data or ""
    session["host-email"] = email
    try:
        with transaction():
            services.ask_for_link(email, form.typed(), now=clock.now())
    except DomainError:
        db.session.rollback()


def _keep(host_token: str, form: HostForm) -> Response:
    with transaction():
        token = doors.open_(host_token, Purpose.HOST, lock=True)
        token.link.draft = {**form.typed(), "at": [request.form.get("at", "")]}
    flash(_("Kept. Open the link in your mail again when you have time; it works until then too."), "good")
    return redirect(url_for("guests.host", host_token=host_token, again=1))


def _fresh(link: EmailLink) -> bool:
    """Whether the form that was sent knew of everything this link did: a second press is none."""
    seen = link.done_at.isoformat() if link.done_at else ""
    return request.form.get("after", "") == seen


def _post(host_token: str, desk: Desk, form: HostForm) -> bool:
    who = services.Host(facility_id=desk.facility.id if desk.facility else None)
    if desk.facility is None:
        answer = asking.answer(form, None, name="facility_name")
        if answer is None:
            return False
        who = services.Host(
            listing_id=answer.listing_id,
            name=form.name.data or "",
            facility_name=form.facility_name.data or "",
            facility_kind=form.facility_kind.data or "",
        )
        if answer.facility_id is not None:
            _ask_to_join(host_token, form, who, answer.facility_id)
            return True
    offer = services.Offer(
        form.slot_fields(),
        site_id=form.site_id.data if "site_id" in form else None,
        zip=form.zip.data or "" if "zip" in form else "",
        address=form.address.data or "" if "address" in form else "",
    )
    try:
        with transaction():
            link = doors.open_(host_token, Purpose.HOST, lock=True).link
            if _fresh(link):
                services.post(link, who, offer, now=clock.now())
    except DomainError as error:
        blame(form, error)
        return False
    return True


def _ask_to_join(host_token: str, form: HostForm, who: services.Host, facility_id: int) -> None:
    """The organisation is here already: tell its contacts, and keep what was typed."""
    contacts = str(current_app.config["PUBLIC_URL"]) + url_for("facilities.contacts", facility_id=facility_id)
    with transaction():
        link = doors.open_(host_token, Purpose.HOST, lock=True).link
        link.draft = {**form.typed(), "at": ["new"]}
        asked = services.ask_to_join(link, who, facility_id, contacts=contacts, now=clock.now())
    if asked:
        flash(_("It is here already. We told its contacts that you would like to post for it."), "info")
    else:
        flash(_("It is here already. Ask the coordinator who wrote to you for a link of its own."), "info")
