"""Read and write conversations; a coordinator's queue of those that wait."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.applications import disclosures
from marketplace.applications.models import Seen
from marketplace.db import fresh_write, transaction
from marketplace.errors import DomainError, NotFound
from marketplace.messages import policies, queries, services
from marketplace.messages.forms import DeclineForm, MessageForm
from marketplace.messages.models import Side, Thread
from marketplace.paging import page_number
from marketplace.slots import queries as slots
from marketplace.students import queries as students
from marketplace.students.models import Student

bp = Blueprint("messages", __name__, url_prefix="/messages")

Answer = str | Response | tuple[str, int]


@bp.app_context_processor
def _contact_facts() -> dict[str, object]:
    """What the public pages of a slot and a facility say about writing to it."""
    if request.endpoint not in {"slots.detail", "facilities.show"} or not request.view_args:
        return {}
    try:
        if request.endpoint == "facilities.show":
            return {"answers_in": _words(request.view_args["facility_id"])}
        slot = slots.get_public_slot(request.view_args["slot_id"])
    except NotFound:  # the page being written says so
        return {}
    student = _student(access.current_actor())
    way = policies.way(slot, student.id) if student else None
    return {"answers_in": _words(slot.facility_id), "way_to_write": way.value if way else None}


def _words(facility_id: int) -> str | None:
    """``Usually answers within 2 days (median of its last 7 answers).``"""
    figure = queries.response_time(facility_id)
    if figure is None:
        return None
    hours = max(1, -(-figure.median // timedelta(hours=1)))
    wait = (
        ngettext("%(num)d hour", "%(num)d hours", hours)
        if hours < 48
        else ngettext("%(num)d day", "%(num)d days", -(-hours // 24))
    )
    return _("Answers in about %(wait)s: the median of its last %(n)s answers.", wait=wait, n=figure.of)


def _student(actor: Actor | None) -> Student | None:
    """The first approved profile of the person."""
    if actor is None or not actor.has(Role.STUDENT):
        return None
    return next((s for s in students.for_user(actor.user_id) if s.approved_at), None)


@bp.get("")
@access.requires(Role.STUDENT, Role.FACILITY_CONTACT)
def index() -> str:
    """The person's conversations."""
    actor = access.require_actor()
    page = queries.page_of(queries.readable(actor), page=page_number(request.args.get("page")))
    return _shown("messages/index.html", actor, page.items, page=page)


@bp.route("/<int:thread_id>", methods=["GET", "POST"])
@access.requires(Role.STUDENT, Role.FACILITY_CONTACT, Role.COORDINATOR)
def show(thread_id: int) -> Answer:
    """One conversation, to go on with. Coordinators see the held ones of their schools."""
    actor = access.require_actor()
    if actor.coordinated_schools and queries.count(_held(actor, thread_id)):
        return redirect(url_for("messages.held", thread_id=thread_id))
    thread = queries.one(queries.readable(actor), thread_id)
    form = MessageForm()
    if form.validate_on_submit() and _went_on(actor, thread, form):
        return redirect(url_for("messages.show", thread_id=thread_id, _anchor="last"))
    thread = queries.one(queries.readable(actor), thread_id)
    page = _shown("messages/show.html", actor, [thread], thread=thread, form=form, **_may(actor, thread))
    return (page, 422) if form.errors else page


@bp.route("/about/<int:slot_id>", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def write(slot_id: int) -> Answer:
    """A student's first message about a slot."""
    actor = access.require_actor()
    slot, student = slots.get_public_slot(slot_id), _student(actor)
    if student is None:
        raise NotFound("student")
    known = queries.about(student.id, slot_id)
    if known is not None:
        return redirect(url_for("messages.show", thread_id=known.id))
    form = MessageForm()
    way = policies.way(slot, student.id)
    if form.validate_on_submit() and (thread_id := _write(actor, slot_id, form)):
        return redirect(url_for("messages.show", thread_id=thread_id))
    slot = slots.get_public_slot(slot_id)
    page = render_template("messages/write.html", slot=slot, form=form, way=way.value)
    return (page, 422) if form.errors else page


@bp.get("/waiting")
@access.requires(Role.COORDINATOR)
def waiting() -> str:
    """Messages of the coordinator's students that no facility has seen yet."""
    actor = access.require_actor()
    page = queries.page_of(queries.held_for(actor), page=page_number(request.args.get("page")))
    return render_template("messages/waiting.html", page=page)


@bp.route("/waiting/<int:thread_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def held(thread_id: int) -> Answer:
    """Read one of them; forward it, or keep it back with a word to the student."""
    actor = access.require_actor()
    thread = queries.one(queries.held_for(actor), thread_id)
    form = DeclineForm()
    if "forward" in request.form:
        with transaction():
            services.forward(actor, thread_id, link=_link(), now=clock.now())
        flash(_("Forwarded. The facility answers the student here."), "good")
        return redirect(url_for("messages.waiting"))
    if form.validate_on_submit():
        with transaction():
            services.decline(actor, thread_id, note=form.note.data or "", link=_link(), now=clock.now())
        flash(_("Kept back. The student reads your words."), "good")
        return redirect(url_for("messages.waiting"))
    page = render_template("messages/held.html", thread=thread, form=form)
    return (page, 422) if form.errors else page


def _held(actor: Actor, thread_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(queries.held_for(actor), Thread.id == thread_id)


def _may(actor: Actor, thread: Thread) -> dict[str, object]:
    """Which side the reader is on, and whether the reader may write."""
    mine = thread.student.user_id == actor.user_id
    if not mine:
        return {"mine": False, "may_write": True}
    public = slots.is_public(thread.slot)
    return {"mine": True, "may_write": public and policies.way(thread.slot, thread.student_id) != "closed"}


def _went_on(actor: Actor, thread: Thread, form: MessageForm) -> bool:
    if thread.student.user_id == actor.user_id:
        return _write(actor, thread.slot_id, form) is not None
    with transaction():
        services.answer(actor, thread.id, body=form.body.data or "", link=_link(), now=clock.now())
    return True


def _write(actor: Actor, slot_id: int, form: MessageForm) -> int | None:
    """Send what the student typed; the conversation's number, or None with the error on the form."""
    try:
        with transaction():
            student = _student(actor)
            if student is None:
                raise NotFound("student")
            body = form.body.data or ""
            return services.write(actor, student, slot_id, body=body, link=_link(), now=clock.now()).id
    except DomainError as error:
        form.body.errors = [
            _("This facility takes no messages before the match.")
            if error.reason == "closed"
            else _("You wrote as many messages as one day allows. Go on tomorrow.")
        ]
        return None


def _shown(template: str, actor: Actor, threads: list[Thread], **values: object) -> str:
    """A page of conversations. Facilities read names under consent only; each is noted."""
    named = queries.known_by_name(threads)
    mine = {t.id for t in threads if t.student.user_id == actor.user_id}
    names = {
        t.id: t.student.user.name if t.id in named else _("Applicant %(alias)s", alias=t.alias)
        for t in threads
        if t.id not in mine
    }
    page = render_template(template, names=names, sides=Side, **values)
    seen = [named[i] for i in names if i in named]
    with fresh_write():
        disclosures.note(actor, seen, Seen.LINE, now=clock.now())
    return page


def _link() -> str:
    return str(current_app.config["PUBLIC_URL"]) + url_for("messages.show", thread_id=0)
