"""Upload a file, see every bad row or what would change, confirm. Nothing is written before that."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import Conflict, DomainError, NotFound
from marketplace.imports import agreements, services, slots, students
from marketplace.imports.forms import ConfirmForm, UploadForm
from marketplace.imports.plans import Act, Plan, Source

bp = Blueprint("imports", __name__, url_prefix="/school/import")
SOURCES = (students.SOURCE, slots.SOURCE, agreements.SOURCE)
#: Where the mail that an import writes leads; importing agreements writes none.
_LINKS: dict[str, tuple[str, dict[str, str]]] = {
    "students": ("invitations.accept", {"token": "TOKEN"}),
    "slots": ("facilities.mine", {}),
    "agreements": ("agreements.index", {}),
}

Answer = str | Response | tuple[str, int]


@bp.get("")
@access.requires(Role.COORDINATOR)
def index() -> str:
    """What can be imported."""
    return render_template("imports/index.html", kinds=[source.kind.value for source in SOURCES])


def _upload(source: Source) -> Answer:
    """Choose a file; it is kept for an hour and shown on the next page."""
    actor, kind, form = access.require_actor(), source.kind.value, UploadForm()
    if form.validate_on_submit():
        try:
            file = form.file.data
            content = file.read(services.MOST_BYTES + 1)
            file.close()
            with transaction():
                services.keep(actor, source, file.filename or "", content, now=clock.now())
        except DomainError:
            form.file.errors = [_("This file is larger than %(n)s KB", n=services.MOST_BYTES // 1000)]
        else:
            return redirect(url_for(f"imports.{kind}_check"))
    page = render_template("imports/upload.html", form=form, kind=kind, source=source)
    return (page, 422) if form.errors else page


def _check(source: Source) -> Answer:
    """Every bad row, or what would change; confirm it."""
    actor, now, kind, form = access.require_actor(), clock.now(), source.kind.value, ConfirmForm()
    try:
        if form.validate_on_submit():
            seal, understood = form.seal.data or "", bool(form.understood.data)
            with transaction():
                done = services.confirm(
                    actor, source, seal=seal, understood=understood, link=_link(kind), now=now
                )
            flash(_("Done: %(new)s new, %(changed)s changed.", **_counts(done)), "good")
            return redirect(url_for("imports.index"))
    except Conflict:
        flash(_("Something changed meanwhile. Nothing was written: look at it again."), "bad")
    except NotFound:
        return _gone(kind)
    except DomainError as error:
        if error.reason == "doubtful":
            form.understood.errors = [_("Tick this, or take the columns out and upload the file again")]
        else:
            flash(_("Nothing was written: the file has rows to mend."), "bad")
    return _show(source, form)


def _show(source: Source, form: ConfirmForm) -> Answer:
    actor, now, kind = access.require_actor(), clock.now(), source.kind.value
    try:
        upload = services.kept(actor, source.kind, now=now)
    except NotFound:
        return _gone(kind)
    plan = services.plan(actor, source, upload.content, now=now)
    form.seal.data = plan.seal
    page = render_template("imports/check.html", form=form, plan=plan, kind=kind, upload=upload, acts=Act)
    return (page, 422) if form.is_submitted() else page


def _discard(source: Source) -> Response:
    """Forget the file."""
    with transaction():
        services.discard(access.require_actor(), source)
    flash(_("The file is forgotten. Nothing was written."), "good")
    return redirect(url_for("imports.index"))


def _template(source: Source) -> Response:
    """A file to fill in."""
    out = io.StringIO()
    csv.writer(out).writerows(source.example)
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    name = f"practicum-{source.kind.value}.csv"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _gone(kind: str) -> Response:
    flash(_("There is no file to look at: files are kept for an hour. Choose it again."), "info")
    return redirect(url_for(f"imports.{kind}"))


def _counts(plan: Plan) -> dict[str, int]:
    return {"new": len(plan.of(Act.NEW)), "changed": len(plan.of(Act.CHANGED))}


def _link(kind: str) -> str:
    page, values = _LINKS[kind]
    return str(current_app.config["PUBLIC_URL"]) + url_for(page, **values)  # type: ignore[arg-type]


def _add(source: Source, path: str, name: str, view: Callable[[Source], Answer], *methods: str) -> None:
    """Register `view` for one kind of file; each kind has routes of its own."""

    def bound() -> Answer:
        return view(source)

    bound.__doc__ = view.__doc__
    bp.add_url_rule(path, name, access.requires(Role.COORDINATOR)(bound), methods=list(methods))


for _source in SOURCES:
    _kind = _source.kind.value
    _add(_source, f"/{_kind}", _kind, _upload, "GET", "POST")
    _add(_source, f"/{_kind}/check", f"{_kind}_check", _check, "GET", "POST")
    _add(_source, f"/{_kind}/discard", f"{_kind}_discard", _discard, "POST")
    _add(_source, f"/{_kind}/template.csv", f"{_kind}_template", _template, "GET")
