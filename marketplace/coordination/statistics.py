"""A released round in figures: who got which choice, by programme and kind of site. For coordinators alone.

They count small groups, so nothing of them is on any page that a participant reads. They say what the match
decided; what changed afterwards is not counted again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace.coordination import queries
from marketplace.db import db
from marketplace.facilities.models import Facility
from marketplace.filters import kind_label
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.runs import superseding
from marketplace.runs.models import Assignment
from marketplace.schools.models import Programme
from marketplace.sheets import Sheet
from marketplace.slots.models import Slot
from marketplace.students.models import Student

#: Choices that are counted one by one; those below are counted together.
APART = 2
#: The column of a place without a rank.
GIVEN = 0


@dataclass(frozen=True)
class Group:
    """Students of one programme, or placed at one kind of site, by the choice they got.

    ``choices`` has a number for each of the first choices and one for all below; ``given`` are places given
    before the match, which were nobody's choice. ``unmatched`` and
    ``no_list`` are of programmes only, ``places`` of kinds of site only.
    """

    name: str
    choices: Sequence[int]
    unmatched: int = 0
    no_list: int = 0
    places: int = 0
    given: int = 0

    @property
    def placed(self) -> int:
        """How many of the group have a place."""
        return sum(self.choices) + self.given

    @property
    def in_run(self) -> int:
        """How many of the group the match considered."""
        return self.placed + self.unmatched


@dataclass(frozen=True)
class Statistics:
    """A round's figures."""

    programmes: Sequence[Group]
    kinds: Sequence[Group]

    @property
    def placed(self) -> int:
        """Students with a place."""
        return sum(group.placed for group in self.programmes)

    @property
    def in_run(self) -> int:
        """Students whom the match considered."""
        return sum(group.in_run for group in self.programmes)

    @property
    def no_list(self) -> int:
        """Students of the round without a list."""
        return sum(group.no_list for group in self.programmes)

    @property
    def places(self) -> int:
        """Places in the match."""
        return sum(group.places for group in self.kinds)

    @property
    def given(self) -> int:
        """Students who were given a place before the match."""
        return sum(group.given for group in self.programmes)

    @property
    def first(self) -> int:
        """Students who got their first choice."""
        return sum(group.choices[0] for group in self.programmes)


def of_round(round_: Round) -> Statistics:
    """The figures of a released round, in a handful of queries."""
    counts = db.session.execute(
        sa.select(Programme.name, Facility.kind, Assignment.rank, Assignment.slot_id, sa.func.count())
        .join(Student, Student.id == Assignment.student_id)
        .join(Programme, Programme.id == Student.programme_id)
        .outerjoin(Slot, Slot.id == Assignment.slot_id)
        .outerjoin(Facility, Facility.id == Slot.facility_id)
        .where(Assignment.round_id == round_.id)
        .group_by(Programme.name, Facility.kind, Assignment.rank, Assignment.slot_id)
    )
    by_programme: dict[str, Counter[int]] = defaultdict(Counter)
    by_kind: dict[str, Counter[int]] = defaultdict(Counter)
    unmatched: Counter[str] = Counter()
    for programme, kind, rank, slot_id, count in counts:
        if slot_id is None:
            unmatched[programme] += count
            continue
        column = min(rank or GIVEN, APART + 1)
        by_programme[programme][column] += count
        by_kind[kind.value][column] += count
    no_list, places = _no_list(round_.id), _places(round_.id)
    return Statistics(
        [
            Group(
                name,
                _choices(by_programme[name]),
                unmatched[name],
                no_list[name],
                given=by_programme[name][GIVEN],
            )
            for name in sorted({*by_programme, *unmatched, *no_list})
        ],
        [
            Group(kind_label(kind), _choices(by_kind[kind]), places=places[kind], given=by_kind[kind][GIVEN])
            for kind in sorted({*by_kind, *places})
        ],
    )


def _choices(counted: Counter[int]) -> list[int]:
    return [counted[rank] for rank in range(1, APART + 2)]


def _no_list(round_id: int) -> Counter[str]:
    """Students of the round whom the match did not consider, by programme."""
    considered = sa.exists().where(
        Assignment.round_id == round_id, Assignment.student_id == RoundStudent.student_id
    )
    rows = db.session.execute(
        sa.select(Programme.name, sa.func.count())
        .join(Student, Student.programme_id == Programme.id)
        .join(RoundStudent, RoundStudent.student_id == Student.id)
        .where(RoundStudent.round_id == round_id, RoundStudent.withdrawn_at.is_(None), ~considered)
        .group_by(Programme.name)
    )
    return Counter({name: count for name, count in rows})


def _places(round_id: int) -> Counter[str]:
    """Places in the match by kind of facility, as they were decided on."""
    problem = superseding.problem(round_id)
    capacity = {slot.id: slot.capacity for slot in problem.slots}
    rows = db.session.execute(
        sa.select(RoundSlot.code, Facility.kind)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .join(Facility, Facility.id == Slot.facility_id)
        .where(RoundSlot.round_id == round_id)
    )
    found: Counter[str] = Counter()
    for code, kind in rows:
        if code in capacity:
            found[kind.value] += capacity[code]
    return found


def sheets(found: Statistics) -> list[Sheet]:
    """The figures as tables."""
    choices = [_("Choice %(n)s", n=rank) for rank in range(1, APART + 1)]
    choices.append(_("Choice %(n)s or below", n=APART + 1))
    programmes = Sheet(
        _("By programme"),
        [_("Programme"), *choices, _("Before the match"), _("Placed"), _("Unmatched"), _("No list")],
        [[g.name, *g.choices, g.given, g.placed, g.unmatched, g.no_list] for g in found.programmes],
    )
    kinds = Sheet(
        _("By kind of site"),
        [_("Kind of site"), *choices, _("Before the match"), _("Filled"), _("Open"), _("Places")],
        [[g.name, *g.choices, g.given, g.placed, g.places - g.placed, g.places] for g in found.kinds],
    )
    return [programmes, kinds]


def long_rows(found: Statistics) -> list[list[str | int]]:
    """The figures one to a row, for CSV: table, group, figure, value."""
    return [
        [sheet.name, str(row[0]), heading, value]
        for sheet in sheets(found)
        for row in sheet.rows
        for heading, value in zip(sheet.head[1:], row[1:], strict=True)
        if isinstance(value, int)
    ]


def placements(round_id: int) -> Sheet:
    """Every released placement as a table."""
    head = ["student", "e-mail", "programme", "facility", "slot", "city", "choice"]
    rows = []
    for assignment, student, slot in queries.assignments(round_id):
        place = [slot.facility.name, slot.title, slot.site.city] if slot else ["", "", ""]
        rows.append([student.user.name, student.user.email, student.programme.name, *place, assignment.rank])
    return Sheet("Placements", head, rows)
