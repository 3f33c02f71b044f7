"""A host confirms who comes, or says that something is wrong. Never before the release."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.mail import services as mail
from marketplace.placements import answers as placements
from marketplace.results.models import Answer, HostAnswer
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED
from marketplace.slots.models import Slot


def answer(
    actor: Actor,
    round_id: int,
    slot_id: int,
    said: Answer,
    *,
    shown: Collection[int],
    note: str,
    now: datetime,
) -> HostAnswer:
    """Keep a host's answer and tell the coordinators of a question. ``shown``: the placements it is about.

    Raises NotFound (not theirs, or not released), DomainError("missing") for a question without words.
    """
    round_, slot = rounds.as_facility(actor, round_id, slot_id, lock=True)
    if round_.phase not in PUBLISHED:
        raise NotFound("result")
    words = note.strip()[:500] if said is Answer.QUESTIONED else ""
    if said is Answer.QUESTIONED and not words:
        raise DomainError("missing", field="note")
    if said is Answer.CONFIRMED:
        placements.confirm_slot(actor, round_, slot.id, shown, now=now)
    kept = db.session.get(HostAnswer, (round_.id, slot.id)) or HostAnswer(round_id=round_.id, slot_id=slot.id)
    if (kept.answer, kept.note) == (said, words):
        return kept
    kept.answer, kept.note, kept.answered_at, kept.answered_by_id = said, words, now, actor.user_id
    db.session.add(kept)
    db.session.flush()
    audit.record(actor, f"host {said.value}", slot, now=now, round=round_.id)
    if said is Answer.QUESTIONED:
        _tell_coordinators(round_, slot, words, now=now)
    return kept


def _tell_coordinators(round_: Round, slot: Slot, words: str, *, now: datetime) -> None:
    for user_id, address in rounds.addresses(round_.id, round_.school_id)["coordinators"]:
        mail.enqueue(
            f"host-question:{round_.id}:{slot.id}:{user_id}:{now.isoformat()}",
            recipient=address,
            subject=f"A question about “{slot.title}” in {round_.name}",
            body=f"{slot.facility.name} asks about who is placed at “{slot.title}”:\n\n{words}\n",
            now=now,
        )
