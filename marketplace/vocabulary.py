"""The field's closed lists: roles, task areas, credentials, skills and how a slot is worked.

Lists are versioned with the code. A retired entry stays readable on old profiles and slots and is no
longer offered.
"""

from __future__ import annotations

import re
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from marketplace.entries import Entry, Vocabulary

TASK_AREAS = Vocabulary(
    Entry(code, label)
    for code, label in (
        ("coding", _("Clinical coding")),
        ("release-of-information", _("Release of information")),
        ("chart-deficiency", _("Chart deficiency and record analysis")),
        ("mpi", _("Master patient index clean-up")),
        ("cdi", _("Clinical documentation integrity")),
        ("registry", _("Registry abstraction")),
        ("denials", _("Denials and revenue cycle")),
        ("privacy", _("Privacy and security audit")),
        ("data-quality", _("Data quality and reporting")),
        ("ehr-training", _("EHR training")),
        ("go-live", _("Go-live support")),
        ("pacs", _("PACS and imaging informatics")),
    )
)

ROLES = Vocabulary(
    Entry(code, label)
    for code, label in (
        ("him-generalist", _("Health information generalist")),
        ("coder", _("Coder")),
        ("implementation-support", _("Implementation support specialist")),
        ("workflow-redesign", _("Practice workflow and information management redesign specialist")),
        ("clinician-consultant", _("Clinician or practitioner consultant")),
        ("implementation-manager", _("Implementation manager")),
        ("technical-support", _("Technical or software support")),
        ("trainer", _("Trainer")),
        ("exchange", _("Health information management and exchange specialist")),
        ("privacy-security", _("Privacy and security specialist")),
        ("data-analyst", _("Data analyst")),
        ("registrar", _("Registrar")),
    )
)

_HELD = "RHIA RHIT CCA CCS CCS-P CHDA CHPS CDIP CPHI CPC CPC-A COC CEMC CAHIMS CPHIMS".split()
_RETIRED = "CHTS-CP CHTS-PW CHTS-IM CHTS-IS CHTS-TS CHTS-TR".split()
CREDENTIALS = Vocabulary(Entry(code, code, code not in _RETIRED) for code in (*_HELD, *_RETIRED))

SKILLS = Vocabulary(
    Entry(code, label)
    for code, label in (
        ("icd-10", _("ICD-10-CM/PCS")),
        ("cpt", _("CPT and HCPCS")),
        ("medical-terminology", _("Medical terminology")),
        ("hipaa", _("HIPAA training")),
        ("excel", _("Spreadsheets")),
        ("sql", _("SQL")),
        ("reporting", _("Reporting and dashboards")),
        ("epic", "Epic"),
        ("oracle-health", "Oracle Health (Cerner)"),
        ("meditech", "MEDITECH"),
        ("athena", "athenahealth"),
        ("eclinicalworks", "eClinicalWorks"),
        ("dicom", "DICOM"),
        ("hl7-fhir", "HL7 and FHIR"),
        ("help-desk", _("Help desk and user support")),
        ("training", _("Teaching adults")),
    )
)


#: What a slot may lie in beyond the general task areas.
SPECIALITIES = Vocabulary(
    Entry(code, label)
    for code, label in (
        ("pacs", _("PACS and imaging informatics")),
        ("tumour-registry", _("Tumour registry")),
        ("trauma-registry", _("Trauma registry")),
        ("transplant-registry", _("Transplant registry")),
        ("cardiac-registry", _("Cardiac registry")),
        ("population-health", _("Population health")),
        ("public-health-reporting", _("Public health reporting")),
        ("health-exchange", _("Health information exchange")),
        ("telehealth", _("Telehealth")),
        ("behavioural-records", _("Behavioural health records")),
        ("long-term-care-records", _("Long-term care records")),
        ("dental-records", _("Dental records")),
        ("clinical-research", _("Clinical research data")),
        ("patient-portal", _("Patient portal")),
    )
)

#: Programmes beside health information whose students a slot may be open to as well.
ADJACENT_FIELDS = Vocabulary(
    Entry(code, label)
    for code, label in (
        ("nursing", _("Nursing")),
        ("radiology", _("Radiology")),
        ("medical-assisting", _("Medical assisting")),
        ("health-administration", _("Health administration")),
        ("public-health", _("Public health")),
        ("informatics", _("Information systems")),
    )
)

#: What sites ask of students before they come.
REQUIREMENTS = Vocabulary(
    Entry(code, label, active)
    for code, label, active in (
        ("background-check", _("Background check"), True),
        ("drug-screen", _("Drug screen"), True),
        ("mmr", _("MMR (measles, mumps, rubella)"), True),
        ("varicella", _("Varicella (chickenpox)"), True),
        ("hepatitis-b", _("Hepatitis B"), True),
        ("tdap", _("Tdap (tetanus, diphtheria, pertussis)"), True),
        ("influenza", _("Influenza, this season"), True),
        ("tuberculosis", _("Tuberculosis screening"), True),
        ("covid-19", _("COVID-19"), True),
        ("hipaa-training", _("HIPAA training"), True),
        ("confidentiality", _("Confidentiality statement"), True),
        ("liability-insurance", _("Liability insurance"), True),
        ("health-insurance", _("Health insurance"), True),
        ("bls-cpr", _("Basic life support (CPR)"), True),
        ("site-orientation", _("Orientation of the site"), True),
        ("h1n1", _("H1N1 influenza"), False),
    )
)


class SlotKind(StrEnum):
    """The shape of a slot. What each may look like is in slots.policies."""

    TERM = "term"
    HALF_DAY = "half-day"
    GO_LIVE = "go-live"
    SHADOW_DAY = "shadow-day"


#: Record systems people ask for, with the words that name each in free text.
RECORD_SYSTEMS = (
    ("epic", "Epic", ("epic",)),
    ("oracle-health", "Oracle Health (Cerner)", ("oracle", "cerner")),
    ("meditech", "MEDITECH", ("meditech",)),
    ("athena", "athenahealth", ("athena", "athenahealth", "athenaone")),
    ("eclinicalworks", "eClinicalWorks", ("eclinicalworks", "ecw")),
    ("nextgen", "NextGen", ("nextgen",)),
    ("altera", "Altera (Allscripts)", ("altera", "allscripts", "sunrise", "paragon")),
    ("vista", "VistA", ("vista", "cprs")),
    ("pointclickcare", "PointClickCare", ("pointclickcare", "pcc")),
)


def record_systems_in(text: str) -> list[str]:
    """The codes of the record systems that a free text names: ``other`` for one we don't know, if any."""
    found = set(re.findall(r"[a-z0-9]+", text.lower()))
    codes = [code for code, _label, names in RECORD_SYSTEMS if found.intersection(names)]
    return codes or (["other"] if found else [])


class Modality(StrEnum):
    """Where the work happens."""

    ON_SITE = "on-site"
    HYBRID = "hybrid"
    REMOTE = "remote"


class EhrAccess(StrEnum):
    """What a student may do in the record system."""

    NONE = "none"
    SHADOW = "shadow"
    TRAINING = "training"
    READ = "read"
    WRITE = "write"


class Pay(StrEnum):
    """Whether the student is paid."""

    UNPAID = "unpaid"
    STIPEND = "stipend"
    PAID = "paid"


class ContactPolicy(StrEnum):
    """How students may get in touch with a facility."""

    OPEN = "open"
    COORDINATOR = "coordinator"
    AFTER_MATCH = "after-match"


class Silence(StrEnum):
    """What the facility said at posting should happen if it doesn't answer."""

    ANY = "any"
    NONE = "none"


class Level(StrEnum):
    """The level of a programme."""

    CERTIFICATE = "certificate"
    ASSOCIATE = "associate"
    BACHELOR = "bachelor"
    MASTER = "master"
    POST_BACHELOR = "post-bachelor"


class FacilityKind(StrEnum):
    """The kind of an organisation that hosts."""

    HOSPITAL = "hospital"
    CLINIC = "clinic"
    PRACTICE = "practice"
    LONG_TERM_CARE = "long-term-care"
    BEHAVIOURAL = "behavioural"
    PUBLIC_HEALTH = "public-health"
    PAYER = "payer"
    VENDOR = "vendor"
    BILLING = "billing"
    EXCHANGE = "exchange"
    IMAGING = "imaging"
    LABORATORY = "laboratory"
    CONSULTANCY = "consultancy"
    OTHER = "other"


# Keyed by type first: members of different lists with one value are equal strings.
LABELS: dict[type[StrEnum], dict[StrEnum, LazyString]] = {
    SlotKind: {
        SlotKind.TERM: _("Term practicum"),
        SlotKind.HALF_DAY: _("Half days, one student"),
        SlotKind.GO_LIVE: _("Go-live team"),
        SlotKind.SHADOW_DAY: _("Shadow day"),
    },
    Modality: {
        Modality.ON_SITE: _("On site"),
        Modality.HYBRID: _("Hybrid"),
        Modality.REMOTE: _("Remote"),
    },
    EhrAccess: {
        EhrAccess.NONE: _("No access"),
        EhrAccess.SHADOW: _("Watching over a shoulder"),
        EhrAccess.TRAINING: _("Training system"),
        EhrAccess.READ: _("Read only"),
        EhrAccess.WRITE: _("Read and write, supervised"),
    },
    Pay: {
        Pay.UNPAID: _("Unpaid"),
        Pay.STIPEND: _("Stipend"),
        Pay.PAID: _("Paid"),
    },
    ContactPolicy: {
        ContactPolicy.OPEN: _("Students may write to us"),
        ContactPolicy.COORDINATOR: _("Through the coordinator"),
        ContactPolicy.AFTER_MATCH: _("Only after the match"),
    },
    Silence: {
        Silence.ANY: _("Take any eligible applicant"),
        Silence.NONE: _("Take nobody"),
    },
    Level: {
        Level.CERTIFICATE: _("Certificate"),
        Level.ASSOCIATE: _("Associate degree"),
        Level.BACHELOR: _("Bachelor's degree"),
        Level.MASTER: _("Master's degree"),
        Level.POST_BACHELOR: _("Post-bachelor certificate"),
    },
    FacilityKind: {
        FacilityKind.HOSPITAL: _("Hospital"),
        FacilityKind.CLINIC: _("Community clinic"),
        FacilityKind.PRACTICE: _("Small practice"),
        FacilityKind.LONG_TERM_CARE: _("Long-term care"),
        FacilityKind.BEHAVIOURAL: _("Behavioural health"),
        FacilityKind.PUBLIC_HEALTH: _("Public health agency or registry"),
        FacilityKind.PAYER: _("Payer or health plan"),
        FacilityKind.VENDOR: _("Vendor of health software"),
        FacilityKind.BILLING: _("Billing or coding firm"),
        FacilityKind.EXCHANGE: _("Health information exchange"),
        FacilityKind.IMAGING: _("Imaging centre"),
        FacilityKind.LABORATORY: _("Laboratory"),
        FacilityKind.CONSULTANCY: _("Consulting firm"),
        FacilityKind.OTHER: _("Something else"),
    },
}


def label(value: StrEnum) -> str:
    """The label of a list member, in the reader's language."""
    return str(LABELS[type(value)][value])


def enum_choices(enum: type[StrEnum]) -> list[tuple[str, str]]:
    """(value, label) of every member, for a form."""
    return [(member.value, label(member)) for member in enum]
