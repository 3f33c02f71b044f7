"""Choose among applicants by link: tiers, certify, one applicant's profile. The code comes first."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.access import Actor
from marketplace.applications import consents, disclosures
from marketplace.applications import queries as applications
from marketplace.applications.models import Seen
from marketplace.db import fresh_write, transaction
from marketplace.errors import Conflict, NotFound, WrongPhase
from marketplace.guests import doors, people
from marketplace.guests.blueprint import bp
from marketplace.links import services as links
from marketplace.links.models import LinkToken, Purpose
from marketplace.rankings import queries, services
from marketplace.rankings.desk import MOST_TIERS, Desk, Typed, open_desk, posted_tiers
from marketplace.students import queries as students

Answer = str | Response | tuple[str, int]


@bp.get("/rank/<rank_token>")
@access.public
def rank(rank_token: str) -> str:
    """The applicants in their tiers, once the code was typed."""
    token = doors.open_(rank_token, Purpose.RANK)
    if not doors.has_pass(token):
        return ask_code(rank_token, token)
    actor, desk = opened(token)
    return _applicants(rank_token, actor, desk)


@bp.post("/rank/<rank_token>")
@access.public
def save_rank(rank_token: str) -> Answer:
    """Save the tiers as a draft; then stay, or go on to certify."""
    token = doors.open_(rank_token, Purpose.RANK)
    if not doors.has_pass(token):
        return redirect(url_for("guests.rank", rank_token=rank_token))
    actor, desk = opened(token)
    tiers, then_any = posted_tiers(desk, request.form), request.form.get("rest") == "any"
    if (tiers, then_any) != (desk.tiers, desk.then_any) or desk.current is None:
        problem = save(actor, desk, tiers, then_any, certify=False)
        if problem:
            typed = Typed(tiers, then_any)
            return _applicants(rank_token, actor, opened(token)[1], problem, typed), 409
    onward = "guests.certify" if request.form.get("save") == "certify" else "guests.rank"
    return redirect(url_for(onward, rank_token=rank_token))


@bp.route("/rank/<rank_token>/certify", methods=["GET", "POST"])
@access.public
def certify(rank_token: str) -> Answer:
    """Look once more, then certify; the receipt follows."""
    token = doors.open_(rank_token, Purpose.RANK)
    if not doors.has_pass(token):
        return redirect(url_for("guests.rank", rank_token=rank_token))
    actor, desk = opened(token)
    back = url_for("guests.rank", rank_token=rank_token)
    if request.method == "GET":
        return shown("rankings/applicants_certify.html", actor, desk, back_url=back)
    problem = save(actor, desk, desk.tiers, desk.then_any, certify=True, done=token)
    if problem:
        return _applicants(rank_token, actor, opened(token)[1], problem), 409
    return receipt(desk, back)


@bp.get("/rank/<rank_token>/applicants/<int:application_id>")
@access.public
def applicant(rank_token: str, application_id: int) -> Answer:
    """One applicant's profile, while the consent stands. Each opening is noted."""
    token = doors.open_(rank_token, Purpose.RANK)
    if not doors.has_pass(token):
        return redirect(url_for("guests.rank", rank_token=rank_token))
    actor, desk = opened(token)
    application = applications.applicant(desk.round.id, desk.slot.id, application_id)
    page = render_template(
        "rankings/applicant.html",
        round=desk.round,
        slot=desk.slot,
        application=application,
        student=application.student,
        card=students.profile_card(
            application.student, background=consents.names(application_id, "background")
        ),
        back_url=url_for("guests.rank", rank_token=rank_token),
    )
    with fresh_write():
        disclosures.note(actor, [application_id], Seen.PROFILE, now=clock.now())
    return page


def ask_code(secret: str, token: LinkToken) -> str:
    """The page before any that names a student."""
    sent = token.code_expires_at is not None and clock.now() < token.code_expires_at
    return render_template("guests/code.html", secret=secret, masked=doors.masked(token.link), sent=sent)


def opened(token: LinkToken) -> tuple[Actor, Desk]:
    """Who holds the link, and the desk it leads to."""
    link, actor = token.link, people.holder(token.link)
    return actor, open_desk(actor, link.round_id or 0, link.slot_id or 0, now=clock.now())


def save(
    actor: Actor,
    desk: Desk,
    tiers: list[list[int]],
    then_any: bool,
    *,
    certify: bool,
    done: LinkToken | None = None,
) -> str:
    """Save a list; what to say where that failed, else nothing."""
    base = request.form.get("base_version", "")
    if not base.isdecimal():
        raise NotFound("form")
    now = clock.now()
    try:
        with transaction():
            services.save_slot_list(
                actor,
                desk.round.id,
                desk.slot.id,
                tiers,
                then_any=then_any,
                certify=certify,
                base_version=int(base),
                now=now,
            )
            if done is not None:
                links.finish(actor, done.link, now=now)
    except Conflict:
        return _("This list was changed meanwhile. Here is the newer version; yours was not saved over it.")
    except WrongPhase:
        return _("Ranking is closed. Your last certified version stays as it is.")
    return ""


def shown(template: str, actor: Actor, desk: Desk, **values: object) -> str:
    """A page that names the applicants; what it discloses is noted."""
    page = render_template(template, desk=desk, **values)
    with fresh_write():
        disclosures.note(actor, [a.id for a in desk.applicants], Seen.LINE, now=clock.now())
    return page


def receipt(desk: Desk, back_url: str | None) -> str:
    """What a contact keeps of a certified list."""
    saved = queries.in_force(queries.Owner(desk.round.id, slot_id=desk.slot.id))
    return render_template(
        "guests/certified.html", round=desk.round, slot=desk.slot, saved=saved, back_url=back_url
    )


def _applicants(
    rank_token: str, actor: Actor, desk: Desk, error: str | None = None, typed: Typed | None = None
) -> str:
    def profile_url(application_id: int) -> str:
        return url_for("guests.applicant", rank_token=rank_token, application_id=application_id)

    return shown(
        "rankings/applicants.html",
        actor,
        desk,
        error=error,
        most=MOST_TIERS,
        profile_url=profile_url,
        save_url=url_for("guests.save_rank", rank_token=rank_token),
        typed=typed,
    )
