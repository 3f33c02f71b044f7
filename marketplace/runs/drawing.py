"""The one seed of a round's lottery, and the public contribution that some rounds wait for.

Without a contribution the seed is fixed at the lock, by the root of all lists and the draw key. With one it
is fixed when a coordinator has typed in what the public source said: once, after the instant that the rules
named, and for everyone to read. Every run of the round, also one that supersedes another, uses this seed.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, WrongPhase
from marketplace.rounds import lottery
from marketplace.rounds.changes import note
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.rounds.services import announce
from marketplace.runs import matching_adapter
from marketplace.runs.models import Seal

#: What the column holds.
LONGEST = 200


def awaits(round_: Round) -> bool:
    """Whether the round's seed still waits for its public contribution."""
    return bool(round_.contribution_source) and not round_.contribution


def seed(round_: Round, root: str) -> str | None:
    """The round's seed, for every run of it; None while the contribution is awaited."""
    if round_.given_seed is not None:
        return round_.given_seed
    if awaits(round_):
        return None
    return lottery.round_seed(root, round_.draw_key or round_.lottery_secret, round_.contribution)


def contribute(actor: Actor, round_: Round, said: str, *, again: str, now: datetime) -> None:
    """Write down what the public source said: once, for good, and fix the seed in the sealed problem.

    `again` is the same typed a second time. Raises WrongPhase unless the round is locked, DomainError with a
    field, Conflict where it was written down before.
    """
    if round_.phase is not Phase.LOCKED or not round_.contribution_source:
        raise WrongPhase(round_.phase.value)
    text = _checked(round_, said, again, now)
    changed = db.session.execute(
        sa.update(Round)
        .where(Round.id == round_.id, Round.contribution == "")
        .values(contribution=text)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("contributed")
    db.session.refresh(round_, ["contribution"])
    _fix_seed(round_)
    note(round_, {"contribution": ["", text]}, reason=round_.contribution_source, now=now)
    audit.record(actor, "contribution entered", round_, now=now, contribution=text)
    announce(
        round_,
        "contribution",
        subject=f"{round_.name}: what the lottery's public source said",
        body=(
            f"The lottery of “{round_.name}” waited for a public source: {round_.contribution_source}.\n\n"
            f"It said: {text}\n\nCheck it against the source. With the root in the mail about the "
            "sealed lists it fixes the draw; it can't be changed any more.\n"
        ),
        now=now,
    )


def _checked(round_: Round, said: str, again: str, now: datetime) -> str:
    text = " ".join(said.split())
    if round_.contribution_at is not None and now < round_.contribution_at:
        raise DomainError("early", field="said")
    if not text:
        raise DomainError("missing", field="said")
    if len(text) > LONGEST:
        raise DomainError("too_long", field="said", most=LONGEST)
    if text != " ".join(again.split()):
        raise DomainError("differs", field="again")
    return text


def _fix_seed(round_: Round) -> None:
    """Write the seed into the sealed problem. Its digest, which was published, does not include it."""
    sealed = db.session.get_one(Seal, round_.id)
    problem = matching_adapter.read_problem(sealed.problem)
    sealed.problem = problem.replace(seed=seed(round_, sealed.root)).to_json()
    db.session.flush()
