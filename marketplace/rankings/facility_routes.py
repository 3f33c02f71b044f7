"""A facility reads its applicants, puts them into tiers, certifies, and looks at earlier versions."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.applications import consents, disclosures
from marketplace.applications import queries as applications
from marketplace.applications.models import Seen
from marketplace.db import fresh_write, transaction
from marketplace.errors import Conflict, NotFound, WrongPhase
from marketplace.rankings import queries, services
from marketplace.rankings.desk import MOST_TIERS, Desk, Typed, open_desk, posted_tiers
from marketplace.rounds import queries as rounds
from marketplace.students import queries as students

bp = Blueprint("applicants", __name__, url_prefix="/rounds/<int:round_id>/slots/<int:slot_id>/applicants")


def _desk(round_id: int, slot_id: int) -> Desk:
    return open_desk(access.require_actor(), round_id, slot_id, now=clock.now())


@bp.get("")
@access.requires(Role.FACILITY_CONTACT)
def edit(round_id: int, slot_id: int) -> str:
    """The applicants in their tiers."""
    return _shown("rankings/applicants.html", _desk(round_id, slot_id), error=None, most=MOST_TIERS)


@bp.post("")
@access.requires(Role.FACILITY_CONTACT)
def save(round_id: int, slot_id: int) -> Response | tuple[str, int]:
    """Save the tiers as a draft; then stay, or go on to certify."""
    desk = _desk(round_id, slot_id)
    tiers, then_any = posted_tiers(desk, request.form), request.form.get("rest") == "any"
    if (tiers, then_any) != (desk.tiers, desk.then_any) or desk.current is None:
        failed = _save(desk, tiers, then_any, certify=False)
        if failed:
            return failed
    if request.form.get("save") == "certify":
        return redirect(url_for("applicants.certify", round_id=round_id, slot_id=slot_id))
    flash(_("Draft saved."), "good")
    return redirect(url_for("applicants.edit", round_id=round_id, slot_id=slot_id))


@bp.route("/certify", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def certify(round_id: int, slot_id: int) -> str | Response | tuple[str, int]:
    """Look once more, then certify; the receipt follows."""
    desk = _desk(round_id, slot_id)
    if request.method == "GET":
        return _shown("rankings/applicants_certify.html", desk)
    failed = _save(desk, desk.tiers, desk.then_any, certify=True)
    if failed:
        return failed
    flash(_("Your list is certified."), "good")
    return redirect(url_for("applicants.versions", round_id=round_id, slot_id=slot_id))


@bp.get("/versions")
@access.requires(Role.FACILITY_CONTACT)
def versions(round_id: int, slot_id: int) -> str:
    """Every saved version with its receipt."""
    round_, slot = rounds.as_facility(access.require_actor(), round_id, slot_id)
    saved = queries.versions(queries.Owner(round_id, slot_id=slot_id))
    in_force = next((v.version for v in saved if v.certified), None)
    return render_template(
        "rankings/applicants_versions.html", round=round_, slot=slot, versions=saved, in_force=in_force
    )


@bp.get("/<int:application_id>")
@access.requires(Role.FACILITY_CONTACT)
def profile(round_id: int, slot_id: int, application_id: int) -> str:
    """One applicant's profile, while the consent stands. Each opening is noted."""
    actor = access.require_actor()
    round_, slot = rounds.as_facility(actor, round_id, slot_id)
    application = applications.applicant(round_id, slot_id, application_id)
    page = render_template(
        "rankings/applicant.html",
        round=round_,
        slot=slot,
        application=application,
        student=application.student,
        card=students.profile_card(
            application.student, background=consents.names(application_id, "background")
        ),
    )
    with fresh_write():
        disclosures.note(actor, [application_id], Seen.PROFILE, now=clock.now())
    return page


def _save(desk: Desk, tiers: list[list[int]], then_any: bool, *, certify: bool) -> tuple[str, int] | None:
    try:
        base_version = int(request.form.get("base_version", ""))
    except ValueError:
        raise NotFound("form") from None
    try:
        with transaction():
            services.save_slot_list(
                access.require_actor(),
                desk.round.id,
                desk.slot.id,
                tiers,
                then_any=then_any,
                certify=certify,
                base_version=base_version,
                now=clock.now(),
            )
    except Conflict:
        message = _(
            "A colleague saved this list meanwhile. Here is the newer version; yours was not saved over it."
        )
        return _again(desk, message, 409, None if certify else Typed(tiers, then_any))
    except WrongPhase:
        return _again(desk, _("Ranking is closed. Your last certified version stays as it is."), 422)
    return None


def _again(desk: Desk, message: str, code: int, typed: Typed | None = None) -> tuple[str, int]:
    fresh = _desk(desk.round.id, desk.slot.id)
    save_url = url_for("applicants.save", round_id=desk.round.id, slot_id=desk.slot.id)
    values = {"error": message, "most": MOST_TIERS, "typed": typed, "save_url": save_url}
    return _shown("rankings/applicants.html", fresh, **values), code


def _shown(template: str, desk: Desk, **values: object) -> str:
    """A page that names the applicants; what it discloses is noted, once a person and day."""
    page = render_template(template, desk=desk, **values)
    ids = [a.id for a in desk.applicants]
    with fresh_write():
        disclosures.note(access.require_actor(), ids, Seen.LINE, now=clock.now())
    return page
