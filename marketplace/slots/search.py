"""The search index of slots: what a slot is found by, and how a typed query is read.

One row per slot and term, on the same terms in SQLite and PostgreSQL. A term is a word
(``coding``) or a filter value (``modality:remote``). Only posted slots have rows. The queries that use
the index are in queries.py; whoever posts, edits or closes a slot calls :func:`index_slot`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import force_locale

from marketplace.db import db
from marketplace.facilities.models import Facility, Site
from marketplace.slots.models import Slot, SlotState, SlotTerm
from marketplace.us_states import STATES
from marketplace.vocabulary import ROLES, SPECIALITIES, TASK_AREAS, SlotKind, label

TERM_LENGTH = 60
STOP_WORDS = frozenset(["a", "an", "and", "at", "for", "in", "of", "on", "or", "the", "to", "with"])

#: What people call one thing. A phrase is read as its word, when indexing and when searching.
SYNONYMS: dict[str, str] = {
    "health information management": "him",
    "health information technology": "him",
    "health information": "him",
    "medical records": "him",
    "medical record": "him",
    "health records": "him",
    "health record": "him",
    "hit": "him",
    "electronic health records": "ehr",
    "electronic health record": "ehr",
    "electronic medical records": "ehr",
    "electronic medical record": "ehr",
    "emr": "ehr",
    "release of information": "roi",
    "clinical documentation integrity": "cdi",
    "clinical documentation improvement": "cdi",
    "master patient index": "mpi",
    "revenue cycle": "rcm",
    "coder": "coding",
    "coders": "coding",
    "registrar": "registry",
    "registries": "registry",
    "behavioral": "behavioural",
    "cerner": "oracle",
    "imaging": "pacs",
}
_PHRASES = sorted(SYNONYMS, key=len, reverse=True)
_PHRASE = re.compile(r"\b(" + "|".join(map(re.escape, _PHRASES)) + r")\b")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query: a slot matches with any of ``terms`` or a term that starts with ``prefix``."""

    terms: frozenset[str]
    prefix: str | None = None


def fold(text: str) -> str:
    """Lower case, without accents, punctuation as single spaces."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def slug(text: str) -> str:
    """A value of free text as a filter value: ``Oracle Health (Cerner)`` is ``oracle-health-cerner``."""
    return fold(text).replace(" ", "-")


def words(text: str) -> frozenset[str]:
    """The words `text` is indexed by, the common word of every synonym included."""
    folded = fold(text)
    common = " ".join(SYNONYMS[phrase] for phrase in _phrases_in(folded))
    return frozenset(_kept(f"{folded} {common}"))


def read_query(text: str) -> list[Word]:
    """The words of a typed query; the last may be unfinished, so it also matches as a beginning."""
    folded = fold(text[:200])
    plain = _kept(_PHRASE.sub(lambda found: SYNONYMS[found.group()], folded))
    found = [Word(frozenset({word})) for word in plain]
    last = folded.rpartition(" ")[2]
    if found and text == text.rstrip() and SYNONYMS.get(last, last) == plain[-1]:
        found[-1] = Word(frozenset({plain[-1], last}), prefix=last)
    return list(dict.fromkeys(found))[:8]


def index_slot(slot: Slot) -> None:
    """Replace the index rows of `slot`; one that isn't posted has none."""
    db.session.flush()
    db.session.execute(sa.delete(SlotTerm).where(SlotTerm.slot_id == slot.id))
    if slot.state is not SlotState.POSTED:
        return
    place = (
        sa.select(Facility.name, Site.city, Site.state)
        .join(Facility, Facility.id == Site.facility_id)
        .where(Site.id == slot.site_id)
    )
    facility, city, state = db.session.execute(place).one()
    terms = terms_of(slot, facility=facility, city=city, state=state)
    db.session.execute(sa.insert(SlotTerm), [{"term": term, "slot_id": slot.id} for term in sorted(terms)])


def index_facility(facility_id: int) -> None:
    """Index every slot of a facility again, after its name or a site's address changed."""
    query = sa.select(Slot).where(Slot.facility_id == facility_id).order_by(Slot.id)
    for slot in db.session.scalars(query):
        index_slot(slot)


def terms_of(slot: Slot, *, facility: str, city: str, state: str) -> frozenset[str]:
    """Every term `slot` is found by. Words are English whatever the poster's language is."""
    with force_locale("en"):
        labels = [ROLES.label(slot.role), *(TASK_AREAS.label(code) for code in slot.task_areas)]
        labels += [*SPECIALITIES.labels(slot.specialities), *_kind_words(slot)]
    text = " ".join([slot.title, *labels, facility, city, STATES.get(state, state), slot.ehr])
    return frozenset(term[:TERM_LENGTH] for term in words(text) | filter_terms(slot, state))


def _kind_words(slot: Slot) -> list[str]:
    """The usual kind is no news: its words would find every slot."""
    return [] if slot.kind is SlotKind.TERM else [label(slot.kind)]


def filter_terms(slot: Slot, state: str) -> frozenset[str]:
    """The filter values of `slot`."""
    single = [
        f"role:{slot.role}",
        f"kind:{slot.kind.value}",
        f"modality:{slot.modality.value}",
        f"pay:{slot.pay.value}",
        f"state:{state}",
        f"hours:{slot.hours}",
    ]
    if slot.ehr.strip():
        single.append(f"ehr:{slug(slot.ehr)}")
    tasks = [f"task:{code}" for code in slot.task_areas]
    tasks += [f"speciality:{code}" for code in slot.specialities]
    tasks += [f"open:{code}" for code in slot.open_to]
    return frozenset([*single, *tasks, *(f"needs:{code}" for code in slot.credentials)])


def _phrases_in(folded: str) -> list[str]:
    return [phrase for phrase in _PHRASES if f" {phrase} " in f" {folded} "]


def _kept(folded: str) -> list[str]:
    return [word[:TERM_LENGTH] for word in folded.split() if word not in STOP_WORDS]
