"""Read schools and programmes, scoped by actor."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace.access import Actor
from marketplace.db import db
from marketplace.schools.models import School


def coordinated(actor: Actor) -> Sequence[School]:
    """The schools that `actor` coordinates, with their programmes, by name."""
    query = (
        sa.select(School)
        .where(School.id.in_(actor.coordinated_schools))
        .options(selectinload(School.programmes))
        .order_by(School.name, School.id)
    )
    return db.session.scalars(query).all()
