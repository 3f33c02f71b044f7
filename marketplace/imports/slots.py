"""Slots by CSV: drafts at verified facilities that a school works with. Their contacts post them, or don't.

A coordinator can't post for a host: only a contact can state that no paid staff are displaced. What a
facility has changed, posted or closed is no longer the file's to change.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from marketplace import vocabulary
from marketplace.access import Actor
from marketplace.accounts.models import Invitation, Membership, Role, User
from marketplace.agreements.models import Agreement, AgreementFacility
from marketplace.cells import Problem, fold
from marketplace.db import db
from marketplace.facilities.models import Facility, Site
from marketplace.imports import slot_rows
from marketplace.imports.models import PreparedSlot, UploadKind
from marketplace.imports.plans import Act, Plan, Source, Step
from marketplace.mail import services as mail
from marketplace.rounds.models import Round, RoundSlot
from marketplace.schools.models import School
from marketplace.slots import services as slots
from marketplace.slots.models import Slot, SlotState
from marketplace.tables import Checked, Values, doubtful_ranks

#: A facility works with a school.
Works = dict[int, int]


@dataclass(slots=True)
class _Known:
    """Sites of facilities that work with the actor's schools, and what was prepared before."""

    sites: dict[str, list[Site]] = field(default_factory=lambda: defaultdict(list))
    school_of: Works = field(default_factory=dict)
    prepared: dict[str, PreparedSlot] = field(default_factory=dict)


def working_with(actor: Actor) -> Works:
    """Facility id to the school of the actor that it works with: it took part in one of the school's rounds,
    has an agreement with it, or was brought in by one of its coordinators."""
    mine = actor.coordinated_schools
    in_round = (
        sa.select(Slot.facility_id, Round.school_id)
        .join(RoundSlot, RoundSlot.slot_id == Slot.id)
        .join(Round, Round.id == RoundSlot.round_id)
        .where(Round.school_id.in_(mine))
    )
    agreed = (
        sa.select(AgreementFacility.facility_id, Agreement.school_id)
        .join(Agreement, Agreement.id == AgreementFacility.agreement_id)
        .where(Agreement.school_id.in_(mine))
    )
    brought = (
        sa.select(Invitation.facility_id, Membership.school_id)
        .join(Membership, Membership.user_id == Invitation.invited_by_id)
        .where(
            Invitation.facility_id.is_not(None),
            Membership.role == Role.COORDINATOR,
            Membership.school_id.in_(mine),
        )
    )
    found: Works = {}
    for query in (in_round, agreed, brought):
        for facility_id, school_id in db.session.execute(query.distinct()):
            if facility_id is not None and school_id is not None:
                found[facility_id] = min(school_id, found.get(facility_id, school_id))
    return found


def _known(actor: Actor) -> _Known:
    found = _Known(school_of=working_with(actor))
    sites = (
        sa.select(Site)
        .join(Facility, Facility.id == Site.facility_id)
        .where(Facility.id.in_(found.school_of), Facility.verified_at.is_not(None))
        .options(joinedload(Site.facility))
        .order_by(Site.name, Site.id)
    )
    for site in db.session.scalars(sites):
        found.sites[fold(site.facility.name)].append(site)
    prepared = (
        sa.select(PreparedSlot)
        .where(PreparedSlot.school_id.in_(actor.coordinated_schools))
        .options(joinedload(PreparedSlot.slot))
    )
    found.prepared = {each.reference: each for each in db.session.scalars(prepared)}
    return found


def plan(actor: Actor, checked: Checked, now: datetime) -> Plan:
    """What the file would do."""
    found = Plan(
        problems=list(checked.problems),
        unused=checked.table.unused,
        doubtful=doubtful_ranks(checked.table),
        rows=len(checked.table.rows),
    )
    known = _known(actor)
    for line, values in checked.rows:
        site = _site(line, values, checked, known, found)
        if values["slot"]["starts_on"] < now.date():
            _note(found, line, checked, "starts_on", gettext("this day is over"), gettext("check the year"))
        elif site is not None:
            found.steps.append(_step(line, values, site, known))
    return found


def _site(line: int, values: Values, checked: Checked, known: _Known, plan: Plan) -> Site | None:
    """The one site that a row names; else a problem is noted."""
    named = known.sites.get(fold(values["facility"]), [])
    matching = [
        site
        for site in named
        if (not values["site"] or fold(site.name) == fold(values["site"]))
        and (not values["zip"] or site.zip == values["zip"])
    ]
    if len(matching) == 1:
        return matching[0]
    if not named:
        mend = gettext(
            "check the name; the facility needs to be verified, have a site, and work with your school"
        )
        said = gettext("no facility %(value)s works with you", value=repr(values["facility"]))
        _note(plan, line, checked, "facility", said, mend)
    else:
        several = "; ".join(f"{site.name} ({site.zip})" for site in named)
        reason = (
            gettext("it is not clear at which site") if matching else gettext("the facility has no such site")
        )
        mend = gettext("name the site or its ZIP: %(choice)s", choice=several)
        _note(plan, line, checked, "site", reason, mend)
    return None


def _note(plan: Plan, line: int, checked: Checked, name: str, reason: str, mend: str) -> None:
    plan.problems.append(Problem(line, checked.table.headings.get(name, name), reason, mend))


def _step(line: int, values: Values, site: Site, known: _Known) -> Step:
    slot = {**values["slot"], "site_id": site.id}
    what = f"{slot['title']}, {site.facility.name}"
    reference = _reference(values, site)
    school_id = known.school_of[site.facility_id]
    kept = {"facility_id": site.facility_id, "school_id": school_id, "reference": reference, "slot": slot}
    old = known.prepared.get(reference)
    if old is None:
        said = gettext("becomes a draft at %(site)s", site=site.name)
        return Step(line, Act.NEW, what, (said,), "prepare", kept)
    reason = _taken_over(old, site)
    if reason:
        return Step(line, Act.KEPT, what, (reason,))
    before, after = slot_rows.stands(old.slot, slot), slot_rows.plain(slot)
    names = {each.id: each.name for each in known.sites[fold(site.facility.name)]}
    before["site_id"], after["site_id"] = names.get(before["site_id"], "–"), site.name
    said_all = tuple(
        f"{_label(name)}: {_word(name, before[name])} → {_word(name, after[name])}"
        for name in slot
        if before[name] != after[name]
    )
    if not said_all:
        return Step(line, Act.UNCHANGED, what, (gettext("waits for its facility"),))
    return Step(line, Act.CHANGED, what, said_all, "revise", kept, old.slot_id)


def _reference(values: Values, site: Site) -> str:
    """How the file names the slot; made from what tells it apart where the file has no number."""
    if values["reference"]:
        return fold(values["reference"])[:60] or values["reference"]
    slot = values["slot"]
    parts = f"{site.id}|{fold(slot['title'])}|{slot['starts_on']}"
    return "=" + hashlib.sha256(parts.encode()).hexdigest()[:40]


def _taken_over(old: PreparedSlot, site: Site) -> str:
    """Why the slot is no longer the file's to change; empty while it is."""
    if old.slot.state in (SlotState.POSTED, SlotState.EXPIRED):
        return gettext("the facility has posted it")
    if old.slot.state is SlotState.CLOSED:
        return gettext("the facility has closed it")
    if old.slot.facility_id != site.facility_id:
        return gettext("this number names a slot of another facility")
    if slot_rows.stands(old.slot, old.imported) != old.imported:
        return gettext("the facility has changed it")
    return ""


def _label(name: str) -> str:
    return {
        "title": gettext("Title"),
        "role": gettext("Role"),
        "starts_on": gettext("First day"),
        "ends_on": gettext("Last day"),
        "hours": gettext("Hours"),
        "capacity": gettext("Places"),
        "minimum": gettext("At least"),
        "modality": gettext("Where"),
        "task_areas": gettext("Task areas"),
        "description": gettext("What the student will do"),
        "weekdays": gettext("Days and times"),
        "preceptor_name": gettext("Preceptor"),
        "ehr": gettext("Record system"),
        "site_id": gettext("Site"),
    }[name]


def _word(name: str, value: object) -> str:
    """A value as people read it, shortened."""
    if name == "role":
        return vocabulary.ROLES.label(str(value))
    if name == "modality":
        return vocabulary.label(vocabulary.Modality(str(value)))
    if isinstance(value, list):
        return ", ".join(vocabulary.TASK_AREAS.labels(value)) or "–"
    text = str(value)
    return (text[:57] + "…" if len(text) > 58 else text) or "–"


def write(actor: Actor, plan: Plan, link: str, now: datetime) -> None:
    """Write the drafts, and one mail to each contact of the facilities concerned."""
    told: dict[int, list[str]] = defaultdict(list)
    for step in plan.writes:
        fields, facility_id = step.values["slot"], step.values["facility_id"]
        if step.target is None:
            _prepare(actor, step, now)
        else:
            slots.revise(actor, step.target, now=now, **fields)
            prepared = db.session.get_one(PreparedSlot, step.target)
            prepared.imported = slot_rows.plain(fields)
        told[facility_id].append(fields["title"])
    db.session.flush()
    # Two imports may come in one instant; what they do tells their mails apart.
    _tell(actor, told, news=f"{now:%Y%m%dT%H%M%S%f}:{plan.seal[:16]}", link=link, now=now)


def _prepare(actor: Actor, step: Step, now: datetime) -> None:
    fields = step.values["slot"]
    made = slots.prepare(actor, step.values["facility_id"], now=now, **fields)
    db.session.add(
        PreparedSlot(
            slot_id=made.id,
            school_id=step.values["school_id"],
            reference=step.values["reference"],
            imported=slot_rows.plain(fields),
            prepared_at=now,
        )
    )


def _tell(actor: Actor, told: dict[int, list[str]], *, news: str, link: str, now: datetime) -> None:
    """One mail a contact and facility: what was prepared, and that it is theirs to post."""
    schools = sa.select(School.name).where(School.id.in_(actor.coordinated_schools)).order_by(School.id)
    school = ", ".join(db.session.scalars(schools))
    contacts = (
        sa.select(Facility, User)
        .join(Membership, Membership.facility_id == Facility.id)
        .join(User, User.id == Membership.user_id)
        .where(Facility.id.in_(told), Membership.role == Role.FACILITY_CONTACT, User.active)
        .order_by(Facility.id, User.id)
    )
    for facility, user in db.session.execute(contacts):
        titles = "\n".join(f"- {title}" for title in told[facility.id])
        mail.enqueue(
            f"prepared:{facility.id}:{news}:{user.id}",
            recipient=user.email,
            subject=f"{facility.name}: slots to check and post",
            body=(
                f"Hello {user.name},\n\n"
                f"{actor.name}, {school}, wrote these slots down for {facility.name}:\n\n{titles}\n\n"
                "They are drafts: nobody else sees them. Correct what is wrong, post them, or close them.\n"
                f"{link}\n"
            ),
            now=now,
        )


SOURCE = Source(
    UploadKind.SLOTS,
    slot_rows.LAYOUT,
    slot_rows.parse,
    slot_rows.key,
    plan,
    write,
    example=(
        tuple(name for name, _needed, _note_ in slot_rows.HINTS),
        (
            "Example Hospital",
            "Main site",
            "",
            "Coding practicum",
            "Coder",
            "2027-01-11",
            "2027-04-30",
            "120",
            "2",
            "",
            "On site",
            "Clinical coding; Denials and revenue cycle",
            "Code charts beside our leads.",
            "Tue and Thu mornings",
            "",
            "Epic",
            "S-1",
        ),
    ),
    hints=slot_rows.HINTS,
)
