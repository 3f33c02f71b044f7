"""The search index of slots: what a slot is found by, and how much each word counts.

One row per slot and term, on the same terms in SQLite and PostgreSQL. A term is a word (``coding``), which
weighs by where it stands, or a filter value (``modality:remote``), which weighs nothing. Only posted slots
have rows. The queries that use the index are in finding.py; whoever posts, edits or closes a slot calls
:func:`index_slot`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum

import sqlalchemy as sa
from flask_babel import force_locale

from marketplace import vocabulary
from marketplace.db import db
from marketplace.facilities.models import Facility, Site
from marketplace.naming import entries
from marketplace.naming.models import Entry, Part
from marketplace.slots.models import Slot, SlotState, SlotTerm
from marketplace.us_states import STATES
from marketplace.vocabulary import CREDENTIALS, ROLES, SKILLS, SPECIALITIES, TASK_AREAS, SlotKind
from marketplace.words import TERM_LENGTH, fold, words

#: Rises with every change of what is indexed; slots indexed by an older way are indexed again.
EDITION = 3
#: A facility with more slots is found by so many of them.
MOST_SLOTS = 200
MOST_WEIGHT = 30


class Weight(IntEnum):
    """What a word counts, by where it stands."""

    TITLE = 10
    FACILITY = 6
    TASK = 6
    PLACE = 5
    KIND = 4
    SKILL = 4
    DESCRIPTION = 1


def index_slot(slot: Slot) -> None:
    """Replace the index rows of `slot`; one that isn't posted has none. The directory learns of it too."""
    _index(slot)
    _index_host(slot.facility_id)


def _index(slot: Slot) -> None:
    slot.indexed = EDITION
    db.session.flush()
    db.session.execute(sa.delete(SlotTerm).where(SlotTerm.slot_id == slot.id))
    if slot.state is not SlotState.POSTED:
        return
    place = (
        sa.select(Facility.name, Facility.kind, Site.city, Site.state)
        .join(Facility, Facility.id == Site.facility_id)
        .where(Site.id == slot.site_id)
    )
    facility, kind, city, state = db.session.execute(place).one()
    terms = terms_of(slot, facility=facility, kind=kind, city=city, state=state)
    db.session.execute(sa.insert(SlotTerm), rows_of(slot.id, terms))


def index_facility(facility_id: int) -> None:
    """Index every slot of a facility again, after its name or a site's address changed."""
    query = sa.select(Slot).where(Slot.facility_id == facility_id).order_by(Slot.id)
    for slot in db.session.scalars(query):
        _index(slot)
    _index_host(facility_id)


def _index_host(facility_id: int) -> None:
    """Have the directory find a facility by what its posted slots are about."""
    query = sa.select(Slot).where(Slot.facility_id == facility_id, Slot.state == SlotState.POSTED)
    with force_locale("en"):
        texts = [
            str(text)
            for slot in db.session.scalars(query.order_by(Slot.id).limit(MOST_SLOTS))
            for weight, text in _texts(slot)
            if weight is not Weight.DESCRIPTION
        ]
    entries.put(Entry.FACILITY, Part.SLOTS, {facility_id: texts})


def index_outdated(_now: datetime, *, most: int = 500) -> int:
    """Index up to `most` posted slots that an older edition indexed, and say how many. A chore."""
    query = sa.select(Slot).where(Slot.state == SlotState.POSTED, Slot.indexed < EDITION)
    found = db.session.scalars(query.order_by(Slot.id).limit(most)).all()
    for slot in found:
        index_slot(slot)
    return len(found)


def rows_of(slot_id: int, terms: dict[str, int]) -> list[dict[str, object]]:
    """The index rows of a slot."""
    return [{"term": term, "slot_id": slot_id, "weight": terms[term]} for term in sorted(terms)]


def terms_of(
    slot: Slot, *, facility: str, kind: vocabulary.FacilityKind, city: str, state: str
) -> dict[str, int]:
    """Every term `slot` is found by, with its weight. Words are English whatever the poster's language is."""
    found: dict[str, int] = {}
    with force_locale("en"):
        texts = [*_texts(slot), (Weight.KIND, vocabulary.label(kind))]
    place = f"{city} {STATES.get(state, '')} {state}"
    for weight, text in [*texts, (Weight.FACILITY, facility), (Weight.PLACE, place)]:
        for word in words(text):
            found[word] = min(found.get(word, 0) + weight, MOST_WEIGHT)
    return found | dict.fromkeys(filter_terms(slot, state), 0)


def _texts(slot: Slot) -> Iterator[tuple[Weight, str]]:
    yield Weight.TITLE, slot.title
    yield Weight.TASK, ROLES.label(slot.role)
    yield Weight.TASK, slot.ehr
    yield from ((Weight.TASK, TASK_AREAS.label(code)) for code in slot.task_areas)
    yield from ((Weight.TASK, SPECIALITIES.label(code)) for code in slot.specialities)
    if slot.kind is not SlotKind.TERM:  # the usual kind is no news: its words would find every slot
        yield Weight.TASK, vocabulary.label(slot.kind)
    yield from ((Weight.TASK, fold(CREDENTIALS.label(code)).replace(" ", "")) for code in slot.credentials)
    yield from ((Weight.SKILL, SKILLS.label(code)) for code in slot.skills)
    yield Weight.KIND, f"{vocabulary.label(slot.modality)} {vocabulary.label(slot.pay)}"
    yield Weight.DESCRIPTION, f"{slot.description[:600]} {slot.preceptor_background}"


def filter_terms(slot: Slot, state: str) -> frozenset[str]:
    """The filter values of `slot`."""
    single = [
        f"role:{slot.role}",
        f"modality:{slot.modality.value}",
        f"pay:{slot.pay.value}",
        f"state:{state}",
        f"hours:{slot.hours}",
        f"access:{slot.ehr_access.value}",
        f"kind:{slot.kind.value}",
    ]
    systems = [f"ehr:{code}" for code in vocabulary.record_systems_in(slot.ehr)]
    tasks = [f"task:{code}" for code in slot.task_areas]
    tasks += [f"speciality:{code}" for code in slot.specialities]
    tasks += [f"open:{code}" for code in slot.open_to]
    found = [*single, *systems, *tasks, *(f"needs:{code}" for code in slot.credentials)]
    return frozenset(term[:TERM_LENGTH] for term in found)
