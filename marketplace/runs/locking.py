"""Lock a round: its input is sealed, whole and once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.db import db
from marketplace.filters import instant
from marketplace.rounds import lottery
from marketplace.rounds.changes import note
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.rounds.services import announce, enrol_participants, move
from marketplace.rounds.terms import CONTRIBUTION_AFTER
from marketplace.runs import drawing, matching_adapter
from marketplace.runs.models import Seal


def lock(round_: Round, *, now: datetime) -> Seal:
    """Freeze the input: the phase, the sealed problem and the mail about its root, in one transaction."""
    enrol_participants(round_)
    move(None, round_, Phase.LOCKED, now=now)
    _put_off(round_, now)
    input_ = matching_adapter.build(round_)
    leaf_root = lottery.root(input_.leaves)
    seal = Seal(
        round_id=round_.id,
        problem=input_.problem.replace(seed=drawing.seed(round_, leaf_root)).to_json(),
        problem_sha256=input_.problem.digest(),
        leaves=list(input_.leaves),
        root=leaf_root,
        apart=dict(input_.apart),
        sealed_at=now,
    )
    db.session.add(seal)
    db.session.flush()
    announce(
        round_,
        "locked",
        subject=f"{round_.name}: lists are closed",
        body=(
            f"The lists of “{round_.name}” closed and are sealed.\n\n"
            f"Number of lists: {len(input_.leaves)}\nRoot of their digests: {leaf_root}\n"
            f"Digest of the whole sealed input: {seal.problem_sha256}\n\n"
            "Keep this mail: with it you can check later that no list, no number of places and nobody's "
            f"eligibility was changed.\n{_waits(round_)}"
        ),
        now=now,
    )
    return seal


def _put_off(round_: Round, now: datetime) -> None:
    """A source that spoke before the lists were really sealed doesn't count: a list could be fitted to it."""
    planned, earliest = round_.contribution_at, now + CONTRIBUTION_AFTER
    if planned is None or planned >= earliest or not drawing.awaits(round_):
        return
    round_.contribution_at = earliest
    changed: dict[str, list[Any]] = {"contribution_at": [planned.isoformat(), earliest.isoformat()]}
    note(round_, changed, reason="It counts from ten minutes after the lists were sealed.", now=now)


def _waits(round_: Round) -> str:
    """What is still to come before the draw, if anything."""
    if not drawing.awaits(round_):
        return ""
    when = instant(round_.contribution_at, round_.zone)
    return f"\nThe lottery now waits for {round_.contribution_source}: its first publication after {when}.\n"
