"""What lets others re-check a released round: the public certificate, and each student's own opening.

The certificate names nobody and shows no list. An opening shows a student that the list they know is the one
that was counted: with it, and nothing else, the digest among the certificate's leaves can be computed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import sqlalchemy as sa

from marketplace.couples import queries as couples
from marketplace.couples.models import Couple, PairList
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility
from marketplace.rankings import queries as rankings
from marketplace.results.decisions import disclosed
from marketplace.rounds import lottery
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.rounds.phases import PUBLISHED
from marketplace.runs import matching_adapter, superseding
from marketplace.runs.models import Publication, Seal
from marketplace.runs.queries import official_run
from marketplace.slots.models import Slot
from marketplace.students.models import Student


def certificate(round_: Round) -> dict[str, Any]:
    """The public certificate of a released round: rules, counts, digests, draw. Raises NotFound before."""
    seal, drawn = released(round_)
    decided = superseding.problem(round_.id)
    return {
        "format": "round-certificate/1",
        "round": round_.name,
        "school": round_.school.name,
        "rules": {
            "objective": drawn.objective,
            "lottery": drawn.lottery.mode,
            "use_last_draft": round_.use_last_draft,
            "lists_closed_at": round_.ranking_closes_at.isoformat(),
        },
        "counts": {
            "lists": len(seal.leaves),
            "slots": len(decided.slots),
            "places": sum(slot.capacity for slot in decided.slots),
            "closed": len(drawn.closed),
        },
        "stability": _stability(decided, drawn),
        "leaves": sorted(seal.leaves),
        "root": seal.root,
        "sealed_at": seal.sealed_at.isoformat(),
        "lottery": {
            "commitment": round_.lottery_commitment,
            "draw_key": round_.draw_key,
            "contribution": round_.contribution,
            "contribution_source": round_.contribution_source,
            "seed": drawn.lottery.seed,
            "seed_given_with_imported_problem": round_.given_seed is not None,
        },
        "engine": drawn.engine,
        "problem_sha256": {"sealed": seal.problem_sha256, "decided": drawn.problem_sha256},
        "superseded": _superseded(round_.id),
        "couples_ended_by_corrections": len(superseding.ended(round_.id)),
        "verified": True,
        "released_at": db.session.get_one(Publication, round_.id).released_at.isoformat(),
    }


def _superseded(round_id: int) -> list[dict[str, object]]:
    """The runs that gave way before the release: their results' digests, why, and how much was corrected."""
    return [
        {
            "result_sha256": hashlib.sha256((run.result or "").encode()).hexdigest(),
            "problem_sha256": run.problem_sha256,
            "reason": found.reason,
            "corrections": dict(sorted(Counter(each["kind"] for each in found.corrections).items())),
        }
        for found, run in superseding.confirmed(round_id)
    ]


def _stability(
    decided: matching_adapter.MatchingProblem, drawn: matching_adapter.MatchingResult
) -> dict[str, object]:
    """What was verified, in words that minimum cohorts and couples limit."""
    found = disclosed(decided, drawn)
    return {
        "claim": "fewest blocking pairs" if found.couples else "no blocking pair",
        "among": "slots that ran" if found.minimums else "all slots",
        "blocking_pairs": found.blocking,
    }


def of_student(round_: Round, student: Student) -> dict[str, Any]:
    """The student's opening of their own leaf, and their lottery number. Raises NotFound where there is none.

    ``list`` is what the digest was made of: slots by their codes in the round, which ``slots`` names.
    """
    seal, drawn = released(round_)
    saved = rankings.of_sealed_student(
        round_.id, student.id, last_draft=round_.use_last_draft, sealed=seal.leaves
    )
    row = db.session.get(RoundStudent, (round_.id, student.id))
    for couple, pairs in couples.sealed(round_.id, seal.leaves):
        if student.id in couple.members:
            return _of_couple(round_, couple, pairs, drawn)
    if saved is None or row is None:
        raise NotFound("opening")
    tiers = rankings.tiers(saved)
    named = _slots(round_.id, {i for tier in tiers for i in tier})
    return {
        "format": "leaf-opening/1",
        "round": round_.name,
        "pseudonym": row.code,
        "version": saved.version,
        "salt": lottery.salt(round_.lottery_secret, row.code, saved.version),
        "list": [sorted(named[i][0] for i in tier) for tier in tiers],
        "then_any": saved.then_any,
        "digest": saved.digest,
        "lottery_number": lottery.number(drawn.lottery.seed, row.code),
        "slots": {code: f"{facility}: {title}" for code, facility, title in named.values()},
    }


def _of_couple(
    round_: Round, couple: Couple, saved: PairList, drawn: matching_adapter.MatchingResult
) -> dict[str, Any]:
    """The same of a couple's list of pairs, for either member: the inviter comes first."""
    code = couples.code(round_, couple)
    query = sa.select(RoundStudent.student_id, RoundStudent.code).where(
        RoundStudent.round_id == round_.id, RoundStudent.student_id.in_(couple.members)
    )
    members = {i: name for i, name in db.session.execute(query)}
    named = _slots(round_.id, {i for pair in saved.pairs for i in pair if i is not None})
    return {
        "format": "leaf-opening/1",
        "round": round_.name,
        "pseudonym": code,
        "version": saved.version,
        "salt": lottery.salt(round_.lottery_secret, code, saved.version),
        "members": [members[i] for i in couple.members],
        "pairs": [[None if i is None else named[i][0] for i in pair] for pair in saved.pairs],
        "apart": saved.apart,
        "digest": saved.digest,
        "lottery_numbers": [lottery.number(drawn.lottery.seed, members[i]) for i in couple.members],
        "slots": {name: f"{facility}: {title}" for name, facility, title in named.values()},
    }


def released(round_: Round) -> tuple[Seal, matching_adapter.MatchingResult]:
    """The seal and the result of a released round. Raises NotFound before release."""
    if round_.phase not in PUBLISHED:
        raise NotFound("certificate")
    run = official_run(round_.id)
    if run is None or run.result is None:
        raise NotFound("certificate")
    return db.session.get_one(Seal, round_.id), matching_adapter.read_result(run.result)


def _slots(round_id: int, slot_ids: set[int]) -> dict[int, tuple[str, str, str]]:
    query = (
        sa.select(RoundSlot.slot_id, RoundSlot.code, Facility.name, Slot.title)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .join(Facility, Facility.id == Slot.facility_id)
        .where(RoundSlot.round_id == round_id, RoundSlot.slot_id.in_(slot_ids))
    )
    return {id_: (code, facility, title) for id_, code, facility, title in db.session.execute(query)}
