"""Nominate a site, ask for a school, and answer both."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.paging import page_number
from marketplace.proposals import services
from marketplace.proposals.forms import AnswerForm, SchoolProposalForm, SiteProposalForm

bp = Blueprint("proposals", __name__)

Answer = str | Response | tuple[str, int]


@bp.route("/nominate", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def nominate() -> Answer:
    """A student names a site, or their own employer."""
    form = SiteProposalForm()
    if form.validate_on_submit() and _nominated(form):
        flash(_("Thank you. Your coordinator decides whether to ask them, and answers you."), "good")
        return redirect(url_for("home.start"))
    page = render_template("proposals/nominate.html", form=form)
    return (page, 422) if form.errors else page


def _nominated(form: SiteProposalForm) -> bool:
    try:
        with transaction():
            services.nominate_site(
                access.require_actor(),
                name=form.name.data or "",
                place=form.place.data or "",
                employer=bool(form.employer.data),
                words=form.words.data or "",
                now=clock.now(),
            )
    except DomainError:
        form.name.errors = [_("You named many places today. Go on tomorrow.")]
        return False
    return True


@bp.route("/ask-my-school", methods=["GET", "POST"])
@access.public
def ask_my_school() -> Answer:
    """Anyone asks for a school."""
    actor = access.current_actor()
    form = SchoolProposalForm()
    if form.validate_on_submit():
        with transaction():
            services.ask_for_school(
                actor,
                name=form.name.data or "",
                place=form.place.data or "",
                words=form.words.data or "",
                email=form.email.data or "",
                now=clock.now(),
            )
        flash(_("Thank you. Whoever runs this site reads it and decides whether to write there."), "good")
        return redirect(url_for("home.start"))
    page = render_template("proposals/ask_my_school.html", form=form)
    return (page, 422) if form.errors else page


@bp.get("/proposals")
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def queue() -> str:
    """What waits for an answer, or was answered."""
    done = request.args.get("show") == "answered"
    number = page_number(request.args.get("page"))
    page = services.queue(access.require_actor(), page=number, done=done)
    return render_template("proposals/queue.html", page=page, done=done)


@bp.route("/proposals/<int:proposal_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def show(proposal_id: int) -> Answer:
    """One of them; answer it."""
    actor = access.require_actor()
    proposal, proposer = services.one(actor, proposal_id)
    form = AnswerForm()
    if form.validate_on_submit():
        with transaction():
            services.answer(actor, proposal_id, words=form.answer.data or "", now=clock.now())
        flash(_("Answered."), "good")
        return redirect(url_for("proposals.queue"))
    page = render_template("proposals/show.html", proposal=proposal, proposer=proposer, form=form)
    return (page, 422) if form.errors else page
