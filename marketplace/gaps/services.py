"""Begin a missing agreement from the board, say who sees to it, and move it on."""

from __future__ import annotations

from datetime import datetime

from marketplace.access import Actor
from marketplace.agreements import queries as agreements
from marketplace.agreements import services
from marketplace.agreements.models import Agreement, Stage
from marketplace.gaps import queries


def take_on(
    actor: Actor,
    school_id: int,
    facility_id: int,
    *,
    owner_id: int | None,
    stage: Stage,
    now: datetime,
) -> Agreement:
    """Enter owner and stage of a gap's agreement, which is made where there is none yet.

    Raises NotFound where the board has no such gap, DomainError("dates_needed") for a signature: that
    needs its dates, on the agreement's own page.
    """
    gap = queries.gap(actor, school_id, facility_id, now.date())
    if gap.agreement is None:
        made = services.create(
            actor,
            school_id,
            facility_ids=[facility_id],
            party=gap.facility.name,
            lead_days=gap.lead_days,
            now=now,
        )
    else:
        made = agreements.own(actor, gap.agreement.id, lock=True)
    if made.owner_id != owner_id:
        services.take_on(actor, made.id, owner_id=owner_id, now=now)
    if made.stage is not stage:
        services.advance(actor, made.id, stage, now=now)
    return made
