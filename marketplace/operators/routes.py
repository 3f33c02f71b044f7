"""The operator's pages."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.mail import mailboxes
from marketplace.mail import services as mail
from marketplace.operators import queries
from marketplace.operators.forms import CoordinatorForm, ReturnedForm
from marketplace.paging import page_number
from marketplace.runs import beats
from marketplace.schools import services as schools
from marketplace.schools.forms import SchoolForm

bp = Blueprint("operators", __name__, url_prefix="/operator")


@bp.get("")
@access.requires(Role.OPERATOR)
def overview() -> str:
    """Schools, facilities to verify, mail, and what happened last."""
    total, waiting = queries.facilities()
    return render_template(
        "operators/overview.html",
        schools=queries.schools(),
        facilities=total,
        waiting=waiting,
        mail=queries.mail_state(),
        beat=beats.last(),
        late=beats.late(clock.now()),
        events=queries.events(1, size=10).items,
    )


@bp.route("/schools/new", methods=["GET", "POST"])
@access.requires(Role.OPERATOR)
def new_school() -> str | Response | tuple[str, int]:
    """Add a school and invite its first coordinator."""
    form = SchoolForm()
    form.offer()
    if form.validate_on_submit() and _add(form):
        flash(_("The school is added."), "good")
        return redirect(url_for("operators.overview"))
    page = render_template("operators/school_form.html", form=form)
    return (page, 422) if form.errors else page


def _add(form: SchoolForm) -> bool:
    actor, now = access.require_actor(), clock.now()
    try:
        with transaction():
            school = schools.create(
                actor,
                name=form.name.data or "",
                city=form.city.data or "",
                state=form.state.data or "",
                now=now,
            )
            if form.email.data:
                _invite(form.email.data, school.id)
    except DomainError:
        form.name.errors = [_("There is a school of this name")]
        return False
    return True


@bp.route("/schools/<int:school_id>/coordinator", methods=["GET", "POST"])
@access.requires(Role.OPERATOR)
def invite_coordinator(school_id: int) -> str | Response | tuple[str, int]:
    """Invite a coordinator of a school."""
    school = queries.school(school_id)
    form = CoordinatorForm()
    if form.validate_on_submit():
        email = form.email.data or ""
        with transaction():
            _invite(email, school_id)
        flash(_("The invitation is on its way to %(email)s.", email=email), "good")
        return redirect(url_for("operators.overview"))
    page = render_template("operators/coordinator_form.html", form=form, school=school)
    return (page, 422) if form.errors else page


def _invite(email: str, school_id: int) -> None:
    link = str(current_app.config["PUBLIC_URL"]) + url_for("invitations.accept", token="TOKEN")
    actor = access.require_actor()
    accounts.invite(actor, email, Role.COORDINATOR, now=clock.now(), link=link, school_id=school_id)


@bp.route("/mail", methods=["GET", "POST"])
@access.requires(Role.OPERATOR)
def failed_mail() -> str | Response | tuple[str, int]:
    """Messages whose last try failed; note an address that returned one later."""
    form = ReturnedForm()
    if form.validate_on_submit():
        email, now = form.email.data or "", clock.now()
        with transaction():
            known = mailboxes.returned(email, form.reason.data or _("It came back"), now=now)
        if known:
            flash(_("Noted. Coordinators see it, and the mail goes out again once it is mended."), "good")
            return redirect(url_for("operators.failed_mail"))
        form.email.errors = [_("No mail was sent to this address")]
    page = render_template(
        "operators/mail.html",
        form=form,
        messages=queries.failed_mail(),
        most=mail.MAX_ATTEMPTS,
        state=queries.mail_state(),
    )
    return (page, 422) if form.errors else page


@bp.post("/mail/<int:message_id>/retry")
@access.requires(Role.OPERATOR)
def retry_mail(message_id: int) -> Response:
    """Have a message tried again."""
    with transaction():
        if not mail.retry(message_id):
            raise NotFound("message")
    flash(_("It is tried again with the next delivery."), "good")
    return redirect(url_for("operators.failed_mail"))


@bp.get("/events")
@access.requires(Role.OPERATOR)
def events() -> str:
    """The audit trail."""
    return render_template(
        "operators/events.html", page=queries.events(page_number(request.args.get("page")))
    )
