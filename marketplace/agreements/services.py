"""Write the registry, always as a coordinator of the agreement's school."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.agreements import queries
from marketplace.agreements.models import Agreement, Stage
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.facilities.models import Facility, Site
from marketplace.schools.models import Programme

#: What a coordinator may set, with what a new agreement starts from.
FIELDS: dict[str, Any] = {
    "party": "",
    "stage": Stage.NONE,
    "starts_on": None,
    "ends_on": None,
    "notice_days": 60,
    "survives": True,
    "lead_days": 120,
    "requested_on": None,
    "target_on": None,
    "owner_id": None,
    "note": "",
}
#: From each stage the one after it.
NEXT = {Stage.NONE: Stage.REQUESTED, Stage.REQUESTED: Stage.IN_REVIEW, Stage.IN_REVIEW: Stage.ACTIVE}


def create(
    actor: Actor,
    school_id: int,
    *,
    facility_ids: Iterable[int],
    now: datetime,
    programme_ids: Iterable[int] = (),
    site_ids: Iterable[int] = (),
    **fields: Any,
) -> Agreement:
    """A new agreement of a school the actor coordinates, from FIELDS.

    No `programme_ids`: for every programme of the school. No `site_ids` of a facility: for all of its sites.
    Raises NotFound, and DomainError with the field where a value is impossible.
    """
    if school_id not in actor.coordinated_schools:
        raise NotFound("school")
    agreement = Agreement(school_id=school_id, created_at=now, programmes=[], facilities=[], sites=[])
    _assign(agreement, {**FIELDS, **fields}, now.date())
    _name(agreement, facility_ids, programme_ids, site_ids)
    db.session.add(agreement)
    db.session.flush()
    audit.record(actor, "created", agreement, now=now, party=agreement.party, stage=agreement.stage.value)
    return agreement


def edit(
    actor: Actor,
    agreement_id: int,
    *,
    facility_ids: Iterable[int],
    programme_ids: Iterable[int],
    site_ids: Iterable[int],
    now: datetime,
    **fields: Any,
) -> Agreement:
    """Change an agreement. Raises as :func:`create`."""
    agreement = queries.own(actor, agreement_id, lock=True)
    before = {name: getattr(agreement, name) for name in FIELDS}
    with db.session.no_autoflush:
        _assign(agreement, fields, now.date())
        _name(agreement, facility_ids, programme_ids, site_ids)
    db.session.flush()
    changed = {n: _plain(getattr(agreement, n)) for n, old in before.items() if getattr(agreement, n) != old}
    changed.pop("note", None)
    audit.record(actor, "edited", agreement, now=now, **changed)
    return agreement


def take_on(actor: Actor, agreement_id: int, *, owner_id: int | None, now: datetime) -> Agreement:
    """Say who sees to an agreement: a coordinator of its school, or nobody."""
    agreement = queries.own(actor, agreement_id, lock=True)
    agreement.owner_id = owner_id
    _check_owner(agreement)
    audit.record(actor, "assigned", agreement, now=now, owner_id=owner_id)
    return agreement


def advance(actor: Actor, agreement_id: int, stage: Stage, *, now: datetime) -> Agreement:
    """Move an agreement that is being made to another stage. Signing needs its dates, by :func:`edit`."""
    agreement = queries.own(actor, agreement_id, lock=True)
    if stage is Stage.ACTIVE or agreement.stage is Stage.ACTIVE:
        raise DomainError("dates_needed", field="stage")
    agreement.stage = stage
    if stage is not Stage.NONE and agreement.requested_on is None:
        agreement.requested_on = now.date()
    audit.record(actor, "moved", agreement, now=now, stage=stage.value)
    return agreement


def remove(actor: Actor, agreement_id: int, *, now: datetime) -> None:
    """Delete an agreement that was entered by mistake or never came about."""
    agreement = queries.own(actor, agreement_id, lock=True)
    audit.record(actor, "removed", agreement, now=now, party=agreement.party, school=agreement.school_id)
    db.session.delete(agreement)
    db.session.flush()


def _assign(agreement: Agreement, fields: dict[str, Any], today: date) -> None:
    unknown = fields.keys() - FIELDS.keys()
    if unknown:
        raise TypeError(f"not fields of an agreement: {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(agreement, name, value.strip() if type(value) is str else value)
    if agreement.stage in (Stage.REQUESTED, Stage.IN_REVIEW) and agreement.requested_on is None:
        agreement.requested_on = today
    _check(agreement)
    _check_owner(agreement)


def _check(agreement: Agreement) -> None:
    if agreement.stage is Stage.ACTIVE and agreement.starts_on is None:
        raise DomainError("missing", field="starts_on")
    if agreement.starts_on and agreement.ends_on and agreement.ends_on < agreement.starts_on:
        raise DomainError("ends_before_start", field="ends_on")
    for name, least in (("notice_days", 0), ("lead_days", 1)):
        if not least <= getattr(agreement, name) <= 730:
            raise DomainError("out_of_range", field=name)


def _check_owner(agreement: Agreement) -> None:
    known = {user.id for user in queries.colleagues([agreement.school_id])}
    if agreement.owner_id is not None and agreement.owner_id not in known:
        raise DomainError("unknown_owner", field="owner_id")


def _name(
    agreement: Agreement, facility_ids: Iterable[int], programme_ids: Iterable[int], site_ids: Iterable[int]
) -> None:
    """Say for whom and where. Every id must exist and fit the others."""
    agreement.facilities = _all(
        sa.select(Facility).where(Facility.verified_at.is_not(None)), Facility, facility_ids, "facilities"
    )
    if not agreement.facilities:
        raise DomainError("missing", field="facilities")
    agreement.programmes = _all(
        sa.select(Programme).where(Programme.school_id == agreement.school_id),
        Programme,
        programme_ids,
        "programmes",
    )
    hosts = [facility.id for facility in agreement.facilities]
    agreement.sites = _all(sa.select(Site).where(Site.facility_id.in_(hosts)), Site, site_ids, "sites")
    if not agreement.party:
        agreement.party = agreement.facilities[0].name


def _all(query: sa.Select[Any], model: Any, ids: Iterable[int], field: str) -> list[Any]:
    wanted = set(ids)
    found = db.session.scalars(query.where(model.id.in_(wanted)).order_by(model.id)).all()
    if len(found) != len(wanted):
        raise DomainError("unknown", field=field)
    return list(found)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
