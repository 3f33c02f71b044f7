"""A student appeals and reads the answer; coordinators try corrections and decide."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.appeals import policies, queries, services, trials
from marketplace.appeals.forms import AppealForm, DecisionForm, TrialForm
from marketplace.appeals.models import Appeal, Correction, Ground, Outcome, Remedy
from marketplace.appeals.words import correction_label, ground_label, outcome_label, remedy_label
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.rankings.models import RankList
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED

bp = Blueprint("appeals", __name__, url_prefix="/rounds/<int:round_id>")


@bp.app_context_processor
def _words() -> dict[str, object]:
    return {
        "correction_label": correction_label,
        "ground_label": ground_label,
        "outcome_label": outcome_label,
        "remedy_label": remedy_label,
    }


@bp.route("/appeal", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def mine(round_id: int) -> str | Response | tuple[str, int]:
    """The student's appeal: file it, or read how it stands."""
    actor, now = access.require_actor(), clock.now()
    round_, student = rounds.as_student(actor, round_id)
    _require_published(round_)
    form = AppealForm().offer()
    if form.validate_on_submit():
        try:
            with transaction():
                link = _public(url_for("appeals.of_round", round_id=round_id))
                ground, words = Ground(form.ground.data), form.words.data or ""
                services.file(actor, round_id, ground=ground, words=words, link=link, now=now)
        except DomainError as error:
            flash(
                _("Your appeal came after the last day.")
                if error.reason == "late"
                else _("Your appeal is there already."),
                "bad",
            )
        else:
            flash(_("Your appeal is with your coordinators. You get a mail with the answer."), "good")
        return redirect(url_for("appeals.mine", round_id=round_id))
    page = render_template(
        "appeals/mine.html",
        round=round_,
        appeal=queries.of_student(round_, student),
        until=policies.until(round_),
        open=policies.accepts(round_, now),
        form=form,
    )
    return (page, 422) if form.errors else page


@bp.post("/appeal/take-back")
@access.requires(Role.STUDENT)
def take_back(round_id: int) -> Response:
    """End an appeal that is not decided."""
    with transaction():
        services.take_back(access.require_actor(), round_id, now=clock.now())
    flash(_("You took your appeal back. Until the last day you can file it again."), "good")
    return redirect(url_for("appeals.mine", round_id=round_id))


@bp.get("/appeals")
@access.requires(Role.COORDINATOR)
def of_round(round_id: int) -> str:
    """The round's appeals, those that wait first."""
    round_ = _coordinated(round_id)
    until = policies.until(round_)
    return render_template("appeals/list.html", round=round_, appeals=queries.of_round(round_), until=until)


@bp.get("/appeals/<int:appeal_id>")
@access.requires(Role.COORDINATOR)
def show(round_id: int, appeal_id: int) -> str:
    """One appeal with the corrections that were tried."""
    round_ = _coordinated(round_id)
    return _page(round_, queries.one(round_, appeal_id))


@bp.post("/appeals/<int:appeal_id>/trial")
@access.requires(Role.COORDINATOR)
def try_correction(round_id: int, appeal_id: int) -> Response | tuple[str, int]:
    """Run the sealed input with one correction; nobody's result changes."""
    actor = access.require_actor()
    round_ = _coordinated(round_id)
    appeal = queries.one(round_, appeal_id)
    form = _trial_form(round_, appeal)
    if form.validate():
        try:
            with transaction():
                trials.run(actor, round_id, appeal_id, _corrected(form), now=clock.now())
        except DomainError as error:
            _blame(form, error)
        else:
            return redirect(url_for("appeals.show", round_id=round_id, appeal_id=appeal_id) + "#trials")
    return _page(_coordinated(round_id), queries.one(round_, appeal_id), trial=form), 422


@bp.post("/appeals/<int:appeal_id>/decide")
@access.requires(Role.COORDINATOR)
def decide(round_id: int, appeal_id: int) -> Response | tuple[str, int]:
    """Decide with a reason; the student gets a mail."""
    actor = access.require_actor()
    round_ = _coordinated(round_id)
    queries.one(round_, appeal_id)
    form = DecisionForm(prefix="decision").offer(_slots(round_))
    if form.validate():
        try:
            with transaction():
                link = _public(url_for("appeals.mine", round_id=round_id))
                services.decide(actor, round_id, appeal_id, _decision(form), link=link, now=clock.now())
        except DomainError as error:
            if error.reason == "decided":
                flash(_("This appeal was decided already."), "bad")
                return redirect(url_for("appeals.show", round_id=round_id, appeal_id=appeal_id))
            _lacks(form, str(error.details["field"]))
        else:
            flash(_("Decided. The student gets a mail and reads your reason."), "good")
            return redirect(url_for("appeals.of_round", round_id=round_id))
    return _page(_coordinated(round_id), queries.one(round_, appeal_id), decision=form), 422


def _page(
    round_: Round, appeal: Appeal, *, trial: TrialForm | None = None, decision: DecisionForm | None = None
) -> str:
    slots = {row.slot_id: row.slot for row in rounds.round_slots(round_.id)}
    return render_template(
        "appeals/show.html",
        round=round_,
        appeal=appeal,
        trials=queries.trials(appeal),
        slots=slots,
        people={row.student_id: row.student.user.name for row in rounds.participants(round_.id)},
        lists={saved.id: words for saved, words in _lists(round_, appeal)},
        trial=trial or _trial_form(round_, appeal),
        decision=decision or DecisionForm(prefix="decision").offer(_slots(round_)),
        place_waits=appeal.remedy is Remedy.EXTRA_PLACE and not queries.place_given(appeal),
    )


def _trial_form(round_: Round, appeal: Appeal) -> TrialForm:
    people = sorted(rounds.participants(round_.id), key=lambda row: row.student_id != appeal.student_id)
    students = [(row.student_id, row.student.user.name) for row in people]
    lists = [(saved.id, words) for saved, words in _lists(round_, appeal)]
    return TrialForm(prefix="trial").offer(students, _slots(round_), lists)


def _lists(round_: Round, appeal: Appeal) -> list[tuple[RankList, str]]:
    return [
        (
            saved,
            _("%(title)s, version %(n)s", title=title, n=saved.version)
            if title
            else _("The student's own list, version %(n)s", n=saved.version),
        )
        for saved, title in trials.uncounted(round_, appeal)
    ]


def _slots(round_: Round) -> list[tuple[int, str]]:
    return [
        (row.slot_id, f"{row.slot.facility.name}, {row.slot.title}") for row in rounds.round_slots(round_.id)
    ]


def _corrected(form: TrialForm) -> trials.Corrected:
    correction = Correction(form.correction.data)
    if correction is Correction.LIST:
        return trials.Corrected(correction, rank_list_id=form.rank_list.data)
    if correction is Correction.CAPACITY:
        return trials.Corrected(correction, slot_id=form.slot.data, capacity=form.capacity.data)
    return trials.Corrected(correction, slot_id=form.slot.data, student_id=form.student.data)


def _blame(form: TrialForm, error: DomainError) -> None:
    if error.reason == "untriable":
        form.correction.errors = [_("With this correction the input is not one that can be matched")]
        return
    messages = {
        "slot": (form.slot, _("Choose a slot that was in the match")),
        "student": (form.student, _("Choose a student of the round")),
        "capacity": (form.capacity, _("Say how many places")),
        "list": (form.rank_list, _("Choose a list")),
    }
    field, text = messages[str(error.details["field"])]
    field.errors = [text]


def _decision(form: DecisionForm) -> services.Decision:
    return services.Decision(
        Outcome(form.outcome.data),
        form.reason.data or "",
        remedy=Remedy(form.remedy.data) if form.remedy.data else None,
        slot_id=form.slot.data or None,
        agreed=bool(form.agreed.data),
    )


def _lacks(form: DecisionForm, name: str) -> None:
    messages = {
        "reason": (form.reason, _("Give the reason: the student reads it")),
        "remedy": (form.remedy, _("Choose what follows")),
        "slot": (form.slot, _("Choose the slot of the extra place")),
        "agreed": (form.agreed, _("Ask the facility first: nobody is placed there without its yes")),
    }
    field, text = messages[name]
    field.errors = [text]


def _coordinated(round_id: int) -> Round:
    round_ = rounds.coordinated(access.require_actor(), round_id)
    _require_published(round_)
    return round_


def _require_published(round_: Round) -> None:
    if round_.phase not in PUBLISHED:
        raise NotFound("appeal")


def _public(path: str) -> str:
    return str(current_app.config["PUBLIC_URL"]) + path
