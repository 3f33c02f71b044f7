"""Whether a student's true order is the best one for them, and what this round's pages say of it.

Deferred acceptance with students proposing is strategy-proof for students (Dubins and Freedman 1981, Roth
1982) while the lottery depends on nobody's list, slots choose by priority within fixed numbers, and lists
may be as long as one likes. Couples and minimum cohorts break it. For facilities it never holds. One place,
so that the rules and the ranking page can't differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace.db import db
from marketplace.rounds.models import Round, RoundSlot
from marketplace.slots.models import Slot, SlotState


class Exemption(StrEnum):
    """What a round has that the theorem does not cover."""

    COUPLES = "couples"
    MINIMUM = "minimum"


@dataclass(frozen=True)
class Truth:
    """What a round's pages say of the true order; ``exemptions`` is empty where the promise holds."""

    exemptions: Sequence[Exemption]

    @property
    def holds(self) -> bool:
        """Whether no student can gain by any other order."""
        return not self.exemptions

    @property
    def sentences(self) -> list[str]:
        """The same words for every page that speaks of it."""
        if self.holds:
            return [
                _("Your true order is the best for you: you cannot gain by any other order."),
                _("Listing a popular place first never costs you a lower choice."),
            ]
        why = {
            Exemption.COUPLES: _(
                "In this round two students may be matched as a couple. Then a student can, in rare cases,"
                " gain by another order; who could, nobody can know beforehand."
            ),
            Exemption.MINIMUM: _(
                "In this round some slots take a minimum number of students or none. When one of them closes,"
                " a student can, in rare cases, have gained by another order; nobody can know beforehand."
            ),
        }
        return [*(why[each] for each in self.exemptions), _("Your true order is still the sound choice.")]


def of(round_: Round) -> Truth:
    """What is true in this round as it stands."""
    found = [Exemption.COUPLES] if round_.couples else []
    if _has_minimum(round_.id):
        found.append(Exemption.MINIMUM)
    return Truth(found)


def _has_minimum(round_id: int) -> bool:
    query = (
        sa.select(Slot.id)
        .join(RoundSlot, RoundSlot.slot_id == Slot.id)
        .where(
            RoundSlot.round_id == round_id,
            RoundSlot.withdrawn_at.is_(None),
            Slot.state == SlotState.POSTED,
            Slot.minimum > 0,
        )
    )
    return db.session.scalar(query.limit(1)) is not None
