"""The rounds that a person's home shows the stages of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED, Phase
from marketplace.rounds.stages import Stage, stages

#: Not announced, called off, or with a result that has pages of its own.
_ELSEWHERE = PUBLISHED | {Phase.DRAFT, Phase.CANCELLED}


def rounds_under_way(actor: Actor, now: datetime) -> list[tuple[Round, list[Stage]]]:
    """Announced rounds without a result that the person takes part in or runs, the next to close first.

    The same queries as their to-do lists ask, so a page that shows both asks no more.
    """
    found = {each.id: each for each in _theirs(actor) if each.phase not in _ELSEWHERE}
    in_order = sorted(found.values(), key=lambda each: (each.ranking_closes_at, each.id))
    return [(each, stages(each, now)) for each in in_order]


def _theirs(actor: Actor) -> Iterator[Round]:
    if actor.has(Role.STUDENT):
        yield from rounds.rounds_of_student(actor)
    if actor.has(Role.FACILITY_CONTACT):
        yield from (round_ for round_, _slot in rounds.slots_of_facility(actor))
    if actor.has(Role.COORDINATOR):
        yield from rounds.coordinated_rounds(actor)
