"""Students by CSV: name, e-mail, programme. Who is new is invited; nobody's account is changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Invitation, Role, User
from marketplace.cells import Problem, Row, fold
from marketplace.db import db
from marketplace.imports.models import UploadKind
from marketplace.imports.plans import Act, Plan, Source, Step
from marketplace.schools.models import Programme
from marketplace.students import services as students
from marketplace.students.models import Student
from marketplace.tables import Checked, Layout, Values, doubtful_ranks

Pair = tuple[str, int]


def parse(row: Row) -> Values:
    """A checked row."""
    return {
        "name": row.text("name", most=120, required=True),
        "email": _email(row),
        "programme": row.text("programme", most=160, required=True),
        "school": row.text("school", most=160),
    }


def _email(row: Row) -> str:
    value = row.text("email", most=254, required=True)
    if not value:
        return ""
    try:
        return str(validate_email(value, check_deliverability=False).normalized)
    except EmailNotValidError:
        said = gettext("%(value)s is no e-mail address", value=repr(value))
        row.wrong("email", said, gettext("write it like name@college.edu"))
        return ""


def key(values: Values) -> tuple[str, ...] | None:
    """One person in one programme."""
    if not values["email"]:
        return None
    return values["email"].lower(), fold(values["programme"])


@dataclass(slots=True)
class _Known:
    """What stands already: students and open invitations by (address, programme)."""

    programmes: list[Programme]
    students: dict[Pair, Student] = field(default_factory=dict)
    invited: dict[Pair, Invitation] = field(default_factory=dict)


def plan(actor: Actor, checked: Checked, now: datetime) -> Plan:
    """What the file would do."""
    found = Plan(
        problems=list(checked.problems),
        unused=checked.table.unused,
        doubtful=doubtful_ranks(checked.table),
        rows=len(checked.table.rows),
    )
    known = _known(actor, now)
    placed = [
        (line, values, _programme(line, values, checked, known, found)) for line, values in checked.rows
    ]
    wanted = {(values["email"].lower(), p.id) for _line, values, p in placed if p is not None}
    found.steps = [_step(line, v, p, known, wanted) for line, v, p in placed if p is not None]
    return found


def _known(actor: Actor, now: datetime) -> _Known:
    mine = Programme.school_id.in_(actor.coordinated_schools)
    programmes = sa.select(Programme).where(mine).options(joinedload(Programme.school))
    found = _Known(list(db.session.scalars(programmes.order_by(Programme.name, Programme.id))))
    enrolled = (
        sa.select(sa.func.lower(User.email), Student)
        .join(Student, Student.user_id == User.id)
        .join(Programme, Programme.id == Student.programme_id)
        .where(mine)
    )
    open_ = (
        sa.select(Invitation)
        .join(Programme, Programme.id == Invitation.programme_id)
        .where(mine, Invitation.accepted_at.is_(None), Invitation.expires_at > now)
        .order_by(Invitation.id)
    )
    found.students = {(email, s.programme_id): s for email, s in db.session.execute(enrolled)}
    for invitation in db.session.scalars(open_):
        if invitation.programme_id is not None:
            found.invited[invitation.email.lower(), invitation.programme_id] = invitation
    return found


def _programme(line: int, values: Values, checked: Checked, known: _Known, plan: Plan) -> Programme | None:
    """The programme a row names; where there is none, or several, a problem is noted."""
    named = [p for p in known.programmes if fold(p.name) == fold(values["programme"])]
    if values["school"]:
        named = [p for p in named if fold(p.school.name) == fold(values["school"])]
    if len(named) == 1:
        return named[0]
    column, wanted = checked.table.headings["programme"], repr(values["programme"])
    if named:
        mend = gettext("add a column School with the school's name")
        reason = gettext("several of your schools have a programme %(value)s", value=wanted)
    else:
        mend = gettext("write one of: %(choice)s", choice=", ".join(p.name for p in known.programmes))
        reason = gettext("your schools have no programme %(value)s", value=wanted)
    plan.problems.append(Problem(line, column, reason, mend))
    return None


def _step(line: int, values: Values, programme: Programme, known: _Known, wanted: set[Pair]) -> Step:
    email = values["email"].lower()
    what = f"{values['name']}, {values['email']}"
    values = {**values, "programme_id": programme.id, "school_id": programme.school_id}
    student, open_ = known.students.get((email, programme.id)), known.invited.get((email, programme.id))
    if student is not None and student.approved_at is not None:
        said = gettext("is in %(programme)s", programme=programme.name)
        return Step(line, Act.UNCHANGED, what, (said,))
    if student is not None:
        said = gettext("asked to join %(programme)s and is taken in", programme=programme.name)
        return Step(line, Act.CHANGED, what, (said,), "approve", values, student.id)
    if open_ is not None and open_.name == values["name"]:
        said = gettext("was invited to %(programme)s and has not answered yet", programme=programme.name)
        return Step(line, Act.UNCHANGED, what, (said,))
    if open_ is not None:
        said = gettext("the name becomes “%(new)s” (was “%(old)s”)", new=values["name"], old=open_.name)
        return Step(line, Act.CHANGED, what, (said,), "rename", values, open_.id)
    return _invited(line, what, values, programme, known, wanted)


def _invited(
    line: int, what: str, values: Values, programme: Programme, known: _Known, wanted: set[Pair]
) -> Step:
    """An invitation; one to a programme that the file no longer names for this person ends with it."""
    email = values["email"].lower()
    said = gettext("is invited to %(programme)s", programme=programme.name)
    for pair, old in known.invited.items():
        if pair[0] == email and pair not in wanted:
            former = next(p.name for p in known.programmes if p.id == pair[1])
            ends = gettext("the unanswered invitation to %(programme)s ends", programme=former)
            return Step(line, Act.CHANGED, what, (said, ends), "move", values, old.id)
    return Step(line, Act.NEW, what, (said,), "invite", values)


def write(actor: Actor, plan: Plan, link: str, now: datetime) -> None:
    """Invite, take in, correct names. Raises NotFound where the actor may not, or someone was faster."""
    for step in plan.writes:
        target = step.target or 0
        if step.how == "approve":
            students.approve(actor, target, now=now)
        elif step.how == "rename":
            accounts.rename_invitation(actor, target, step.values["name"], now=now)
        else:
            if step.how == "move":
                accounts.withdraw_invitation(actor, target, now=now)
            _invite(actor, step.values, link, now)


def _invite(actor: Actor, values: Values, link: str, now: datetime) -> None:
    accounts.invite(
        actor,
        values["email"],
        Role.STUDENT,
        now=now,
        link=link,
        school_id=values["school_id"],
        programme_id=values["programme_id"],
        name=values["name"],
    )


SOURCE = Source(
    UploadKind.STUDENTS,
    Layout(
        {
            "name": ("name", "fullname", "student", "studentname"),
            "email": ("email", "emailaddress", "mail"),
            "programme": ("programme", "program", "programname", "programmename"),
            "school": ("school", "college"),
        },
        required=("name", "email", "programme"),
    ),
    parse,
    key,
    plan,
    write,
    example=(
        ("Name", "E-mail", "Programme"),
        ("Ada Example", "ada@college.example", "Health Information Technology AAS"),
    ),
    hints=(
        ("Name", True, _("As it should stand on their account; they can change it")),
        ("E-mail", True, _("Where the invitation goes")),
        ("Programme", True, _("Exactly as it is called on your programmes' page")),
        ("School", False, _("Only if two of your schools have a programme of one name")),
    ),
)
