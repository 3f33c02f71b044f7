"""A coordinator makes a round, chooses its slots, announces it or calls it off; anyone reads its rules."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError, WrongPhase
from marketplace.rounds import changes, contention, preassigned, queries, services, truth, wizard
from marketplace.rounds.contention import Claim
from marketplace.rounds.forms import CancelForm, RoundForm, local_calendar, stored_rules
from marketplace.rounds.wizard import STEPS, WizardForm
from marketplace.rounds.words import CLAIMS, blame
from marketplace.schools import queries as schools

_Form = TypeVar("_Form", RoundForm, WizardForm)
bp = Blueprint("rounds", __name__, url_prefix="/rounds")


@bp.get("")
@access.requires(Role.COORDINATOR)
def index() -> str:
    """The rounds of the coordinator's schools."""
    return render_template("rounds/index.html", rounds=queries.coordinated_rounds(access.require_actor()))


@bp.route("/new", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def new() -> str | Response | tuple[str, int]:
    """Make a draft round, step by step, or like an earlier one."""
    actor, now = access.require_actor(), clock.now()
    form = _offer(WizardForm(wizard.followed(request.form)) if request.form else _fresh(now))
    step = STEPS[0]
    if form.is_submitted():
        step = wizard.step_after(form, request.form.get("go", ""), now)
        if step == "make":
            if made := _create(form, now):
                flash(_("The round is a draft. Choose its slots, then announce it."), "good")
                return redirect(url_for("rounds.slots", round_id=made))
            step = wizard.step_to_blame(form)
    form.step.data = step
    page = render_template(
        "rounds/wizard.html", form=form, step=step, steps=STEPS, earlier=queries.coordinated_rounds(actor)[:1]
    )
    return (page, 422) if form.errors else page


def _fresh(now: datetime) -> WizardForm:
    """The first page: the usual round, or all of an earlier one."""
    today = now.date()
    copy = request.args.get("copy", "")
    if not copy.isdecimal():
        return WizardForm(data=wizard.suggestion(today))
    earlier = queries.coordinated(access.require_actor(), int(copy))
    programmes = [programme.id for programme in queries.programmes(earlier.id)]
    starts = [row.slot.starts_on for row in queries.round_slots(earlier.id)]
    return WizardForm(
        data=wizard.copied(earlier, programmes, first_slot=min(starts, default=None), today=today)
    )


def _create(form: WizardForm, now: datetime) -> int | None:
    calendar, rules = form.calendar(), form.rules(form.zone)
    if calendar is None or rules is None:
        return None
    try:
        with transaction():
            made = services.create(
                access.require_actor(),
                form.school.data,
                name=form.name.data or "",
                time_zone=form.time_zone.data,
                calendar=calendar,
                programme_ids=form.programmes.data or [],
                now=now,
                **rules,
            )
            return made.id
    except DomainError as error:
        blame(form, error)
        return None


@bp.route("/<int:round_id>/edit", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def edit(round_id: int) -> str | Response | tuple[str, int]:
    """Change a round before ranking opens."""
    actor, now = access.require_actor(), clock.now()
    round_ = queries.coordinated(actor, round_id)
    chosen = [programme.id for programme in queries.programmes(round_id)]
    form = _offer(
        RoundForm(
            data={
                **local_calendar(round_),
                "name": round_.name,
                "time_zone": round_.time_zone,
                **stored_rules(round_),
                "programmes": chosen,
                "school": round_.school_id,
            }
        )
    )
    if (
        form.validate_on_submit()
        and (calendar := form.calendar())
        and (rules := form.rules(ZoneInfo(form.time_zone.data)))
    ):
        try:
            with transaction():
                held = queries.coordinated(actor, round_id, lock=True)
                changes.revise(
                    actor,
                    held,
                    name=form.name.data or "",
                    time_zone=form.time_zone.data,
                    calendar=calendar,
                    programme_ids=form.programmes.data or [],
                    reason=form.reason.data or "",
                    now=now,
                    **rules,
                )
        except WrongPhase:
            flash(_("Ranking is open or over: the round can't be changed any more."), "bad")
            return redirect(url_for("coordination.dashboard", round_id=round_id))
        except DomainError as error:
            blame(form, error)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for("coordination.dashboard", round_id=round_id))
    page = render_template("rounds/form.html", form=form, round=round_)
    return (page, 422) if form.errors else page


@bp.route("/<int:round_id>/slots", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def slots(round_id: int) -> str | Response:
    """Choose the slots that take part."""
    actor, now = access.require_actor(), clock.now()
    round_ = queries.coordinated(actor, round_id)
    if request.method == "POST":
        wanted = [int(i) for i in request.form.getlist("slot") if i.isdecimal()]
        try:
            with transaction():
                added = services.add_slots(
                    actor, queries.coordinated(actor, round_id, lock=True), wanted, now=now
                )
        except WrongPhase:
            flash(_("Slots can't be added once ranking is open."), "bad")
        except DomainError as error:
            _say_contended(error)
        else:
            flash(ngettext("%(num)d slot added.", "%(num)d slots added.", added), "good")
        return redirect(url_for("rounds.slots", round_id=round_id))
    taking_part = queries.round_slots(round_id)
    known = {row.slot_id for row in taking_part}
    candidates = [slot for slot in queries.candidate_slots() if slot.id not in known]
    claims = contention.claims(round_, {slot.id for slot in candidates})
    return render_template(
        "rounds/slots.html",
        round=round_,
        taking_part=taking_part,
        candidates=[slot for slot in candidates if claims.get(slot.id) in (None, Claim.SHARED)],
        refused=[slot for slot in candidates if claims.get(slot.id) in (Claim.OWN, Claim.TAKEN)],
        claims=claims,
        claim_words=CLAIMS,
    )


def _say_contended(error: DomainError) -> None:
    """Nothing was added or announced: other rounds leave no places in some slots."""
    slots = {slot.id: f"{slot.facility.name}, {slot.title}" for slot in queries.candidate_slots()}
    for claim in (Claim.OWN, Claim.TAKEN):
        ids = error.details[claim.value]
        assert isinstance(ids, list)
        if ids:
            named = "; ".join(slots.get(i, "–") for i in ids)
            flash(f"{_('Nothing was changed.')} {named}: {CLAIMS[claim]}", "bad")


@bp.route("/<int:round_id>/announce", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def announce(round_id: int) -> str | Response:
    """Confirm, then open recruiting: the rules are public from here."""
    actor, now = access.require_actor(), clock.now()
    round_ = queries.coordinated(actor, round_id)
    if request.method == "POST":
        try:
            with transaction():
                services.open_recruiting(actor, queries.coordinated(actor, round_id, lock=True), now=now)
        except WrongPhase:
            flash(_("The round is already announced."), "info")
        except DomainError as error:
            if error.reason == "contended":
                _say_contended(error)
                return redirect(url_for("rounds.slots", round_id=round_id))
            if error.reason not in {"past", "calendar"}:
                raise
            flash(_("A deadline of this round is already past. Give it new dates, then announce it."), "bad")
            return redirect(url_for("rounds.edit", round_id=round_id))
        else:
            flash(_("The round is announced. Stages open and close by themselves at their dates."), "good")
        return redirect(url_for("coordination.dashboard", round_id=round_id))
    return render_template("rounds/announce.html", round=round_, slots=queries.round_slots(round_id))


@bp.route("/<int:round_id>/cancel", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def cancel(round_id: int) -> str | Response | tuple[str, int]:
    """Say why and confirm, then call the round off."""
    actor, now = access.require_actor(), clock.now()
    round_, form = queries.coordinated(actor, round_id), CancelForm()
    try:
        if form.is_submitted():
            with transaction():
                locked = queries.coordinated(actor, round_id, lock=True)
                changes.call_off(actor, locked, reason=form.reason.data or "", now=now)
            flash(_("The round is cancelled and everyone in it is told."), "good")
            return redirect(url_for("coordination.dashboard", round_id=round_id))
    except WrongPhase:
        flash(_("The round can't be cancelled any more."), "bad")
        return redirect(url_for("coordination.dashboard", round_id=round_id))
    except DomainError:
        form.reason.errors = [_("Say why, in words for everyone")]
    page = render_template("rounds/cancel.html", round=round_, form=form)
    return (page, 422) if form.errors else page


@bp.get("/<int:round_id>/rules")
@access.public
def rules(round_id: int) -> str:
    """A round's rules and calendar, for everyone."""
    round_ = queries.announced(round_id)
    return render_template(
        "rounds/rules.html",
        round=round_,
        programmes=queries.programmes(round_id),
        places=queries.places(round_id),
        log=changes.log(round_),
        truth=truth.of(round_),
        given=preassigned.count(round_id),
        now=clock.now(),
    )


def _offer(form: _Form) -> _Form:
    """Fill in the schools and programmes that the coordinator may choose."""
    offered = schools.coordinated(access.require_actor())
    form.school.choices = [(school.id, school.name) for school in offered]
    form.programmes.choices = [
        (programme.id, f"{programme.name}, {school.name}")
        for school in offered
        for programme in school.programmes
    ]
    return form
