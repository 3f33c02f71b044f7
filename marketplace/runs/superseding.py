"""Match a round again before its release, on the sealed input with listed corrections and the same seed.

One person proposes it with a public reason, another one confirms. Both runs are kept; only one can ever be
released. After the release a round is never run again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.accounts.models import Membership, Role, User
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound, WrongPhase
from marketplace.mail import services as mail
from marketplace.rounds import queries as rounds
from marketplace.rounds.changes import note
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.rounds.phases import Phase
from marketplace.rounds.services import announce, move
from marketplace.runs import apart, corrections, matching_adapter
from marketplace.runs.corrections import Correction, Kind
from marketplace.runs.models import MatchRun, ReleasePlan, RunState, Seal, Supersession
from marketplace.runs.queries import official_run

OFFICIAL_KEY = "official"
#: More than a few corrections are no corrections.
MOST = 10


def propose(
    actor: Actor, round_: Round, asked: Sequence[Correction], *, reason: str, now: datetime
) -> Supersession:
    """Ask for another run on a corrected input. Until someone answers, nothing is released.

    Raises WrongPhase, DomainError: "missing" (the reason, or any correction), "too_many", what
    :func:`marketplace.runs.corrections.apply` raises; Conflict where one is open already.
    """
    run = _waiting(round_)
    if not reason.strip():
        raise DomainError("missing", field="reason")
    if not asked:
        raise DomainError("missing", field="corrections")
    if len(asked) > MOST:
        raise DomainError("too_many", most=MOST)
    if opened(run.id) is not None:
        raise Conflict("superseding")
    own = db.session.get_one(Seal, round_.id).apart
    corrections.apply(json.loads(problem(round_.id).to_json()), asked, own)
    found = Supersession(
        run_id=run.id,
        reason=reason.strip()[:300],
        corrections=[each.to_dict() for each in asked],
        proposed_at=now,
        proposed_by_id=actor.user_id,
    )
    db.session.add(found)
    db.session.flush()
    audit.record(actor, "another run proposed", round_, now=now, supersession=found.id)
    _ask(round_, found, now=now)
    return found


def confirm(actor: Actor, round_: Round, *, now: datetime) -> None:
    """Another person agrees: the run gives way, everyone is told why, and the round is decided anew.

    Raises WrongPhase, Conflict where nothing is proposed, DomainError("not_another") for anyone who may not.
    """
    run = _waiting(round_)
    found = opened(run.id)
    if found is None:
        raise Conflict("none_open")
    if not may_confirm(actor, round_, found):
        raise DomainError("not_another")
    found.confirmed_at, found.confirmed_by_id = now, actor.user_id
    run.state = RunState.SUPERSEDED
    db.session.execute(sa.delete(ReleasePlan).where(ReleasePlan.run_id == run.id))
    db.session.flush()
    move(actor, round_, Phase.LOCKED, now=now)
    number = len(confirmed(round_.id))
    note(round_, {"official_run": [number, number + 1]}, reason=found.reason, now=now)
    _announce(round_, found, number, now=now)
    _leave(round_, found, now=now)
    audit.record(actor, "run superseded", round_, now=now, run=run.id, supersession=found.id)


def withdraw(actor: Actor, round_: Round, *, now: datetime) -> None:
    """Take an open proposal back, or decline it: the run stands. Raises WrongPhase, Conflict."""
    found = opened(_waiting(round_).id)
    if found is None:
        raise Conflict("none_open")
    found.withdrawn_at = now
    audit.record(actor, "another run declined", round_, now=now, supersession=found.id)


def opened(run_id: int) -> Supersession | None:
    """What is proposed about a run and neither confirmed nor taken back."""
    return db.session.scalar(
        sa.select(Supersession).where(
            Supersession.run_id == run_id,
            Supersession.withdrawn_at.is_(None),
            Supersession.confirmed_at.is_(None),
        )
    )


def confirmed(round_id: int) -> Sequence[tuple[Supersession, MatchRun]]:
    """What superseded a round's runs, with the run that gave way, oldest first."""
    query = (
        sa.select(Supersession, MatchRun)
        .join(MatchRun, MatchRun.id == Supersession.run_id)
        .where(MatchRun.round_id == round_id, Supersession.confirmed_at.is_not(None))
        .order_by(Supersession.id)
    )
    return [(found, run) for found, run in db.session.execute(query)]


def run_key(round_id: int) -> str:
    """The key of the official run that is due: ``official``, after one was superseded ``official-2`` ..."""
    number = len(confirmed(round_id)) + 1
    return OFFICIAL_KEY if number == 1 else f"{OFFICIAL_KEY}-{number}"


def made(round_id: int) -> list[Correction]:
    """Every correction of the sealed input that counts, in order."""
    return [Correction.from_dict(each) for found, _run in confirmed(round_id) for each in found.corrections]


def problem(round_id: int) -> matching_adapter.MatchingProblem:
    """The input that is decided on: the sealed one, its seed too, with the corrections made."""
    seal = db.session.get_one(Seal, round_id)
    asked = made(round_id)
    if not asked:
        return matching_adapter.read_problem(seal.problem)
    corrected = corrections.apply(json.loads(seal.problem), asked, seal.apart)
    return matching_adapter.read_problem(json.dumps(corrected))


def ended(round_id: int) -> list[set[str]]:
    """Of each couple that corrections ended the one, by code, who is single since then, if there is one."""
    asked = made(round_id)
    return corrections.ended(json.loads(db.session.get_one(Seal, round_id).problem), asked) if asked else []


def decided(run: MatchRun) -> matching_adapter.MatchingProblem:
    """What a run's result is the result of: this input, with the couples single that were taken apart on the
    way. For the run that stands."""
    own = db.session.get_one(Seal, run.round_id).apart
    return apart.taken_apart(problem(run.round_id), own, run.earlier)


def for_operator(actor: Actor, round_id: int, *, lock: bool = False) -> Round:
    """A round whose only coordinator asks for another run, for an operator to confirm. Raises NotFound."""
    query = sa.select(Round).where(Round.id == round_id, Round.phase == Phase.COMPUTED)
    query = query.options(joinedload(Round.school))
    if lock:
        query = query.with_for_update(of=Round).execution_options(populate_existing=True)
    round_ = db.session.scalars(query).one_or_none()
    run = official_run(round_id)
    found = opened(run.id) if run else None
    if round_ is None or found is None or not may_confirm(actor, round_, found):
        raise NotFound("round")
    return round_


def to_confirm(actor: Actor) -> Sequence[Round]:
    """The rounds that wait for an operator as the second person."""
    query = (
        sa.select(Round, Supersession)
        .join(MatchRun, MatchRun.round_id == Round.id)
        .join(Supersession, Supersession.run_id == MatchRun.id)
        .where(
            Round.phase == Phase.COMPUTED,
            Supersession.confirmed_at.is_(None),
            Supersession.withdrawn_at.is_(None),
        )
        .order_by(Supersession.id)
    )
    return [round_ for round_, found in db.session.execute(query) if may_confirm(actor, round_, found)]


def may_confirm(actor: Actor, round_: Round, found: Supersession) -> bool:
    """Whether `actor` is the other person: a coordinator, or an operator where the school has no other."""
    if actor.user_id == found.proposed_by_id:
        return False
    others = _others(round_, found)
    if others:
        return actor.user_id in others
    return actor.has(Role.OPERATOR)


def _others(round_: Round, found: Supersession) -> dict[int, str]:
    """The school's coordinators but the proposer: id to address."""
    people = dict(rounds.addresses(round_.id, round_.school_id)["coordinators"])
    return {i: address for i, address in people.items() if i != found.proposed_by_id}


def _waiting(round_: Round) -> MatchRun:
    run = official_run(round_.id)
    if round_.phase is not Phase.COMPUTED or run is None:
        raise WrongPhase(round_.phase.value)
    return run


def _ask(round_: Round, found: Supersession, *, now: datetime) -> None:
    """Tell those who may confirm; the mail says nothing of the result or of whom the corrections name."""
    people = _others(round_, found)
    if not people:
        operators = (
            sa.select(User.id, User.email)
            .join(Membership, Membership.user_id == User.id)
            .where(User.active, Membership.role == Role.OPERATOR, User.id != found.proposed_by_id)
        )
        people = {i: address for i, address in db.session.execute(operators)}
    for user_id, address in sorted(people.items()):
        mail.enqueue(
            f"round:{round_.id}:supersede:{found.id}:{user_id}",
            recipient=address,
            subject=f"{round_.name}: another run waits for your confirmation",
            body=(
                f"Before the results of “{round_.name}” go out, a coordinator asks to have it matched\n"
                "again on a corrected input. That takes a second person: sign in, read what is asked, and\n"
                f"confirm or decline. Nothing is released meanwhile.\n\nThe reason given: {found.reason}\n"
            ),
            now=now,
        )


def _announce(round_: Round, found: Supersession, number: int, *, now: datetime) -> None:
    announce(
        round_,
        f"superseded:{number}",
        subject=f"{round_.name}: the match is made again before results are out",
        body=(
            f"Before any result of “{round_.name}” was shown to anybody, two people responsible decided\n"
            "to make the match again: on the same sealed lists, with the same lottery, and with listed\n"
            "corrections.\n\n"
            f"The reason: {found.reason}\n"
        ),
        now=now,
    )


def _leave(round_: Round, found: Supersession, *, now: datetime) -> None:
    """Whoever withdrew takes part in nothing more of the round."""
    for each in map(Correction.from_dict, found.corrections):
        if each.kind is Kind.STUDENT_GONE:
            _mark(RoundStudent, round_.id, each.student, now)
        elif each.kind is Kind.SLOT_GONE:
            _mark(RoundSlot, round_.id, each.slot, now)


def _mark(
    model: type[RoundStudent] | type[RoundSlot], round_id: int, code: str | None, now: datetime
) -> None:
    db.session.execute(
        sa.update(model).where(model.round_id == round_id, model.code == code).values(withdrawn_at=now)
    )
