"""A student ranks the slots they applied to: drafts, certified versions, receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.applications import queries as applications
from marketplace.applications.models import Application
from marketplace.db import transaction
from marketplace.eligibility import queries as eligibility
from marketplace.eligibility.facts import Verdict
from marketplace.errors import Conflict, NotFound, WrongPhase
from marketplace.rankings import health, order, queries, services
from marketplace.rankings.health import Health
from marketplace.rankings.models import RankList
from marketplace.rounds import policies, truth
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.truth import Truth

bp = Blueprint("rankings", __name__, url_prefix="/rounds/<int:round_id>/ranking")


@dataclass(frozen=True)
class Desk:
    """What the ranking pages show: the round, the choices on the list, and those that could be added."""

    round: Round
    current: RankList | None
    in_force: RankList | None
    listed: Sequence[Application]
    addable: Sequence[Application]
    verdicts: Mapping[int, Verdict]
    open: bool
    health: Health
    truth: Truth

    @property
    def version(self) -> int:
        """The version on the desk, 0 before the first save."""
        return self.current.version if self.current else 0

    @property
    def slot_ids(self) -> list[int]:
        """The slots on the list, best first."""
        return [application.slot_id for application in self.listed]


@dataclass(frozen=True)
class RankedAt:
    """Where a slot stands on the student's list that counts, and how many others would still count."""

    rank: int | None
    others: int


@bp.app_context_processor
def _ranked_at() -> dict[str, object]:
    """What the page that takes an application back says of the student's list."""
    if request.endpoint != "applications.withdraw" or request.method != "GET" or not request.view_args:
        return {}
    actor = access.current_actor()
    if actor is None:
        return {}
    try:
        application = applications.own(actor, request.view_args["application_id"])
    except NotFound:  # the page being written says so
        return {}
    owner = queries.Owner(application.round_id, student_id=application.student_id)
    counting = queries.in_force(owner) or queries.current(owner)
    standing = {a.slot_id for a in applications.of_student(application.round_id, application.student_id)}
    listed = [i for tier in queries.tiers(counting) for i in tier if i in standing]
    mine = application.slot_id
    rank = listed.index(mine) + 1 if mine in listed else None
    return {"ranked_at": RankedAt(rank, len(listed) - (rank is not None))}


def _desk(round_id: int) -> Desk:
    actor, now = access.require_actor(), clock.now()
    round_, student = rounds.as_student(actor, round_id)
    owner = queries.Owner(round_id, student_id=student.id)
    current = queries.current(owner)
    by_slot = {a.slot_id: a for a in applications.of_student(round_id, student.id)}
    ranked = [i for tier in queries.tiers(current) for i in tier if i in by_slot]
    listed = [by_slot[i] for i in ranked]
    verdicts = eligibility.of_student(student.id, list(by_slot), round_) if by_slot else {}
    return Desk(
        round=round_,
        current=current,
        in_force=current if current is not None and current.certified else queries.in_force(owner),
        listed=listed,
        addable=[a for i, a in by_slot.items() if i not in set(ranked)],
        verdicts=verdicts,
        open=policies.accepts_lists(round_, now),
        health=health.of_list(round_, verdicts, listed),
        truth=truth.of(round_),
    )


@bp.get("")
@access.requires(Role.STUDENT)
def edit(round_id: int) -> str:
    """The ranking as it stands."""
    return render_template("rankings/edit.html", desk=_desk(round_id), error=None, typed=None)


@bp.post("")
@access.requires(Role.STUDENT)
def save(round_id: int) -> Response | tuple[str, int]:
    """Save what was posted as a draft; then stay, or go on to certify."""
    try:
        wanted, anchor = _posted_order()
        base = int(request.form.get("base_version", ""))
    except order.BadNumber:
        return _again(round_id, _("Each place needs a whole number, such as 1, 2, 3."))
    except ValueError:
        raise NotFound("form") from None
    desk = _desk(round_id)
    if wanted != desk.slot_ids or desk.current is None:
        failed = _save(round_id, wanted, certify=False, base_version=base)
        if failed:
            return failed
    if request.form.get("save") == "certify":
        return redirect(url_for("rankings.certify", round_id=round_id))
    if anchor is None:
        flash(_("Draft saved."), "good")
    return redirect(url_for("rankings.edit", round_id=round_id, _anchor=anchor))


@bp.route("/certify", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def certify(round_id: int) -> str | Response | tuple[str, int]:
    """Look once more, then certify; the receipt follows."""
    desk = _desk(round_id)
    if request.method == "GET" or not desk.listed:
        return render_template("rankings/certify.html", desk=desk)
    failed = _save(round_id, desk.slot_ids, certify=True, base_version=_base_version())
    if failed:
        return failed
    flash(_("Your list is certified. Keep the receipt below."), "good")
    return redirect(url_for("rankings.version", round_id=round_id, number=desk.version + 1))


@bp.get("/versions")
@access.requires(Role.STUDENT)
def versions(round_id: int) -> str:
    """Every saved version."""
    round_, student = rounds.as_student(access.require_actor(), round_id)
    owner = queries.Owner(round_id, student_id=student.id)
    saved = queries.versions(owner)
    in_force = next((v.version for v in saved if v.certified), None)
    return render_template("rankings/versions.html", round=round_, versions=saved, in_force=in_force)


@bp.get("/versions/<int:number>")
@access.requires(Role.STUDENT)
def version(round_id: int, number: int) -> str:
    """One version: its order, and its receipt."""
    round_, student = rounds.as_student(access.require_actor(), round_id)
    saved = queries.version(queries.Owner(round_id, student_id=student.id), number)
    names = {a.slot_id: a for a in applications.ever_of_student(round_id, student.id)}
    choices = [names[i] for tier in queries.tiers(saved) for i in tier]
    return render_template("rankings/version.html", round=round_, saved=saved, choices=choices)


def _save(
    round_id: int, slot_ids: list[int], *, certify: bool, base_version: int
) -> Response | tuple[str, int] | None:
    """Save; the response that says what went wrong, or None. Nothing typed is lost."""
    try:
        with transaction():
            services.save_student_list(
                access.require_actor(),
                round_id,
                slot_ids,
                certify=certify,
                base_version=base_version,
                now=clock.now(),
            )
    except Conflict:
        return _again(
            round_id,
            _("This list was changed in another window. Here is the newer version; it was kept."),
            409,
            typed=None if certify else slot_ids,
        )
    except WrongPhase:
        return _again(round_id, _("Ranking is closed. Your last saved version stays as it is."))
    return None


def _again(
    round_id: int, message: str, code: int = 422, *, typed: Sequence[int] | None = None
) -> tuple[str, int]:
    """The list as it stands, with what went wrong and the order that an older window had."""
    desk = _desk(round_id)
    standing = {a.slot_id: a for a in (*desk.listed, *desk.addable)}
    theirs = None if typed is None else [standing[i] for i in typed if i in standing]
    return render_template("rankings/edit.html", desk=desk, error=message, typed=theirs), code


def _base_version() -> int:
    try:
        return int(request.form.get("base_version", ""))
    except ValueError:
        raise NotFound("form") from None


def _posted_order() -> tuple[list[int], str | None]:
    """The order the form asks for, and the row to return to after a move without JavaScript."""
    shown = [int(i) for i in request.form.getlist("order")]
    typed = {i: request.form[f"rank-{i}"] for i in shown if f"rank-{i}" in request.form}
    wanted = order.read(shown, typed)
    if "move" in request.form:
        direction, _sep, row = request.form["move"].partition(":")
        return order.move(wanted, int(row), direction), f"rank-{row}"
    if "remove" in request.form:
        return [i for i in wanted if i != int(request.form["remove"])], "ranking"
    if "add" in request.form:
        added = int(request.form["add"])
        return [*[i for i in wanted if i != added], added], f"rank-{added}"
    return wanted, None
