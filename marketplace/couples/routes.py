"""The pages of two students who want to be placed together. The order is changed without JavaScript too."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.couples import lists, queries, services
from marketplace.couples.desk import Desk, open_desk
from marketplace.couples.forms import InviteForm
from marketplace.couples.lists import Pair
from marketplace.db import transaction
from marketplace.errors import Conflict, DomainError, NotFound, WrongPhase
from marketplace.rankings import order
from marketplace.rounds import policies

bp = Blueprint("couples", __name__, url_prefix="/rounds/<int:round_id>/couple")
Answer = str | Response | tuple[str, int]


@bp.app_context_processor
def _together() -> dict[str, object]:
    """What the pages of a student's own list say of the couple they are in."""
    if not (request.endpoint or "").startswith("rankings.") or not request.view_args:
        return {}
    actor = access.current_actor()
    try:
        if actor is not None and actor.has(Role.STUDENT):
            round_, student = services.as_student(actor, request.view_args["round_id"])
            couple = queries.of_student(round_.id, student.id)
            counts = couple is not None and queries.in_force(couple.id) is not None
            return {"couples_round": round_, "couple": couple, "pairs_count": counts}
    except NotFound:  # not theirs, or without couples
        pass
    return {}


@bp.get("")
@access.requires(Role.STUDENT)
def mine(round_id: int) -> str:
    """The list of pairs; before that the invitations."""
    return _page(round_id)


@bp.post("/invite")
@access.requires(Role.STUDENT)
def invite(round_id: int) -> Answer:
    """Ask whoever has this address. The answer is the same whether or not anybody does."""
    form = InviteForm()
    email = form.email.data or ""
    if form.validate_on_submit():
        try:
            with transaction():
                services.invite(
                    access.require_actor(), round_id, email, link=_link(round_id), now=clock.now()
                )
        except DomainError as error:
            form.email.errors = [_sentence(error)]
        else:
            flash(_("If a student of this round has this address, we have just written to them."), "good")
            return redirect(url_for("couples.mine", round_id=round_id))
    return _page(round_id, form=form), 422


@bp.post("/invitations/<int:couple_id>")
@access.requires(Role.STUDENT)
def answer(round_id: int, couple_id: int) -> Response:
    """Confirm an invitation, or decline it."""
    actor, now = access.require_actor(), clock.now()
    back = redirect(url_for("couples.mine", round_id=round_id))
    try:
        with transaction():
            if request.form.get("answer") == "confirm":
                services.confirm(actor, round_id, couple_id, link=_link(round_id), now=now)
                said = _("You are matched together. Make your list of pairs, and certify it both.")
            else:
                services.decline(actor, round_id, couple_id, now=now)
                said = _("Declined. You are matched by yourself.")
    except DomainError as error:
        flash(_sentence(error), "bad")
        return back
    flash(said, "good")
    return back


@bp.route("/leave", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def leave(round_id: int) -> str | Response:
    """Confirm, then end the couple or take the invitation back."""
    actor = access.require_actor()
    round_, student = services.as_student(actor, round_id)
    couple = queries.of_student(round_id, student.id)
    if couple is None and queries.asked(round_id, student.id) is None:
        raise NotFound("couple")
    if request.method == "GET":
        partner = lists.other(couple, student.id) if couple else None
        return render_template("couples/leave.html", round=round_, partner=partner)
    try:
        with transaction():
            services.leave(actor, round_id, now=clock.now())
    except (Conflict, WrongPhase) as error:
        flash(_sentence(error), "bad")
    else:
        flash(_("You are matched by yourself again. Look at your own list before lists close."), "good")
    return redirect(url_for("couples.mine", round_id=round_id))


@bp.post("/pairs")
@access.requires(Role.STUDENT)
def save(round_id: int) -> Response | tuple[str, int]:
    """Save what was posted as a new version; then stay, or go on to certify."""
    desk = open_desk(access.require_actor(), round_id, now=clock.now())
    saved = desk.current.pairs if desk.current else []
    wanted: list[Pair] = []
    try:
        wanted, anchor = _posted(desk)
        if desk.current is None or wanted != saved:
            _save(round_id, wanted)
    except order.BadNumber:
        return _page(round_id, error=_("Each pair needs a whole number, such as 1, 2, 3.")), 422
    except Conflict as error:
        return _page(round_id, error=_sentence(error), typed=wanted), 409
    except DomainError as error:
        kept = wanted[:-1] if "add" in request.form else wanted  # the order that came with the refused pair
        return _page(round_id, error=_sentence(error), typed=kept if kept != saved else None), 422
    if request.form.get("save") == "certify":
        return redirect(url_for("couples.certify", round_id=round_id))
    if anchor is None:
        flash(_("Saved. Neither of you has certified this version yet."), "good")
    return redirect(url_for("couples.mine", round_id=round_id, _anchor=anchor))


def _save(round_id: int, wanted: list[Pair]) -> None:
    with transaction():
        lists.save(
            access.require_actor(), round_id, wanted, base_version=_number("base_version"), now=clock.now()
        )


@bp.route("/certify", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def certify(round_id: int) -> Answer:
    """Look once more, then certify this version for yourself."""
    desk = open_desk(access.require_actor(), round_id, now=clock.now())
    if request.method == "GET":
        return render_template("couples/certify.html", desk=desk)
    name = desk.partner.user.name
    try:
        with transaction():
            saved = lists.certify(
                access.require_actor(),
                round_id,
                version=_number("version"),
                apart="apart" in request.form,
                link=_link(round_id),
                now=clock.now(),
            )
            counts = saved.digest is not None
    except Conflict as error:
        return _page(round_id, error=_sentence(error)), 409
    except DomainError as error:
        return _page(round_id, error=_sentence(error)), 422
    if counts:
        flash(_("Both of you certified this version. It counts."), "good")
    else:
        flash(_("Certified. It counts once %(name)s has certified it too.", name=name), "good")
    return redirect(url_for("couples.mine", round_id=round_id))


def _page(
    round_id: int, *, form: InviteForm | None = None, error: str = "", typed: list[Pair] | None = None
) -> str:
    """The list of those who are a couple; the invitations of those who are not."""
    actor, now = access.require_actor(), clock.now()
    round_, student = services.as_student(actor, round_id)
    if queries.of_student(round_id, student.id) is not None:
        desk = open_desk(actor, round_id, now=now)
        theirs = None if typed is None else desk.lines_of(typed)
        return render_template("couples/pairs.html", desk=desk, error=error, typed=theirs)
    return render_template(
        "couples/invite.html",
        round=round_,
        form=form or InviteForm(formdata=None),
        asked=queries.asked(round_id, student.id),
        invitations=queries.invitations(round_id, student.id, actor.email),
        open=policies.is_open(round_, now),
        error=error,
    )


def _posted(desk: Desk) -> tuple[list[Pair], str | None]:
    """The order that the form asks for, and the row to return to after a move without JavaScript."""
    known = {line.number: line.pair for line in desk.lines_of(_pairs_shown(desk))}
    shown = [int(i) for i in request.form.getlist("order") if i.isdecimal() and int(i) in known]
    typed = {i: request.form[f"rank-{i}"] for i in shown if f"rank-{i}" in request.form}
    wanted = order.read(shown, typed)
    if "move" in request.form:
        direction, _sep, row = request.form["move"].partition(":")
        if not row.isdecimal() or int(row) not in wanted:
            raise NotFound("row")
        wanted = order.move(wanted, int(row), direction)
        return [known[i] for i in wanted], f"rank-{wanted.index(int(row)) + 1}"
    if "remove" in request.form:
        return [known[i] for i in wanted if str(i) != request.form["remove"]], "ranking"
    pairs = [known[i] for i in wanted]
    if "add" in request.form:
        added = desk.in_order(_slot("mine"), _slot("theirs"))
        return [*pairs, added], f"rank-{len(pairs) + 1}"
    return pairs, None


def _pairs_shown(desk: Desk) -> list[Pair]:
    """The pairs that the form's numbers stand for: those of the version that it showed."""
    if "pair" in request.form:
        return [_pair(text) for text in request.form.getlist("pair")]
    shown = queries.version(desk.couple.id, _number("base_version"))
    return shown.pairs if shown else []


def _pair(text: str) -> Pair:
    """Two slots as the page writes them; empty: unplaced."""
    first, sep, second = text.partition("-")
    if not sep or not all(part == "" or part.isdecimal() for part in (first, second)):
        raise NotFound("form")
    return (int(first) if first else None, int(second) if second else None)


def _slot(name: str) -> int | None:
    """A place chosen for one of the two; empty: unplaced."""
    return _number(name) if request.form.get(name) else None


def _number(name: str) -> int:
    text = request.form.get(name, "")
    if not (text.isdecimal() and len(text) < 10):  # no row has a longer number
        raise NotFound("form")
    return int(text)


def _link(round_id: int) -> str:
    return str(current_app.config["PUBLIC_URL"]) + url_for("couples.mine", round_id=round_id)


def _sentence(error: DomainError) -> str:
    """What to say of a refusal."""
    if isinstance(error, WrongPhase):
        return _("Lists are closed. Nothing was changed.")
    known = {
        "yourself": _("This is your own address"),
        "paired": _("One of you is to be placed with somebody already"),
        "asked": _("You have asked somebody; take that invitation back first"),
        "too_many": _("You have sent as many invitations as one round allows; ask your coordinator"),
        "newer_version": _("Your partner changed the list. Here is the newer version; it was kept."),
        "repeated": _("This pair is on your list already"),
        "nowhere": _("Choose a place for at least one of you"),
        "not_applied": _("One of you has no application for this place any more"),
        "too_long": _("The list is too long"),
        "empty": _("Add at least one pair before you certify"),
    }
    return known.get(error.reason, _("This can't be done"))
