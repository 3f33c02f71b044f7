"""Read the registry: scoped by actor for its pages, as plain terms for the rules of eligibility."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from marketplace.access import Actor
from marketplace.accounts.models import Membership, Role, User
from marketplace.agreements.cover import Terms
from marketplace.agreements.models import (
    Agreement,
    AgreementFacility,
    AgreementProgramme,
    AgreementSite,
    Stage,
)
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility, Site
from marketplace.memo import once

_WHOLE = (
    joinedload(Agreement.school),
    joinedload(Agreement.owner),
    selectinload(Agreement.programmes),
    selectinload(Agreement.facilities),
    selectinload(Agreement.sites).joinedload(Site.facility),
)


@once
def of_schools(actor: Actor) -> Sequence[Agreement]:
    """The agreements of the actor's schools, the next to end first, those without end last."""
    query = (
        sa.select(Agreement)
        .where(Agreement.school_id.in_(actor.coordinated_schools))
        .options(*_WHOLE)
        .order_by(Agreement.ends_on.is_(None), Agreement.ends_on, Agreement.party, Agreement.id)
    )
    return db.session.scalars(query).all()


def own(actor: Actor, agreement_id: int, *, lock: bool = False) -> Agreement:
    """One agreement of a school the actor coordinates. Raises NotFound."""
    query = (
        sa.select(Agreement)
        .where(Agreement.id == agreement_id, Agreement.school_id.in_(actor.coordinated_schools))
        .options(*_WHOLE)
    )
    if lock:
        query = query.with_for_update(of=Agreement).execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("agreement")
    return found


def colleagues(school_ids: Iterable[int]) -> Sequence[User]:
    """The coordinators of these schools, who may own an agreement, by name."""
    query = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role == Role.COORDINATOR, Membership.school_id.in_(list(school_ids)))
        .distinct()
        .order_by(User.name, User.id)
    )
    return db.session.scalars(query).all()


def partners(limit: int = 2000) -> Sequence[Facility]:
    """Every verified facility with its sites: those an agreement can be with, by name."""
    query = (
        sa.select(Facility)
        .where(Facility.verified_at.is_not(None))
        .options(selectinload(Facility.sites))
        .order_by(Facility.name, Facility.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def ending(first: date, last: date) -> Sequence[Agreement]:
    """Signed agreements of any school that end between two days."""
    query = (
        sa.select(Agreement)
        .where(Agreement.stage == Stage.ACTIVE, Agreement.ends_on >= first, Agreement.ends_on <= last)
        .options(joinedload(Agreement.school))
        .order_by(Agreement.id)
    )
    return db.session.scalars(query).all()


def terms_of(school_ids: Iterable[int]) -> list[Terms]:
    """What the agreements of these schools say, in three queries however many there are."""
    wanted = sa.select(Agreement.id).where(Agreement.school_id.in_(list(school_ids)))
    rows: dict[int, Agreement] = {}
    facilities: dict[int, set[int]] = {}
    query = sa.select(Agreement, AgreementFacility.facility_id).join(AgreementFacility)
    for row, facility_id in db.session.execute(query.where(Agreement.id.in_(wanted)).order_by(Agreement.id)):
        rows[row.id] = row
        facilities.setdefault(row.id, set()).add(facility_id)
    programmes = _programmes(wanted)
    sites, narrowed = _sites(wanted)
    return [
        Terms(
            school_id=row.school_id,
            facilities=frozenset(facilities[id_]),
            signed=row.stage is Stage.ACTIVE,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            programmes=frozenset(programmes.get(id_, ())),
            narrowed=frozenset(narrowed.get(id_, ())),
            sites=frozenset(sites.get(id_, ())),
            expected_on=row.expected_on,
        )
        for id_, row in rows.items()
    ]


def _programmes(wanted: sa.Select[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for row in db.session.scalars(
        sa.select(AgreementProgramme).where(AgreementProgramme.agreement_id.in_(wanted))
    ):
        found.setdefault(row.agreement_id, set()).add(row.programme_id)
    return found


def _sites(wanted: sa.Select[int]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """The named sites of each agreement, and the facilities of which it names any."""
    sites: dict[int, set[int]] = {}
    narrowed: dict[int, set[int]] = {}
    query = sa.select(AgreementSite.agreement_id, Site.id, Site.facility_id).join(
        Site, Site.id == AgreementSite.site_id
    )
    for id_, site_id, facility_id in db.session.execute(query.where(AgreementSite.agreement_id.in_(wanted))):
        sites.setdefault(id_, set()).add(site_id)
        narrowed.setdefault(id_, set()).add(facility_id)
    return sites, narrowed
