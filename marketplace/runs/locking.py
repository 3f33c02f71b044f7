"""Lock a round: its input is sealed, whole and once."""

from __future__ import annotations

from datetime import datetime

from marketplace.db import db
from marketplace.rounds import lottery
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.rounds.services import announce, enrol_participants, move
from marketplace.runs import matching_adapter
from marketplace.runs.models import Seal


def lock(round_: Round, *, now: datetime) -> Seal:
    """Freeze the input: the phase, the sealed problem and the mail about its root, in one transaction."""
    enrol_participants(round_)
    move(None, round_, Phase.LOCKED, now=now)
    input_ = matching_adapter.build(round_)
    leaf_root = lottery.root(input_.leaves)
    seed = round_.given_seed or lottery.round_seed(leaf_root, round_.draw_key or round_.lottery_secret)
    seal = Seal(
        round_id=round_.id,
        problem=input_.problem.replace(seed=seed).to_json(),
        problem_sha256=input_.problem.digest(),
        leaves=list(input_.leaves),
        root=leaf_root,
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
            "eligibility was changed.\n"
        ),
        now=now,
    )
    return seal
