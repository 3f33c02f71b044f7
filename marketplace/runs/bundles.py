"""The auditors' bundle of a released round: everything needed to check it, and who it was made for.

It holds every list, under the round's pseudonyms; in a small round those who know the people can guess them.
So it goes to named auditors only, and each time is written down. The format and its checker, which needs
nothing of this site, are in ``matching/bundle.py``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.audit.models import AuditEvent
from marketplace.couples import queries as couples
from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.rankings import queries as rankings
from marketplace.rankings.models import RankList
from marketplace.rounds import lottery
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.runs import queries, superseding
from marketplace.runs.models import MatchRun, Publication, Seal

Json = dict[str, Any]
Tiers = Sequence[Sequence[str]]
Codes = Mapping[int, str]


EXPORTED = "bundle exported"


@dataclass(frozen=True)
class Export:
    """One time a bundle was made for somebody."""

    at: datetime
    auditor: str
    purpose: str
    sha256: str


def log(round_: Round) -> Sequence[Export]:
    """Who was given the round's bundle, newest first."""
    query = (
        sa.select(AuditEvent.at, AuditEvent.change)
        .where(
            AuditEvent.object_type == "Round",
            AuditEvent.object_id == round_.id,
            AuditEvent.action == EXPORTED,
        )
        .order_by(AuditEvent.id.desc())
    )
    return [
        Export(at, change["auditor"], change["purpose"], change["sha256"])
        for at, change in db.session.execute(query)
    ]


def export(round_id: int, *, auditor: str, purpose: str, now: datetime, actor: Actor | None = None) -> str:
    """The bundle as text, noted as made for `auditor`; without `actor` by the operator's shell.

    Raises DomainError("unreleased"), or ("no_draw_key") where there was none.
    """
    round_ = queries.require_round(round_id)
    published = db.session.get(Publication, round_id)
    if published is None:
        raise DomainError("unreleased", phase=round_.phase.value)
    if round_.draw_key is None or round_.given_seed is not None:
        raise DomainError("no_draw_key")
    seal = db.session.get_one(Seal, round_id)
    run = db.session.get_one(MatchRun, published.run_id)
    problem = json.loads(seal.problem)
    seed = lottery.round_seed(seal.root, round_.draw_key, round_.contribution)
    bundle = {
        "format": "matching-bundle/1",
        "commitment": round_.lottery_commitment,
        "draw_key": round_.draw_key,
        "contribution": round_.contribution,
        "leaves": list(seal.leaves),
        "root": seal.root,
        "openings": [*_openings(round_, seal, problem), *_couples(round_, seal, problem)],
        "problem": problem,
        "problem_sha256": seal.problem_sha256,
        "decided_sha256": superseding.problem(round_id).digest(),
        "corrections": [each.to_dict() for each in superseding.made(round_id)],
        "lottery": {entry["id"]: lottery.number(seed, entry["id"]) for entry in problem["students"]},
        "earlier": run.earlier,
        "result": json.loads(run.result or "null"),
    }
    text = json.dumps(bundle, ensure_ascii=False, separators=(",", ":")) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    audit.record(actor, EXPORTED, round_, now=now, auditor=auditor, purpose=purpose, sha256=digest)
    return text


def _openings(round_: Round, seal: Seal, problem: Json) -> list[Json]:
    """What opens each sealed leaf: whose list it is, its salt, and its tiers as they were certified."""
    students = _codes(sa.select(RoundStudent.student_id, RoundStudent.code), round_.id)
    slots = _codes(sa.select(RoundSlot.slot_id, RoundSlot.code), round_.id)
    query = sa.select(RankList).where(RankList.round_id == round_.id, RankList.digest.in_(seal.leaves))
    query = query.options(selectinload(RankList.entries)).order_by(RankList.id)
    counted = {
        (kind, entry["id"]): entry["preferences"]
        for kind in ("student", "slot")
        for entry in problem[f"{kind}s"]
    }
    for own in seal.apart.values():
        counted |= {("student", name): tiers for name, tiers in own.items()}
    found = []
    for saved in db.session.scalars(query):
        if saved.student_id is not None:
            kind, owner, partners = "student", students[saved.student_id], slots
        else:
            assert saved.slot_id is not None
            kind, owner, partners = "slot", slots[saved.slot_id], students
        kept = counted.get((kind, owner), [])
        found.append(_opening(round_, saved, kind=kind, owner=owner, partners=partners, counted=kept))
    return found


def _opening(
    round_: Round, saved: RankList, *, kind: str, owner: str, partners: Codes, counted: Tiers
) -> Json:
    kept = {name for tier in counted for name in tier}
    tiers = [sorted(partners[i] for i in tier) for tier in rankings.tiers(saved)]
    return {
        "kind": kind,
        "owner": owner,
        "salt": lottery.salt(round_.lottery_secret, owner, saved.version),
        "tiers": tiers,
        "then_any": saved.then_any,
        "left_out": sorted({name for tier in tiers for name in tier} - kept),
    }


def _couples(round_: Round, seal: Seal, problem: Json) -> list[Json]:
    """The openings of lists of pairs, and of the own lists that couples may be taken apart with."""
    students = _codes(sa.select(RoundStudent.student_id, RoundStudent.code), round_.id)
    slots = _codes(sa.select(RoundSlot.slot_id, RoundSlot.code), round_.id)
    counted = {entry["id"]: entry["preferences"] for entry in problem.get("couples", [])}
    found: list[Json] = []
    for couple, saved in couples.sealed(round_.id, seal.leaves):
        owner = couples.code(round_, couple)
        pairs = [[None if i is None else slots[i] for i in pair] for pair in saved.pairs]
        found.append(
            {
                "kind": "couple",
                "owner": owner,
                "salt": lottery.salt(round_.lottery_secret, owner, saved.version),
                "members": [students[i] for i in couple.members],
                "pairs": pairs,
                "apart": saved.apart,
                "left_out": [pair for pair in pairs if pair not in counted[owner]],
            }
        )
    if seal.apart:
        salt = lottery.salt(round_.lottery_secret, lottery.APART, 1)
        found.append({"kind": "apart", "owner": lottery.APART, "salt": salt, "lists": seal.apart})
    return found


def _codes(query: sa.Select[int, str], round_id: int) -> Codes:
    return {i: code for i, code in db.session.execute(query.filter_by(round_id=round_id))}
