"""The decision behind a released round: the sealed input and the published result. Before release there is
none to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED
from marketplace.runs import matching_adapter, superseding
from marketplace.runs.matching_adapter import MatchingProblem, MatchingResult
from marketplace.runs.models import MatchRun, Publication, Seal


@dataclass(frozen=True)
class Decision:
    """What was decided, from what, and the digests of the lists in it.

    ``problem`` is the sealed one, with the couples single that were processed separately in the end.
    """

    problem: MatchingProblem
    result: MatchingResult
    leaves: Sequence[str]


@dataclass(frozen=True)
class Disclosed:
    """What limits the claim that the result is stable: slots that did not run, and pairs that block.

    ``minimums`` and ``couples``: whether the round had any, so that the claim is worded with care.
    """

    minimums: bool = False
    closed: int = 0
    couples: bool = False
    blocking: int = 0


#: A round without minimums and couples: the result is stable, and that is all.
NOTHING = Disclosed()


def decision(round_: Round) -> Decision:
    """The published decision. Raises NotFound before release."""
    require_published(round_)
    query = (
        sa.select(MatchRun, Seal.leaves)
        .join(Publication, Publication.run_id == MatchRun.id)
        .join(Seal, Seal.round_id == Publication.round_id)
        .where(Publication.round_id == round_.id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None or row[0].result is None:
        raise NotFound("result")
    run: MatchRun = row[0]
    return Decision(superseding.decided(run), matching_adapter.read_result(run.result or ""), row[1])


def disclosed(problem: MatchingProblem, result: MatchingResult) -> Disclosed:
    """What the pages and the certificate say about the result's stability; counts only."""
    return Disclosed(
        minimums=any(slot.minimum for slot in problem.slots),
        closed=len(result.closed),
        couples=bool(problem.couples),
        blocking=len(result.blocking_pairs),
    )


def require_published(round_: Round) -> None:
    """Raise NotFound before release."""
    if round_.phase not in PUBLISHED:
        raise NotFound("result")
