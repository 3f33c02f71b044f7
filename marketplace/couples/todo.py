"""What a student who is asked, or whose partner certified, should do."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.couples import queries
from marketplace.filters import until
from marketplace.rounds import policies
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """Invitations to answer, and lists of pairs that wait for this student's certificate."""
    if not actor.has(Role.STUDENT):
        return []
    mine = [(r, i) for r, i in rounds.rounds_with_student(actor) if r.couples and policies.is_open(r, now)]
    if not mine:
        return []
    waiting = queries.waiting_for([r.id for r, _i in mine], [i for _r, i in mine])
    found = []
    for round_, student_id in mine:
        if round_.id in waiting:
            found.append(_item(round_, _("Certify your list of pairs"), _("Your partner has."), now))
        elif queries.of_student(round_.id, student_id) is None:
            for couple in queries.invitations(round_.id, student_id, actor.email):
                title = _("%(name)s asks to be placed together with you", name=couple.inviter.user.name)
                found.append(_item(round_, title, _("If you do nothing, nothing changes."), now))
    return found


def _item(round_: Round, title: str, text: str, now: datetime) -> TodoItem:
    return TodoItem(
        title,
        text=text,
        due=_("Lists close %(when)s", when=until(round_.ranking_closes_at, now)),
        due_at=round_.ranking_closes_at,
        url=url_for("couples.mine", round_id=round_.id),
        action=_("Open"),
    )
