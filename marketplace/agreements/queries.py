"""Read the registry: scoped by actor for its pages, as plain terms for the rules of eligibility."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

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
    expected_on,
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


def terms_of(school_ids: Iterable[int], facility_ids: Iterable[int] | None = None) -> list[Terms]:
    """What the agreements of these schools say, in one query however many there are.

    With `facility_ids` only what they say of these facilities.
    """
    values: dict[str, Any] = {"schools": list(school_ids)}
    if facility_ids is not None:
        values["facilities"] = list(facility_ids)
    agreed: dict[int, sa.Row[Any]] = {}
    named: dict[tuple[str, int], set[int]] = {}
    for row in db.session.execute(_terms(some=facility_ids is not None), values):
        if row.what == "facility":
            agreed[row.id] = row
        if row.what == "site":
            named.setdefault(("narrowed", row.id), set()).add(row.facility_id)
        named.setdefault((row.what, row.id), set()).add(row.names)
    nobody: set[int] = set()
    return [
        Terms(
            school_id=row.school_id,
            facilities=frozenset(named["facility", id_]),
            signed=row.stage is Stage.ACTIVE,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            programmes=frozenset(named.get(("programme", id_), nobody)),
            narrowed=frozenset(named.get(("narrowed", id_), nobody)),
            sites=frozenset(named.get(("site", id_), nobody)),
            expected_on=expected_on(row.stage, row.target_on, row.requested_on, row.lead_days),
        )
        for id_, row in agreed.items()
    ]


@lru_cache(maxsize=2)
def _terms(*, some: bool) -> sa.CompoundSelect[Any]:
    """A row per facility of an agreement (with its dates), per programme and per site that it names."""
    agreement, facility = Agreement.__table__.c, AgreementFacility.__table__.c
    programme, site = AgreementProgramme.__table__.c, AgreementSite.__table__.c
    dates = [agreement.school_id, agreement.stage, agreement.starts_on, agreement.ends_on]
    dates += [agreement.target_on, agreement.requested_on, agreement.lead_days]
    none = [sa.cast(sa.null(), column.type).label(column.name) for column in dates]
    at = Site.__table__.c.facility_id
    no_facility = sa.cast(sa.null(), sa.Integer).label("facility_id")
    what = [
        sa.literal(name, literal_execute=True).label("what") for name in ("facility", "programme", "site")
    ]
    wanted = agreement.school_id.in_(sa.bindparam("schools", expanding=True))
    chosen: sa.BindParameter[Any] = sa.bindparam("facilities", expanding=True)
    with_some = [facility.facility_id.in_(chosen)] if some else []
    ids = sa.select(agreement.id).join(AgreementFacility.__table__).where(wanted, *with_some)
    return sa.union_all(
        sa.select(what[0], agreement.id, facility.facility_id.label("names"), no_facility, *dates)
        .join_from(Agreement.__table__, AgreementFacility.__table__)
        .where(wanted, *with_some),
        sa.select(what[1], programme.agreement_id, programme.programme_id, no_facility, *none).where(
            programme.agreement_id.in_(ids)
        ),
        sa.select(what[2], site.agreement_id, site.site_id, at, *none)
        .join_from(AgreementSite.__table__, Site.__table__)
        .where(site.agreement_id.in_(ids), *([at.in_(chosen)] if some else [])),
    )
