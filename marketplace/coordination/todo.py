"""What a coordinator should do next in a round, most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.coordination import audience, preassigning, queries
from marketplace.coordination.models import ReminderKind
from marketplace.coordination.queries import Participant, SlotState
from marketplace.filters import instant, until
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import REHEARSABLE, Phase
from marketplace.rounds.policies import accepts_applications, accepts_lists, is_open, locks_at
from marketplace.runs import drawing, superseding
from marketplace.runs.queries import official_run
from marketplace.schools import queries as schools
from marketplace.todo import TodoItem

LATE = timedelta(hours=36)
SOON = timedelta(days=3)
#: Rounds that may need a coordinator; the home shows the few that close next.
_LIVE = (Phase.DRAFT, Phase.RECRUITING, Phase.APPLYING, Phase.RANKING, Phase.LOCKED, Phase.COMPUTED)
_SHOWN = 3


@dataclass(frozen=True)
class Figures:
    """What the items are made from."""

    round: Round
    people: Sequence[Participant]
    slots: Sequence[SlotState]
    failed: int
    missed_night: bool
    another_run: bool
    reminded: dict[ReminderKind, frozenset[int]]
    fallen: frozenset[int] = frozenset()


def figures(round_: Round, now: datetime) -> Figures:
    """Read the figures of a round."""
    return Figures(
        round_,
        queries.participants(round_),
        queries.slot_states(round_),
        failed=len(queries.failed_runs(round_.id)),
        missed_night=_missed(round_, now),
        another_run=_another_run(round_),
        reminded=audience.reminded_on(round_.id, audience.today(round_, now)),
        fallen=preassigning.impossible(round_) if is_open(round_, now) else frozenset(),
    )


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """The items of the coordinator's live rounds, each named after its round."""
    if not actor.has(Role.COORDINATOR):
        return []
    live = [r for r in rounds.coordinated_rounds(actor) if r.phase in _LIVE]
    if not live and not any(school.programmes for school in schools.coordinated(actor)):
        return [
            TodoItem(
                _("Add your programmes"),
                text=_("Students join a programme, and rounds are made of programmes."),
                url=url_for("schools.programmes"),
                action=_("Programmes"),
            )
        ]
    if not live:
        return [
            TodoItem(
                _("Make a round"),
                text=_("Name it, choose its dates and slots; the rest happens by itself."),
                url=url_for("rounds.new"),
                action=_("New round"),
            )
        ]
    found: list[TodoItem] = []
    for round_ in sorted(live, key=lambda r: (r.ranking_closes_at, r.id))[:_SHOWN]:
        open_ = TodoItem(
            round_.name,
            text=_("Where the round stands, and what the last forecast says."),
            url=url_for("coordination.dashboard", round_id=round_.id),
            action=_("Open the round"),
            kind="waiting",
        )
        found += [replace(i, title=f"{round_.name}: {i.title}") for i in items(figures(round_, now), now)]
        found.append(open_)
    return found


def items(known: Figures, now: datetime) -> list[TodoItem]:
    """What to do in one round."""
    found = [*_trouble(known), *_fallen(known, now), *_phase(known), *_contribution(known.round, now)]
    if accepts_applications(known.round, now):
        found += _applying(known, now)
    if accepts_lists(known.round, now):
        found += _ranking(known, now)
    return found


def _missed(round_: Round, now: datetime) -> bool:
    """Whether the nightly job should have rehearsed or sealed the round and did not."""
    if round_.phase is Phase.RANKING and now - locks_at(round_) > LATE:
        return True
    if round_.phase not in REHEARSABLE or now - round_.applying_opens_at < LATE:
        return False
    finished = queries.last_rehearsed(round_.id)
    return finished is None or now - finished > LATE


def _another_run(round_: Round) -> bool:
    """Whether somebody asks to have the decided round matched again."""
    run = official_run(round_.id) if round_.phase is Phase.COMPUTED else None
    return run is not None and superseding.opened(run.id) is not None


def _trouble(known: Figures) -> list[TodoItem]:
    found = []
    if known.missed_night:
        text = _(
            "Nothing happened to this round in the last day and a half. Ask your operator whether it runs."
        )
        found.append(TodoItem(_("The nightly job is late"), text=text, kind="urgent"))
    if known.another_run:
        found.append(
            TodoItem(
                _("Somebody asks to have the round matched again"),
                text=_("It takes a second person. Nothing is released until it is answered."),
                url=url_for("supersession.ask", round_id=known.round.id),
                action=_("Read what is asked"),
                kind="urgent",
            )
        )
    if known.failed:
        text = _("The nightly match gave up on a run. Ask your operator to look at the log.")
        found.append(TodoItem(_("A run failed"), text=text, kind="urgent"))
    return found


def _fallen(known: Figures, now: datetime) -> list[TodoItem]:
    """Places given before the match that it could not form any more."""
    if not known.fallen:
        return []
    return [
        TodoItem(
            ngettext(
                "%(num)d place given before the match is not possible any more",
                "%(num)d places given before the match are not possible any more",
                len(known.fallen),
            ),
            text=_("The student's own list counts instead. See what is in the way, or take it back."),
            due=_("Closes %(when)s", when=until(known.round.ranking_closes_at, now)),
            due_at=known.round.ranking_closes_at,
            url=url_for("preassigned.places", round_id=known.round.id),
            action=_("See the places"),
            kind="urgent",
        )
    ]


def _phase(known: Figures) -> list[TodoItem]:
    round_ = known.round
    if round_.phase is Phase.DRAFT and not known.slots:
        return [
            TodoItem(
                _("Choose the slots that take part"),
                text=_("Posted slots of verified facilities."),
                url=url_for("rounds.slots", round_id=round_.id),
                action=_("Choose slots"),
            )
        ]
    if round_.phase is Phase.DRAFT:
        return [
            TodoItem(
                _("Announce the round"),
                text=_("Students and facilities see it, its rules and its dates from then on."),
                url=url_for("rounds.announce", round_id=round_.id),
                action=_("Announce"),
            )
        ]
    if round_.phase is Phase.COMPUTED:
        return [
            TodoItem(
                _("Review the result and release it"),
                text=_("The match ran and was verified. Nobody else sees it until you release it."),
                due=_("Planned for %(when)s", when=instant(round_.release_planned_at, round_.zone)),
                due_at=round_.release_planned_at,
                url=url_for("decision.review", round_id=round_.id),
                action=_("Review"),
                kind="urgent",
            )
        ]
    return []


def _contribution(round_: Round, now: datetime) -> list[TodoItem]:
    """The match waits for what the lottery's public source says."""
    if round_.phase is not Phase.LOCKED or not drawing.awaits(round_) or round_.contribution_at is None:
        return []
    due = now >= round_.contribution_at
    return [
        TodoItem(
            _("Enter what the public source said") if due else _("The lottery waits for its public source"),
            text=round_.contribution_source,
            due=_("Published after %(when)s", when=instant(round_.contribution_at, round_.zone)),
            due_at=round_.contribution_at,
            url=url_for("contribution.enter", round_id=round_.id),
            action=_("Enter it") if due else _("See"),
            kind="urgent" if due else "waiting",
        )
    ]


def _applying(known: Figures, now: datetime) -> list[TodoItem]:
    idle = audience.concerned(ReminderKind.NO_APPLICATION, known.people)
    title = ngettext(
        "%(num)d student has not applied anywhere", "%(num)d students have not applied anywhere", len(idle)
    )
    text = _("They can only rank slots they applied to.")
    return _students(known, ReminderKind.NO_APPLICATION, idle, title, text, now)


def _ranking(known: Figures, now: datetime) -> list[TodoItem]:
    silent = audience.concerned(ReminderKind.NO_LIST, known.people)
    drafts = audience.concerned(ReminderKind.DRAFT_ONLY, known.people)
    title = ngettext("%(num)d student has no list", "%(num)d students have no list", len(silent))
    text = _("Without a list they are not in the match.")
    found = _students(known, ReminderKind.NO_LIST, silent, title, text, now)
    title = ngettext("%(num)d student has a draft only", "%(num)d students have a draft only", len(drafts))
    text = (
        _("Their last draft counts if they never certify.")
        if known.round.use_last_draft
        else _("A draft does not count in this round.")
    )
    found += _students(known, ReminderKind.DRAFT_ONLY, drafts, title, text, now)
    return found + _slots(known, now)


def _students(
    known: Figures, kind: ReminderKind, people: Sequence[Participant], title: str, text: str, now: datetime
) -> list[TodoItem]:
    """The item about students who could be reminded; none without any."""
    if not people:
        return []
    reminded = {p.row.student.user_id for p in people} <= known.reminded.get(kind, frozenset())
    deadline = known.round.ranking_closes_at
    if kind is ReminderKind.NO_APPLICATION:
        deadline = known.round.applying_closes_at
    return [_chase(known.round, kind, title, text, deadline, now, reminded=reminded)]


def _slots(known: Figures, now: datetime) -> list[TodoItem]:
    waiting = len(audience.unanswered(known.slots))
    if not waiting:
        return []
    title = ngettext(
        "%(num)d slot has applicants and no certified list",
        "%(num)d slots have applicants and no certified list",
        waiting,
    )
    text = _("Unless they answer, what they said at posting applies.")
    deadline = known.round.ranking_closes_at
    reminded = bool(known.reminded.get(ReminderKind.NO_ANSWER))
    return [_chase(known.round, ReminderKind.NO_ANSWER, title, text, deadline, now, reminded=reminded)]


def _chase(
    round_: Round,
    kind: ReminderKind,
    title: str,
    text: str,
    deadline: datetime,
    now: datetime,
    *,
    reminded: bool,
) -> TodoItem:
    """An item that leads to reminding the people it is about; calm once they were reminded today."""
    look = "urgent" if deadline - now < SOON else "now"
    return TodoItem(
        title,
        text=f"{text} {_('Reminded today.')}" if reminded else text,
        due=_("Closes %(when)s", when=until(deadline, now)),
        due_at=deadline,
        url=_list_of(round_.id, kind)
        if reminded
        else url_for("reminders.ask", round_id=round_.id, reminder_kind=kind.value),
        action=_("See who") if reminded else _("Remind them"),
        kind="waiting" if reminded else look,
    )


def _list_of(round_id: int, kind: ReminderKind) -> str:
    """The page of the people (or slots) that a kind of reminder is about."""
    if kind is ReminderKind.NO_ANSWER:
        return url_for("coordination.slots", round_id=round_id)
    show = {"no-application": "applications", "no-list": "none", "draft-only": "draft"}[kind.value]
    return url_for("coordination.students", round_id=round_id, show=show)
