"""Write requirement sets; a student says what is done, a coordinator checks it.

The audit trail notes that something was said or checked, never how it came out: that is nobody's business
who reads audits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.facilities.models import Site
from marketplace.requirements import queries
from marketplace.requirements.models import Due, RequirementItem, RequirementRecord, RequirementSet, Standing
from marketplace.students import queries as students
from marketplace.vocabulary import REQUIREMENTS, Modality

MOST_COST = 5000


def save_set(
    actor: Actor,
    school_id: int,
    *,
    name: str,
    site_id: int | None,
    modality: Modality | None,
    items: Mapping[str, Due],
    now: datetime,
    set_id: int | None = None,
) -> RequirementSet:
    """Make or change a set of a school the actor coordinates. Raises NotFound and DomainError."""
    if school_id not in actor.coordinated_schools:
        raise NotFound("school")
    if set_id is None:
        found = RequirementSet(school_id=school_id, created_at=now, items=[])
    else:
        found = queries.own_set(actor, set_id)
    _check_set(name.strip(), site_id, items)
    with db.session.no_autoflush:
        if _name_taken(school_id, name.strip(), set_id):
            raise DomainError("name_taken", field="name")
    found.name, found.site_id, found.modality = name.strip(), site_id, modality
    known = {item.kind: item for item in found.items}
    found.items = [known.get(kind) or RequirementItem(kind=kind) for kind in sorted(items)]
    for item in found.items:
        item.due = items[item.kind]
    db.session.add(found)
    db.session.flush()
    audit.record(actor, "saved requirements", found, now=now, name=found.name, items=sorted(items))
    return found


def set_costs(actor: Actor, set_id: int, costs: Mapping[str, int | None], *, now: datetime) -> None:
    """Say what the items of a set usually cost a student, in dollars. Raises DomainError("out_of_range")."""
    found = queries.own_set(actor, set_id)
    for item in found.items:
        cost = costs.get(item.kind)
        if cost is not None and not 0 <= cost <= MOST_COST:
            raise DomainError("out_of_range", field=item.kind, least=0, most=MOST_COST)
        item.cost = cost
    db.session.flush()
    audit.record(actor, "saved costs", found, now=now, costs={i.kind: i.cost for i in found.items})


def remove_set(actor: Actor, set_id: int, *, now: datetime) -> None:
    """Delete a set; what students have entered stays."""
    found = queries.own_set(actor, set_id)
    audit.record(actor, "removed requirements", found, now=now, name=found.name)
    db.session.delete(found)
    db.session.flush()


def report(
    actor: Actor,
    kind: str,
    *,
    done_on: date | None,
    expires_on: date | None,
    now: datetime,
    student_id: int | None = None,
) -> RequirementRecord:
    """A student says that an item is done, or under way. It counts once a coordinator has checked it.

    An entry that was not checked yet is replaced, so that a slip can be mended.
    """
    student = students.own(actor, student_id)
    _check_entry(kind, done_on, expires_on, now)
    waiting = [e for e in queries.records([student.id]).get(student.id, {}).get(kind, []) if _is_pending(e)]
    entry = waiting[-1] if waiting else RequirementRecord(student_id=student.id, kind=kind, created_at=now)
    entry.done_on, entry.expires_on = done_on, expires_on
    db.session.add(entry)
    db.session.flush()
    audit.record(actor, "reported requirement", entry, now=now, kind=kind)
    return entry


def check(
    actor: Actor,
    student_id: int,
    kind: str,
    *,
    standing: Standing,
    done_on: date | None,
    expires_on: date | None,
    now: datetime,
) -> RequirementRecord:
    """A coordinator of the student's school enters what they found.."""
    student = queries.student_of(actor, student_id)
    if standing is Standing.PENDING:
        raise DomainError("missing", field="standing")
    _check_entry(kind, done_on, expires_on, now)
    waiting = [e for e in queries.records([student.id]).get(student.id, {}).get(kind, []) if _is_pending(e)]
    entry = waiting[-1] if waiting else RequirementRecord(student_id=student.id, kind=kind, created_at=now)
    entry.standing, entry.done_on, entry.expires_on = standing, done_on, expires_on
    entry.verifier_id, entry.checked_at = actor.user_id, now
    db.session.add(entry)
    db.session.flush()
    audit.record(actor, "checked requirement", entry, now=now, kind=kind)
    return entry


def _is_pending(entry: RequirementRecord) -> bool:
    return entry.standing is Standing.PENDING


def _check_entry(kind: str, done_on: date | None, expires_on: date | None, now: datetime) -> None:
    if kind not in REQUIREMENTS.codes():
        raise NotFound("requirement")
    if done_on is not None and done_on > now.date():
        raise DomainError("in_future", field="done_on")
    if done_on is not None and expires_on is not None and expires_on < done_on:
        raise DomainError("ends_before_start", field="expires_on")


def _check_set(name: str, site_id: int | None, items: Mapping[str, Due]) -> None:
    if not name:
        raise DomainError("missing", field="name")
    if not items:
        raise DomainError("missing", field="items")
    if not set(items) <= REQUIREMENTS.codes():
        raise DomainError("unknown_code", field="items")
    if site_id is not None and db.session.get(Site, site_id) is None:
        raise DomainError("unknown_site", field="site")


def _name_taken(school_id: int, name: str, set_id: int | None) -> bool:
    query = sa.select(RequirementSet.id).where(
        RequirementSet.school_id == school_id, RequirementSet.name == name, RequirementSet.id != (set_id or 0)
    )
    return db.session.scalar(query) is not None
