"""Both sides confirm a placement or decline it, each for themselves; a coordinator can write answers down.

Who has confirmed is bound: from then on only a coordinator can release them. Silence changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts.models import User
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.placements import letters, queries
from marketplace.placements.models import Side
from marketplace.placements.policies import require_live
from marketplace.rounds.models import Round
from marketplace.runs.models import Placement, PlacementEnd


def confirm(actor: Actor, round_id: int, *, now: datetime) -> Placement:
    """The student takes the place. Raises NotFound, DomainError("overlaps") with the place they hold."""
    _round, _student, found = queries.of_student(actor, round_id, lock=True)
    placement = _standing(found)
    if placement.student_confirmed_at is None:
        _require_no_clash(placement)
        placement.student_confirmed_at = now
        audit.record(actor, "placement confirmed", placement, now=now, side=Side.STUDENT.value)
    return placement


def decline(actor: Actor, round_id: int, *, reason: str, now: datetime) -> Placement:
    """The student turns the place down; it is open again. Raises DomainError("missing", "bound")."""
    round_, _student, found = queries.of_student(actor, round_id, lock=True)
    placement = _standing(found)
    if placement.student_confirmed_at is not None:
        raise DomainError("bound")
    _end(actor, round_, placement, PlacementEnd.DECLINED, reason, now=now)
    return placement


def confirm_slot(actor: Actor, round_: Round, slot_id: int, shown: Collection[int], *, now: datetime) -> int:
    """A host expects those placed in a slot whose placements it was shown; returns how many that is news of.

    Who was placed there since stays unconfirmed. The caller has read round and slot as the host, and holds
    the round's row.
    """
    here = queries.in_slot(round_.id, slot_id, lock=True)
    news = [p for p in here if p.id in shown and p.host_confirmed_at is None]
    for placement in news:
        placement.host_confirmed_at = now
        audit.record(actor, "placement confirmed", placement, now=now, side=Side.HOST.value)
    return len(news)


def refuse(
    actor: Actor, round_id: int, slot_id: int, placement_id: int, *, reason: str, now: datetime
) -> Placement:
    """A host can't take one student after all. Raises NotFound, DomainError("missing", "bound")."""
    round_, placement = queries.of_host(actor, round_id, slot_id, placement_id, lock=True)
    if placement.host_confirmed_at is not None:
        raise DomainError("bound")
    _end(actor, round_, placement, PlacementEnd.REFUSED, reason, now=now)
    return placement


def record(
    actor: Actor, round_id: int, placement_id: int, side: Side, *, confirms: bool, reason: str, now: datetime
) -> Placement:
    """A coordinator writes down what one side told them. Raises what the side's own answer would."""
    round_, placement = queries.of_round(actor, round_id, placement_id, lock=True)
    if placement.ended_at is not None:
        raise DomainError("ended")
    bound = placement.student_confirmed_at if side is Side.STUDENT else placement.host_confirmed_at
    if bound is not None:
        raise DomainError("bound")
    if not confirms:
        end = PlacementEnd.DECLINED if side is Side.STUDENT else PlacementEnd.REFUSED
        _end(actor, round_, placement, end, reason, now=now)
    elif side is Side.STUDENT:
        # The other place may be of another school's round: a coordinator hears that there is one, not which.
        if _clash(placement) is not None:
            raise DomainError("overlaps_elsewhere")
        placement.student_confirmed_at = now
    else:
        placement.host_confirmed_at = now
    if confirms:
        audit.record(actor, "placement answer recorded", placement, now=now, side=side.value, note=reason)
    return placement


def end(
    actor: Actor, round_: Round, placement: Placement, reason: PlacementEnd, *, note: str, now: datetime
) -> None:
    """Let a placement stand no more, and tell both sides. For what a coordinator decided."""
    placement.ended_at, placement.end_reason, placement.end_note = now, reason, note.strip()[:500]
    db.session.flush()
    audit.record(actor, f"placement {reason.value}", placement, now=now, note=placement.end_note)
    _tell(round_, placement, reason, now=now)


def _end(
    actor: Actor, round_: Round, placement: Placement, end_: PlacementEnd, reason: str, *, now: datetime
) -> None:
    require_live(round_)
    if not reason.strip():
        raise DomainError("missing", field="reason")
    end(actor, round_, placement, end_, note=reason, now=now)
    letters.to_coordinators(
        round_,
        f"placement:{placement.id}:ended",
        subject=f"{round_.name}: a placement was declined",
        body=(
            f"A placement at “{placement.slot.title}” in “{round_.name}” was declined. "
            "Sign in to read why, and to see what is open.\n"
        ),
        now=now,
    )


def _standing(found: list[Placement]) -> Placement:
    placement = next((p for p in found if p.ended_at is None), None)
    if placement is None:
        raise NotFound("placement")
    return placement


def _clash(placement: Placement) -> Placement | None:
    """One person confirms one place at a time; two who ask at once wait for each other here."""
    user_id = placement.student.user_id
    db.session.execute(sa.select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    return queries.clash(placement, user_id)


def _require_no_clash(placement: Placement) -> None:
    other = _clash(placement)
    if other is not None:
        slot = other.slot
        raise DomainError(
            "overlaps",
            facility=slot.facility.name,
            title=slot.title,
            starts_on=slot.starts_on,
            ends_on=slot.ends_on,
        )


#: What each side reads when a placement ends: (student, host); empty where that side did it.
_NEWS = {
    PlacementEnd.DECLINED: ("", "a student declined the place; it is open again."),
    PlacementEnd.REFUSED: ("the facility can't host you after all. Your coordinator looks for a place.", ""),
    PlacementEnd.DISPLACED: (
        "the facility has fewer places than it had, and yours is among those that are gone. "
        "Your coordinator looks for another place; you come first.",
        "the round now counts fewer places here. Sign in to see who still comes.",
    ),
    PlacementEnd.RELEASED: (
        "your coordinator released you from it.",
        "a student was released from the place; it is open again.",
    ),
    PlacementEnd.WITHDRAWN: (
        "the facility can't host you after all, and your coordinator released it. "
        "Your coordinator looks for another place; you come first.",
        "the coordinator released you from hosting one student, as you asked.",
    ),
}


def _tell(round_: Round, placement: Placement, reason: PlacementEnd, *, now: datetime) -> None:
    slot = placement.slot
    student, host = _NEWS[reason]
    subject = f"{round_.name}: news of “{slot.title}”"
    if student:
        body = f"Your placement at “{slot.title}”, {slot.facility.name}: {student}\n\nSign in to see more.\n"
        letters.to_student(placement, "ended", subject=subject, body=body, now=now)
    if host:
        body = f"“{slot.title}” in “{round_.name}”: {host}\n"
        letters.to_hosts(slot, f"placement:{placement.id}:ended-host", subject=subject, body=body, now=now)
