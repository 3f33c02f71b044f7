"""Report a problem; read the queue and resolve."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.messages import queries as messages
from marketplace.messages.models import Thread
from marketplace.paging import page_number
from marketplace.reports import services
from marketplace.reports.forms import KINDS, ReportForm, ResolutionForm
from marketplace.reports.models import ReportKind

bp = Blueprint("reports", __name__, url_prefix="/reports")


@bp.app_template_global()
def report_kind(kind: str) -> str:
    """A report's kind in words."""
    return str(KINDS[ReportKind(kind)])


@bp.route("/new", methods=["GET", "POST"])
@access.signed_in
def new() -> str | Response | tuple[str, int]:
    """Report a problem, from any page; ``kind`` and ``thread_id`` fill in what it is about."""
    thread = _thread(request.args.get("thread_id", type=int))
    form = ReportForm(kind=request.args.get("kind") or ("message" if thread else None))
    form.offer()
    if form.validate_on_submit() and _filed(form, thread.id if thread else None):
        flash(_("Thank you. Somebody responsible looks at it; you get a mail when they did."), "good")
        return redirect(url_for("home.start"))
    thread = _thread(request.args.get("thread_id", type=int))
    page = render_template("reports/new.html", form=form, thread=thread)
    return (page, 422) if form.errors else page


def _thread(thread_id: int | None) -> Thread | None:
    actor = access.require_actor()
    return messages.one(messages.readable(actor), thread_id) if thread_id else None


def _filed(form: ReportForm, thread_id: int | None) -> bool:
    try:
        with transaction():
            services.file(
                access.require_actor(),
                kind=ReportKind(form.kind.data),
                body=form.body.data or "",
                thread_id=thread_id,
                about_coordinator=bool(form.about_coordinator.data),
                link=str(current_app.config["PUBLIC_URL"]) + url_for("reports.queue"),
                now=clock.now(),
            )
    except DomainError:
        form.body.errors = [_("You sent many reports today. Speak to your coordinator or operator.")]
        return False
    return True


@bp.get("")
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def queue() -> str:
    """Reports that wait, or those resolved."""
    done = request.args.get("show") == "resolved"
    page = services.queue(access.require_actor(), page=page_number(request.args.get("page")), done=done)
    return render_template("reports/queue.html", page=page, done=done)


@bp.route("/<int:report_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def show(report_id: int) -> str | Response | tuple[str, int]:
    """One report with the conversation it is about; note what was done."""
    actor = access.require_actor()
    report, reporter = services.one(actor, report_id)
    form = ResolutionForm()
    if form.validate_on_submit():
        with transaction():
            services.resolve(actor, report_id, resolution=form.resolution.data or "", now=clock.now())
        flash(_("Resolved. Whoever reported it is told that it was looked at."), "good")
        return redirect(url_for("reports.queue"))
    thread = messages.one(Thread.id == report.thread_id, report.thread_id) if report.thread_id else None
    page = render_template("reports/show.html", report=report, reporter=reporter, thread=thread, form=form)
    return (page, 422) if form.errors else page
