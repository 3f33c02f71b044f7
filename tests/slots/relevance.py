"""Fifty searches and what they should find, written by hand before the search that answers them.

The market is fictional: 42 slots written one by one, and NOISE slots drawn from a seed that share their words
in passing. For each search the good answers are named; the first five must hold as many of them as fit.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from marketplace.slots.models import Slot
from marketplace.vocabulary import FacilityKind, Modality, Pay
from tests.factories import Factory

SEED, NOISE, FIRST = 20261122, 400, 5

K = FacilityKind
FACILITIES = {
    "wrenfield": ("Wrenfield Medical Center", K.HOSPITAL, "Duluth", "MN"),
    "odile": ("Saint Odile Hospital", K.HOSPITAL, "Columbus", "OH"),
    "marigold": ("Marigold Cancer Institute", K.HOSPITAL, "Rochester", "MN"),
    "juniper": ("Juniper Street Family Practice", K.PRACTICE, "Madison", "WI"),
    "copperline": ("Copperline Billing Partners", K.VENDOR, "Phoenix", "AZ"),
    "tidewater": ("Tidewater Health Plan", K.PAYER, "Norfolk", "VA"),
    "larkspur": ("Larkspur County Public Health", K.PUBLIC_HEALTH, "Boise", "ID"),
    "harrow": ("Harrow Software", K.VENDOR, "Austin", "TX"),
    "quietbrook": ("Quietbrook Behavioral Health", K.BEHAVIOURAL, "Portland", "OR"),
    "elderwick": ("Elderwick Care Home", K.LONG_TERM_CARE, "Tulsa", "OK"),
    "children": ("Saint Odile Children's Hospital", K.HOSPITAL, "Cleveland", "OH"),
    "bluestem": ("Bluestem Data Exchange", K.PUBLIC_HEALTH, "Wichita", "KS"),
    "harbor": ("Veterans Harbor Clinic", K.CLINIC, "Tacoma", "WA"),
    "rookery": ("Rookery Imaging Center", K.CLINIC, "San Antonio", "TX"),
}


@dataclass(frozen=True)
class Written:
    """A slot written by hand."""

    facility: str
    title: str
    tasks: str
    role: str = "him-generalist"
    ehr: str = ""
    modality: Modality = Modality.ON_SITE
    pay: Pay = Pay.UNPAID
    credentials: list[str] = field(default_factory=list)
    skills: list[str] = field(default_factory=list)
    text: str = "You work beside an experienced colleague and take on more as you learn."


W, REMOTE, HYBRID, PAID = Written, Modality.REMOTE, Modality.HYBRID, Pay.PAID
CERNER = "Oracle Health (Cerner)"
SLOTS = {
    "code-in": W(
        "wrenfield", "Inpatient coding", "coding", "coder", "Epic", text="Assign codes and DRGs to stays."
    ),
    "code-out": W("odile", "Outpatient coding and charge review", "coding denials", "coder", CERNER, HYBRID),
    "code-remote": W(
        "copperline", "Remote coding apprentice", "coding", "coder", "", REMOTE, PAID, ["CPC-A"], ["cpt"]
    ),
    "code-pro": W(
        "juniper", "Professional fee coding", "coding", "coder", "athenahealth", credentials=["CPC"]
    ),
    "code-audit": W(
        "tidewater",
        "Coding quality audit",
        "coding data-quality",
        "coder",
        "",
        REMOTE,
        Pay.STIPEND,
        ["CCS"],
    ),
    "code-office": W(
        "harbor", "Physician office coding review", "coding", "coder", "VistA", credentials=["CCS-P"]
    ),
    "risk": W(
        "tidewater",
        "Risk adjustment review",
        "data-quality",
        "data-analyst",
        modality=REMOTE,
        text="Check condition categories against the chart.",
    ),
    "roi": W("wrenfield", "Release of information desk", "release-of-information", ehr="Epic"),
    "requests": W(
        "children", "Record requests", "release-of-information privacy", ehr="MEDITECH", modality=HYBRID
    ),
    "cdi": W("odile", "Clinical documentation integrity", "cdi", ehr=CERNER, modality=HYBRID),
    "cdi-query": W("wrenfield", "CDI query analysis", "cdi coding", ehr="Epic"),
    "tumor": W("marigold", "Tumor registry abstraction", "registry", "registrar", "Epic"),
    "cancer": W("larkspur", "Cancer registry follow-up", "registry", "registrar", modality=REMOTE),
    "trauma": W("odile", "Trauma registry", "registry", "registrar", CERNER),
    "identity": W("bluestem", "Patient identity clean-up", "mpi data-quality", "exchange", modality=HYBRID),
    "duplicates": W("wrenfield", "Duplicate record merging", "mpi", ehr="Epic"),
    "pacs": W("rookery", "PACS and imaging informatics", "pacs", "technical-support", skills=["dicom"]),
    "radiology": W("odile", "Radiology image exchange", "pacs", "exchange", CERNER),
    "privacy": W(
        "harrow",
        "Privacy and security audit",
        "privacy",
        "privacy-security",
        "",
        REMOTE,
        credentials=["CHPS"],
    ),
    "hipaa": W("tidewater", "HIPAA office", "privacy", "privacy-security"),
    "denials": W("copperline", "Denials management", "denials", modality=REMOTE),
    "billing": W("juniper", "Revenue cycle and billing", "denials", ehr="athenahealth"),
    "measures": W(
        "larkspur",
        "Quality measures",
        "data-quality",
        "data-analyst",
        modality=HYBRID,
        skills=["sql", "reporting"],
    ),
    "analyst": W(
        "tidewater",
        "Health data analyst",
        "data-quality",
        "data-analyst",
        "",
        REMOTE,
        PAID,
        ["CHDA"],
        ["sql"],
    ),
    "trainers": W("harrow", "EHR training team", "ehr-training", "trainer", "MEDITECH"),
    "epic-training": W("wrenfield", "Epic end-user training", "ehr-training", "trainer", "Epic"),
    "live-oracle": W("odile", "Go-live support", "go-live", "implementation-support", CERNER),
    "live-meditech": W(
        "children", "MEDITECH Expanse go-live", "go-live", "implementation-support", "MEDITECH"
    ),
    "roll-out": W(
        "harbor", "Clinic roll-out", "go-live ehr-training", "implementation-manager", "eClinicalWorks"
    ),
    "rotation": W(
        "odile",
        "Health information management rotation",
        "chart-deficiency release-of-information",
        ehr=CERNER,
    ),
    "department": W("elderwick", "Medical records department", "chart-deficiency"),
    "clerk": W(
        "juniper", "Small practice all-rounder", "chart-deficiency release-of-information", ehr="athenahealth"
    ),
    "deficiency": W("wrenfield", "Chart deficiency analysis", "chart-deficiency", ehr="Epic"),
    "behavioral": W(
        "quietbrook", "Behavioral health records", "release-of-information privacy", modality=HYBRID
    ),
    "vista": W("harbor", "VistA data clean-up", "data-quality", "exchange", "VistA"),
    "exchange": W(
        "bluestem",
        "Health information exchange onboarding",
        "data-quality mpi",
        "exchange",
        "",
        REMOTE,
        skills=["hl7-fhir"],
    ),
    "fhir": W(
        "harrow", "Interoperability testing", "go-live", "technical-support", "", REMOTE, skills=["hl7-fhir"]
    ),
    "help-desk": W(
        "harrow", "Help desk for clinical systems", "ehr-training", "technical-support", skills=["help-desk"]
    ),
    "workflow": W("harbor", "Workflow redesign in primary care", "ehr-training", "workflow-redesign"),
    "care-home": W("elderwick", "Resident assessment data", "data-quality"),
    "nursing": W(
        "children", "Nursing informatics shadow days", "ehr-training", "clinician-consultant", "Epic"
    ),
    "transcription": W("quietbrook", "Transcription and speech recognition review", "cdi"),
}

CODING = "code-in code-out code-remote code-pro code-audit code-office"
HIM = "rotation department behavioral"
RELEASE = "roi requests rotation clerk behavioral"
#: (what is typed, the good answers)
SEARCHES = [
    ("coding", CODING),
    ("coder", CODING),
    ("inpatient coding", "code-in"),
    ("CCS", "code-audit"),
    ("CPC", "code-pro"),
    ("CPC-A", "code-remote"),
    ("CCS-P", "code-office"),
    ("release of information", RELEASE),
    ("ROI", RELEASE),
    ("medical records", HIM),
    ("HIM", HIM),
    ("HIT", HIM),
    ("health records", HIM),
    ("health information technology", HIM),
    ("informatics", "pacs nursing"),
    ("imaging informatics", "pacs"),
    ("PACS", "pacs radiology"),
    ("radiology", "radiology"),
    ("tumor registry", "tumor cancer"),
    ("cancer registrar", "tumor cancer"),
    ("registry", "tumor cancer trauma"),
    ("tumour", "tumor cancer"),
    ("CDI", "cdi cdi-query"),
    ("clinical documentation improvement", "cdi cdi-query"),
    ("denials", "denials"),
    ("billing", "billing"),
    ("revenue cycle", "billing denials"),
    ("privacy audit", "privacy"),
    ("HIPAA", "hipaa"),
    ("MPI", "identity duplicates"),
    ("duplicate records", "duplicates"),
    ("epic training", "epic-training"),
    ("cerner go-live", "live-oracle"),
    ("meditech", "live-meditech trainers requests"),
    ("go live", "live-oracle live-meditech"),
    ("eclinicalworks", "roll-out"),
    ("vista", "vista code-office"),
    ("remote coding", "code-remote code-audit"),
    ("paid data analyst", "analyst"),
    ("sql", "measures analyst"),
    ("fhir", "fhir exchange"),
    ("HIE", "exchange"),
    ("duluth", "code-in roi cdi-query duplicates epic-training deficiency"),
    ("ohio coding", "code-out"),
    ("saint odile", "code-out cdi trauma radiology live-oracle rotation requests live-meditech nursing"),
    ("st odile children", "requests live-meditech nursing"),
    ("nursing home", "department care-home"),
    ("transcr", "transcription"),
    ("chart deficency", "deficiency"),
    ("coding internship near duluth", "code-in"),
]

_DEPARTMENTS = "Admissions Scheduling Pharmacy Laboratory Surgery Maternity Outpatients Emergency".split()
_PASSING = (
    "You also meet the coding team and the tumor registry once.",
    "Our Epic training starts later; release of information sits next door.",
    "The PACS room, the privacy office and the billing desk are on the same floor.",
    "Colleagues from clinical documentation and the HIPAA office drop in.",
)
_NOISE_TASKS = ["data-quality", "denials", "chart-deficiency", "coding", "privacy"]
_NOISE_PLACES = [("Spokane", "WA"), ("Denver", "CO"), ("Macon", "GA"), ("Utica", "NY"), ("Reno", "NV")]


def build(make: Factory) -> dict[int, str]:
    """Write the market. Returns the key of each slot by id; a drawn slot's key is empty."""
    keys = {}
    sites = {
        key: make.site(make.facility(name, kind=kind), city=city, state=state)
        for key, (name, kind, city, state) in FACILITIES.items()
    }
    for key, each in SLOTS.items():
        fields = {
            "role": each.role,
            "task_areas": each.tasks.split(),
            "ehr": each.ehr,
            "modality": each.modality,
            "pay": each.pay,
            "credentials": each.credentials,
            "skills": each.skills,
            "description": each.text,
        }
        keys[make.slot(title=each.title, site=sites[each.facility], **fields).id] = key
    rng = random.Random(SEED)
    places = [
        make.site(make.facility(f"Northgate Hospital {n}"), city=city, state=state)
        for n, (city, state) in enumerate(_NOISE_PLACES)
    ]
    return keys | {_noise(make, rng, places).id: "" for _ in range(NOISE)}


def _noise(make: Factory, rng: random.Random, places: list) -> Slot:
    return make.slot(
        title=f"Practicum in {rng.choice(_DEPARTMENTS)}",
        site=rng.choice(places),
        role=rng.choice(["him-generalist", "technical-support", "trainer"]),
        task_areas=rng.sample(_NOISE_TASKS, rng.randint(1, 2)),
        ehr=rng.choice(["", "NextGen", "Paragon"]),
        modality=rng.choice(list(Modality)),
        pay=rng.choice(list(Pay)),
        credentials=rng.choice([[], [], ["RHIT"]]),
        skills=rng.choice([[], ["excel"], ["hipaa"]]),
        description=rng.choice(_PASSING),
    )
