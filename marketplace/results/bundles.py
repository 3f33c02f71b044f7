"""The auditors' bundle: all that a named person needs to judge a released round again, and nothing more.

It holds every list, under pseudonyms; in a small round those who know the people can guess them. So it goes
to named auditors only, and each time is written down. ``python -m matching verify-bundle FILE`` judges it.
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
from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.rankings import queries as rankings
from marketplace.rankings.models import RankList
from marketplace.results.openings import released
from marketplace.rounds import lottery
from marketplace.rounds.models import Round, RoundSlot, RoundStudent

HANDED_OUT = "auditors' bundle"


@dataclass(frozen=True)
class HandedOut:
    """One time a bundle was given to somebody."""

    at: datetime
    auditor: str
    purpose: str
    sha256: str


def hand_out(actor: Actor, round_: Round, *, auditor: str, purpose: str, now: datetime) -> str:
    """The bundle's text, noted as given to `auditor` for `purpose`.

    Raises NotFound before release, DomainError("missing", field) without a name or a purpose, and
    DomainError("no_draw_key") where the round is older than draw keys.
    """
    for field, value in (("auditor", auditor), ("purpose", purpose)):
        if not value.strip():
            raise DomainError("missing", field=field)
    text = json.dumps(_bundle(round_), indent=1, ensure_ascii=False) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    audit.record(
        actor, HANDED_OUT, round_, now=now, auditor=auditor.strip(), purpose=purpose.strip(), sha256=digest
    )
    return text


def log(round_: Round) -> Sequence[HandedOut]:
    """Who was given the round's bundle, newest first."""
    query = (
        sa.select(AuditEvent.at, AuditEvent.change)
        .where(
            AuditEvent.object_type == "Round",
            AuditEvent.object_id == round_.id,
            AuditEvent.action == HANDED_OUT,
        )
        .order_by(AuditEvent.id.desc())
    )
    return [
        HandedOut(at, change["auditor"], change["purpose"], change["sha256"])
        for at, change in db.session.execute(query)
    ]


def _bundle(round_: Round) -> dict[str, Any]:
    seal, result = released(round_)
    if round_.draw_key is None or round_.given_seed is not None:
        raise DomainError("no_draw_key")
    problem = json.loads(seal.problem)
    return {
        "format": "matching-bundle/1",
        "commitment": round_.lottery_commitment,
        "draw_key": round_.draw_key,
        "contribution": "",
        "leaves": sorted(seal.leaves),
        "root": seal.root,
        "openings": _openings(round_, seal.leaves, problem),
        "problem": problem,
        "problem_sha256": seal.problem_sha256,
        "lottery": {
            student["id"]: lottery.number(result.lottery.seed, student["id"])
            for student in problem["students"]
        },
        "result": json.loads(result.to_json()),
    }


def _openings(round_: Round, leaves: Sequence[str], problem: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What every sealed list's digest was made of, and what of it the sealed problem has not."""
    students, slots = _codes(round_.id)
    sealed = {
        entry["id"]: {name for tier in entry.get("preferences", []) for name in tier}
        for side in ("students", "slots")
        for entry in problem[side]
    }
    query = (
        sa.select(RankList)
        .where(RankList.round_id == round_.id, RankList.digest.in_(set(leaves)))
        .options(selectinload(RankList.entries))
        .order_by(RankList.id)
    )
    found = []
    for saved in db.session.scalars(query):
        by_student = saved.student_id is not None
        owner = students[saved.student_id or 0] if by_student else slots[saved.slot_id or 0]
        partners = slots if by_student else students
        tiers = [[partners[i] for i in tier] for tier in rankings.tiers(saved)]
        found.append(
            {
                "kind": "student" if by_student else "slot",
                "owner": owner,
                "salt": lottery.salt(round_.lottery_secret, owner, saved.version),
                "tiers": tiers,
                "then_any": saved.then_any,
                "left_out": sorted({name for tier in tiers for name in tier} - sealed.get(owner, set())),
            }
        )
    return found


def _codes(round_id: int) -> tuple[dict[int, str], dict[int, str]]:
    """Row ids to the round's codes: (students, slots), those that left included."""
    students = sa.select(RoundStudent.student_id, RoundStudent.code).where(RoundStudent.round_id == round_id)
    slots = sa.select(RoundSlot.slot_id, RoundSlot.code).where(RoundSlot.round_id == round_id)
    return {i: c for i, c in db.session.execute(students)}, {i: c for i, c in db.session.execute(slots)}
