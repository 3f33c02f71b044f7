"""Words of the searches: how text is read when something is indexed and when somebody types.

A text gives its own words, their singular, and the common word of whatever phrase means the same ("medical
records" and "HIT" are ``him``). A typed word matches itself first, then what is related to it ("CCS" also
finds coding). Pure: no database. The indexes: slots.search for slots, naming.entries for the directory.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

TERM_LENGTH = 60
MOST_WORDS = 8
STOP_WORDS = frozenset(
    "a an and any at by for from i in is looking me my near of on or the to want with "
    "externship externships internship internships job jobs opening openings opportunities opportunity "
    "placement placements position positions practicum practicums ppe slot slots student students".split()
)

#: Phrases of one meaning, behind the word they share in the index.
_SAME = {
    "him": "health information management, health information technology, health information, "
    "health informatics, medical records, medical record, health records, health record, hit, "
    "patient records, him",
    "hie": "health information exchange, hie",
    "ehr": "electronic health records, electronic health record, electronic medical records, "
    "electronic medical record, electronic records, emr, emrs, ehrs",
    "roi": "release of information, disclosure of records",
    "cdi": "clinical documentation integrity, clinical documentation improvement, "
    "clinical documentation specialist",
    "mpi": "master patient index, patient matching, empi",
    "rcm": "revenue cycle management, revenue cycle, rev cycle",
    "coding": "medical coding, clinical coding, medical coder, clinical coder",
    "billing": "medical billing, medical biller, biller",
    "golive": "go live, golive, cutover",
    "ltc": "long term care, nursing home, care home, skilled nursing, snf",
    "helpdesk": "help desk, service desk",
    "dataquality": "data quality, data integrity",
    "ccsp": "ccs p",
    "cpca": "cpc a",
    "icd10": "icd 10",
    "saint": "st",
    "behavioural": "behavioral, mental health",
}
#: A word on the left also finds those on the right, after its own matches.
_ALSO = {
    "informatics": "him",
    "coder": "coding",
    "coding": "coder ccs ccsp cpc cpca cca coc",
    "ccs": "coding",
    "ccsp": "coding",
    "cpc": "coding",
    "cpca": "coding",
    "cca": "coding",
    "coc": "coding",
    "icd10": "coding",
    "drg": "coding",
    "cpt": "coding",
    "cdip": "cdi",
    "chps": "privacy",
    "chda": "analyst",
    "rhia": "him",
    "rhit": "him",
    "registrar": "registry",
    "registry": "registrar",
    "tumor": "cancer oncology",
    "tumour": "tumor cancer oncology",
    "cancer": "tumor oncology",
    "oncology": "tumor cancer",
    "cerner": "oracle",
    "oracle": "cerner",
    "imaging": "pacs radiology",
    "radiology": "pacs imaging",
    "pacs": "imaging radiology",
    "dicom": "pacs",
    "rcm": "denial billing",
    "billing": "rcm denial",
    "denial": "rcm",
    "interoperability": "fhir hie",
    "fhir": "interoperability hl7",
    "hl7": "fhir interoperability",
    "analytics": "analyst reporting",
    "trainer": "training",
    "training": "trainer",
    "auditor": "audit",
    "security": "privacy",
    "virtual": "remote",
    "telework": "remote",
    "online": "remote",
    "stipend": "paid",
    "children": "pediatric pediatrics",
    "pediatric": "children pediatrics",
}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query: it matches ``terms`` best, ``also`` and what begins with ``prefix`` less.

    ``typed`` is the word for people.
    """

    terms: frozenset[str]
    also: frozenset[str] = frozenset()
    prefix: str | None = None
    typed: str = ""


def fold(text: str) -> str:
    """Lower case, without accents, punctuation as single spaces."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def slug(text: str) -> str:
    """A value of free text as a filter value: ``Oracle Health (Cerner)`` is ``oracle-health-cerner``."""
    return fold(text).replace(" ", "-")


SYNONYMS = {phrase: common for common, phrases in _SAME.items() for phrase in phrases.split(", ")}
ALSO = {word: frozenset(others.split()) for word, others in _ALSO.items()}
_PHRASE = re.compile(r"\b(" + "|".join(map(re.escape, sorted(SYNONYMS, key=len, reverse=True))) + r")\b")


def words(text: str) -> frozenset[str]:
    """The words `text` is indexed by, their singulars and the common word of every synonym included."""
    folded = fold(text)
    common = [SYNONYMS[phrase] for phrase in _PHRASE.findall(folded)]
    plain = [word for word in folded.split() if word not in STOP_WORDS]
    return frozenset(word[:TERM_LENGTH] for word in {*plain, *map(singular, plain), *common})


def singular(word: str) -> str:
    """A word without its plural s; ``analysis``, ``access`` and ``status`` keep theirs."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return word[:-3] + "y" if word.endswith("ies") else word[:-1]


def read_query(text: str) -> list[Word]:
    """The words of a typed query; the last may be unfinished, so it also matches as a beginning."""
    folded = fold(text[:200])
    found = list(dict.fromkeys(_read(folded)))[:MOST_WORDS]
    last = folded.rpartition(" ")[2]
    if found and text == text.rstrip() and found[-1].typed == last:
        found[-1] = replace(found[-1], prefix=last[:TERM_LENGTH])
    return found


def _read(folded: str) -> Iterable[Word]:
    start = 0
    for phrase in _PHRASE.finditer(folded):
        yield from _plain(folded[start : phrase.start()])
        common = SYNONYMS[phrase.group()]
        terms = {common, phrase.group()} if " " not in phrase.group() else {common}
        yield Word(frozenset(terms), ALSO.get(common, frozenset()), typed=phrase.group())
        start = phrase.end()
    yield from _plain(folded[start:])


def _plain(folded: str) -> Iterable[Word]:
    for word in folded.split():
        if word not in STOP_WORDS:
            one = singular(word)[:TERM_LENGTH]
            terms = frozenset({one, word[:TERM_LENGTH]})
            yield Word(terms, ALSO.get(one, frozenset()) - terms, typed=word)
