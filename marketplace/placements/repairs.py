"""Places that are lost after the release: who goes, and where those find another place. Nobody else moves.

Both are the engine's answers over the sealed lists: who goes is the lowest by the slot's order, equal ones by
the round's lottery; who is mended gets the best place still open on the own list that lists them too. A
coordinator sees the answer first and applies exactly that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.applications import consents
from marketplace.applications.models import Application
from marketplace.applications.queries import active
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.eligibility import queries as eligibility
from marketplace.errors import Conflict, DomainError, NotFound
from marketplace.placements import answers, board, letters, queries
from marketplace.placements.board import NOT_THEIR_DOING, Board, Place, Seeker
from marketplace.placements.policies import LIVE, require_live
from marketplace.rankings import queries as rankings
from marketplace.rounds import policies
from marketplace.rounds.models import Round
from marketplace.runs import matching_adapter, quotas, superseding
from marketplace.runs.models import Origin, Placement, PlacementEnd
from marketplace.runs.present import Unsealed
from marketplace.runs.queries import codes, official_run
from marketplace.slots.models import Slot

#: Whom a repair places: who lost a place, and who was let go as they asked.
_MENDED = NOT_THEIR_DOING | {PlacementEnd.RELEASED}
#: Slots to their 1-based rank on a sealed list.
Wishes = Mapping[str, int]


@dataclass(frozen=True)
class Move:
    """A student without a place, and the open place that the repair found. ``rank`` on their sealed list."""

    seeker: Seeker
    slot: Slot
    rank: int


@dataclass(frozen=True)
class Proposal:
    """What a repair would do. ``digest`` names it, so that what is applied is what was seen."""

    moves: Sequence[Move]
    left: Sequence[Seeker]
    digest: str


@dataclass(frozen=True)
class _Market:
    """The sealed round with who holds what now, in the engine's names."""

    problem: matching_adapter.MatchingProblem
    result: matching_adapter.MatchingResult
    students: Mapping[str, int]
    slots: Mapping[str, int]
    held: Mapping[str, str]

    @property
    def code_of_student(self) -> dict[int, str]:
        return {i: code for code, i in self.students.items()}

    @property
    def code_of_slot(self) -> dict[int, str]:
        return {i: code for code, i in self.slots.items()}


def who_goes(round_: Round, slot_id: int, places: int) -> list[Placement]:
    """Who of those in a slot would be displaced if it had only so many places.

    Raises DomainError("no_order") where too many of them were given their place before the match.
    """
    here = [p for p in queries.standing(round_.id) if p.slot_id == slot_id]
    elsewhere = board.taken_elsewhere(round_.id, slot_id)
    left = max(0, places - elsewhere)
    if left == 0 or len(here) <= left:
        return here if left == 0 else []
    market = _market(round_)
    code, code_of = market.code_of_slot[slot_id], market.code_of_student
    host = rankings.tiers(rankings.in_force(rankings.Owner(round_.id, slot_id=slot_id)))
    tiers = [[code_of[i] for i in tier if i in code_of] for tier in host]
    gone = matching_adapter.displaced(
        market.problem,
        market.result,
        market.held,
        {code: left},
        unsealed=Unsealed(_types(round_, market), {code: tiers}),
    )
    ids = {market.students[each] for each in gone}
    return [p for p in here if p.student_id in ids]


def over(round_: Round, slot_id: int) -> Place:
    """A slot of the round with more students than places. Raises NotFound."""
    found = next((p for p in board.places(round_.id) if p.slot.id == slot_id and p.over), None)
    if found is None:
        raise NotFound("slot")
    return found


def displace(actor: Actor, round_: Round, slot_id: int, places: int, *, reason: str, now: datetime) -> int:
    """End the placements that a slot has no places for; returns how many. The round's row is held."""
    require_live(round_)
    gone = who_goes(round_, slot_id, places)
    for placement in gone:
        answers.end(actor, round_, placement, PlacementEnd.DISPLACED, note=reason, now=now)
    return len(gone)


def propose(round_: Round, known: Board | None = None) -> Proposal:
    """What a repair would do now; nothing is written."""
    found = known or board.read(round_)
    movers = [s for s in found.seekers if s.last is not None and s.last.end_reason in _MENDED]
    if not movers or round_.phase not in LIVE:
        return Proposal([], movers, "")
    market = _market(round_)
    code_of = market.code_of_student
    wishes = _wishes(market, {code_of[i] for s in movers if (i := s.row.student_id) in code_of})
    listing = [s for s in movers if wishes.get(code_of.get(s.row.student_id, ""))]
    if not listing:
        return Proposal([], movers, "")
    placed = matching_adapter.repair(
        market.problem,
        market.result,
        market.held,
        [code_of[s.row.student_id] for s in listing],
        places=_places_now(found, market),
        barred=_barred(round_, market, listing, wishes, found),
        unsealed=Unsealed(_types(round_, market)),
    )
    slots = {place.slot.id: place.slot for place in found.places}
    moves = []
    for seeker in listing:
        code = code_of[seeker.row.student_id]
        if code in placed:
            rank = wishes[code][placed[code]]
            moves.append(Move(seeker, slots[market.slots[placed[code]]], rank))
    gone = {move.seeker.row.student_id for move in moves}
    return Proposal(moves, [s for s in movers if s.row.student_id not in gone], _digest(moves))


def apply(actor: Actor, round_id: int, digest: str, *, reason: str, now: datetime) -> int:
    """Do what was proposed. Raises Conflict where it is another one by now, DomainError("missing")."""
    round_ = queries.released(actor, round_id, lock=True)
    require_live(round_)
    if not reason.strip():
        raise DomainError("missing", field="reason")
    proposal = propose(round_)
    if not proposal.moves or proposal.digest != digest:
        raise Conflict("proposal_changed")
    for move in proposal.moves:
        placement = place(round_, move.seeker.row.student_id, move.slot.id, origin=Origin.REPAIR, now=now)
        audit.record(actor, "repaired", placement, now=now, reason=reason.strip()[:300], rank=move.rank)
    return len(proposal.moves)


def place(round_: Round, student_id: int, slot_id: int, *, origin: Origin, now: datetime) -> Placement:
    """Begin a placement after the release, and tell both sides that it waits for their answers."""
    made = Placement(
        round_id=round_.id,
        student_id=student_id,
        slot_id=slot_id,
        origin=origin,
        made_at=now,
        answer_by=policies.answers_close_at(round_, now),
    )
    db.session.add(made)
    db.session.flush()
    query = queries.with_people(sa.select(Placement).where(Placement.id == made.id))
    found = db.session.scalars(query.execution_options(populate_existing=True)).one()
    letters.to_student(
        found,
        "made",
        subject=f"{round_.name}: there is a place for you",
        body=f"There is a place for you in “{round_.name}”. Sign in and say whether you take it.\n",
        now=now,
    )
    letters.to_hosts(
        found.slot,
        f"placement:{found.id}:made-host",
        subject=f"{round_.name}: one more student for “{found.slot.title}”",
        body=f"One more student is placed at “{found.slot.title}”. Please see who comes, and confirm.\n",
        now=now,
    )
    return found


def _market(round_: Round) -> _Market:
    run = official_run(round_.id)
    if run is None or run.result is None:
        raise DomainError("no_result")
    students, slots = codes(round_.id)
    names = {i: code for code, i in students.items()}, {i: code for code, i in slots.items()}
    held = {names[0][student]: names[1][slot] for student, slot in queries.placed(round_.id)}
    problem = superseding.decided(run)
    return _Market(problem, matching_adapter.read_result(run.result), students, slots, held)


def _types(round_: Round, market: _Market) -> dict[str, dict[str, str]]:
    """What the round's quotas count of those who hold a place and were not in the run."""
    known = {student.id for student in market.problem.students}
    late = [code for code in market.held if code not in known]
    if not late or not any(slot.quota for slot in market.problem.slots):
        return {}
    people = eligibility.of_round(round_).students
    return {code: quotas.types(people[market.students[code]]) for code in late}


def _wishes(market: _Market, moving: Collection[str]) -> dict[str, Wishes]:
    """What each student may get by their sealed list. One of a couple: their half of the pairs that leave the
    partner where they are, ranked as the pairs are; nothing where both look, as their list is not split."""
    found: dict[str, Wishes] = {
        student.id: {slot: rank for rank, tier in enumerate(student.preferences, 1) for slot in tier}
        for student in market.problem.students
    }
    for couple in market.problem.couples:
        for side, member in enumerate(couple.members):
            partner = couple.members[1 - side]
            found[member] = {
                slot: rank
                for rank, pair in enumerate(couple.preferences, 1)
                if (slot := pair[side]) is not None
                and pair[1 - side] == market.held.get(partner)
                and partner not in moving
            }
    return found


def _places_now(found: Board, market: _Market) -> dict[str, int]:
    """Every slot's places for this round: those held, and those open. 0: nobody can come."""
    held = dict.fromkeys(market.slots, 0)
    for code in market.held.values():
        held[code] += 1
    open_ = {place.slot.id: place.open for place in found.places if place.offered}
    return {code: held[code] + open_.get(i, 0) for code, i in market.slots.items()}


def _barred(
    round_: Round,
    market: _Market,
    movers: Sequence[Seeker],
    wishes: Mapping[str, Wishes],
    found: Board,
) -> list[tuple[str, str]]:
    """Pairs that can't be formed now: not eligible, no consent, or a place that ended for this student."""
    rules = eligibility.of_round(round_)
    had = {(p.student_id, p.slot_id) for p in found.ended}
    agreed = consented(round_.id)
    code_of, pairs = market.code_of_student, []
    for seeker in movers:
        student = seeker.row.student_id
        for slot in wishes[code_of[student]]:
            pair = (student, market.slots[slot])
            fine = pair in agreed and pair not in had and pair[1] in rules.slots
            if not fine or not rules.verdict(*pair).eligible:
                pairs.append((code_of[student], slot))
    return pairs


def consented(round_id: int) -> set[tuple[int, int]]:
    """(student id, slot id) of the round's applications under which a consent stands."""
    query = sa.select(Application.student_id, Application.slot_id)
    rows = db.session.execute(query.where(active(round_id), consents.standing()))
    return {(student_id, slot_id) for student_id, slot_id in rows}


def _digest(moves: Sequence[Move]) -> str:
    named = sorted(
        (m.seeker.row.student_id, m.slot.id, m.seeker.last.id if m.seeker.last else 0) for m in moves
    )
    return hashlib.sha256(repr(named).encode()).hexdigest()[:32]
