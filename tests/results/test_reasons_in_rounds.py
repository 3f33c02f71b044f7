"""What the page's own query tells in whole rounds agrees with the definitions: from rows to the page.

The rounds go through the database as every other: imported, places given before the match, locked and decided
by the nightly job, released. What is told is recomputed from the sealed text without product code.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.db import db, transaction
from marketplace.results import queries
from marketplace.results.queries import Choice
from marketplace.rounds.models import Explanation, Preassigned, Round
from marketplace.runs import exchange, nightly, releasing
from marketplace.runs.models import Hold, Seal
from marketplace.runs.queries import codes, official_run
from marketplace.students.models import Student
from matching import Problem
from tests.factories import Factory
from tests.results.generated import round_file
from tests.results.plain_reasons import Line, Plain
from tests.support.clock import Clock


def importable(seed: int) -> tuple[Problem, list[list[str]]]:
    """A generated round without what a file can't bring in, and the places given before its match: those
    students have a list, which then doesn't count."""
    value = round_file(seed)
    given = value.pop("preassigned")
    value.pop("ineligible")
    for student in value["students"]:
        student.pop("types")
        student["preferences"] += [[slot] for name, slot in given if name == student["id"]]
    for slot in value["slots"]:
        slot.pop("quotas", None)
    return Problem.from_dict(value), given


def released(seed: int, released_by: int, clock: Clock) -> int:
    """The round's id. What a coordinator would look at first is looked at."""
    problem, given = importable(seed)
    with transaction() as session:
        round_id = exchange.import_problem(problem, now=clock() - timedelta(hours=1)).id
        session.flush()
        students, slots = codes(round_id)
        session.add_all(
            Preassigned(
                round_id=round_id,
                student_id=students[name],
                slot_id=slots[slot],
                reason="Their project.",
                named_at=clock(),
            )
            for name, slot in given
        )
    assert nightly.run(clock(), wall=clock()).failures == []
    with transaction() as session:
        round_ = session.get_one(Round, round_id, options=[joinedload(Round.school)])
        session.execute(sa.delete(Hold))
        actor = Actor(released_by, "", "", ((Role.COORDINATOR, round_.school_id, None),))
        releasing.release(actor, round_, now=clock())
    return round_id


def told(choice: Choice, codes_of: dict[int, str]) -> Line:
    """What the page is given of one place."""
    assert choice.slot is not None and choice.slot.id in codes_of
    line = choice.told
    assert line.slot == codes_of[choice.slot.id] and line.rank == choice.rank
    return line.slot, line.why.value, line.cause, line.higher, line.equal


def compare(round_id: int, seen: Counter[str]) -> None:
    """Every student of a round, at both levels."""
    with transaction() as session:
        round_ = session.get_one(Round, round_id)
        run = official_run(round_id)
        assert run is not None and run.result is not None
        result = json.loads(run.result)
        sealed = json.loads(session.get_one(Seal, round_id).problem)
        plain = Plain(sealed, result["assignment"], {each["slot"] for each in result["closed"]})
        students, slots = codes(round_id)
        codes_of = {i: code for code, i in slots.items()}
        for code in plain.students:
            student = session.get_one(Student, students[code])
            for level in Explanation:
                round_.explanation = level
                found = queries.of_student(round_, student)
                assert found.left_out == [] or code in plain.fixed
                lines = [told(choice, codes_of) for choice in found.choices]
                assert lines == plain.told(code, detailed=level is Explanation.DETAILED), (round_id, code)
                assert (found.slot and codes_of[found.slot.id]) == result["assignment"][code]
                seen.update(why for _slot, why, *_rest in lines)


@pytest.mark.parametrize(
    "seeds", [range(20), pytest.param(range(1000), marks=pytest.mark.full)], ids=["20", "1000"]
)
def test_what_students_read_is_what_the_definitions_say(
    app: Flask, make: Factory, clock: Clock, seeds: range
) -> None:
    """One database for all; a round that is read is behind those after it."""
    seen: Counter[str] = Counter()
    released_by = make.user().id
    with app.app_context():
        for seed in seeds:
            compare(released(seed, released_by, clock), seen)
            db.session.remove()
    print(f"reasons compared: {sum(seen.values())}, {dict(seen)}")
    assert {"placed", "not-needed", "outranked", "others", "minimum", "higher", "drawn"} <= seen.keys()
