"""The demonstration's people and places. All fictional; the ZIP codes are real so that distances are."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.identity.models import Sign
from marketplace.vocabulary import ContactPolicy, EhrAccess, FacilityKind, Level, Modality, Pay, Silence

PASSWORD = "practicum-demo"
DOMAIN = "demo.example"

SCHOOL = ("Northern Lakes HIM Consortium (demo)", "Duluth", "MN")
PROGRAMMES = (
    ("Health Information Technology AAS", Level.ASSOCIATE, 120),
    ("Health Information Management BS", Level.BACHELOR, 160),
    ("Clinical Coding Certificate", Level.CERTIFICATE, 90),
)

OPERATOR = ("Olive Ostrich", "operator")
#: In the earlier round, whose result is out.
PLACED = "Toni Sample"
COORDINATOR = ("Dana Dovetail", "coordinator")

FIRST = (
    "Ava Ben Cora Dev Elena Finn Gia Hugo Iris Jonas Kira Leo Mina Noah Oona Pablo Quinn Rosa Sami Tara "
    "Uma Vito Wren Xavi Yara Zeke Anya Bo Celia Dario"
).split()
LAST = (
    "Alder Birch Cedar Dogwood Elm Fir Ginkgo Hazel Ironwood Juniper Katsura Larch Maple Nutmeg Oak Pine "
    "Quince Rowan Spruce Tamarack Umbrella Viburnum Willow Xylosma Yew Zelkova Aspen Beech Chestnut Dahlia"
).split()
HOMES = (
    "55802 55811 55812 54880 54806 55744 55792 55746 55720 56401 56601 49938 54868 54843 55616 55767"
).split()
EXPERIENCE = (
    "Four years at a hospital front desk: registration, insurance checks, record requests.",
    "Radiology technologist for six years; now moving into imaging informatics.",
    "Medical assistant in a two-doctor practice; kept the charts and the recall list.",
    "Office manager at a machine shop until it closed; spreadsheets, payroll, deadlines.",
    "Help desk for a school district; tickets, password resets, user training.",
    "First career; project work in coding and data quality at school.",
)
STATEMENT = (
    "I like finding out why two records disagree, and fixing it so that it stays fixed. I learn a system "
    "quickly, ask when I am unsure, and would like to work near home after I graduate."
)


@dataclass(frozen=True)
class Host:
    """One facility: name, kind, ZIP of its site, street, contact's name."""

    name: str
    kind: FacilityKind
    zip: str
    street: str
    contact: str
    policy: ContactPolicy = ContactPolicy.COORDINATOR


#: What the coordinator checked of each of them. The numbers are kept for stories (555-01xx).
SIGNS = (
    (Sign.CALL_BACK, "(218) 555-0142, from the county's own list; spoke to the office manager"),
    (Sign.AGREEMENT, "Demonstration agreement of the consortium, 2025 to 2028"),
)

K = FacilityKind
HOSTS = (
    Host(
        "Kingfisher Bay Medical Center",
        K.HOSPITAL,
        "55802",
        "1 Kingfisher Way",
        "Ruth Riversmith",
        ContactPolicy.OPEN,
    ),
    Host("Agate Harbor Hospital", K.HOSPITAL, "55616", "40 Lighthouse Loop", "Sven Stonebridge"),
    Host("Ironrange General", K.HOSPITAL, "55746", "12 Pit View Road", "Tess Taconite"),
    Host("Twin Otters Regional", K.HOSPITAL, "54880", "7 Otter Run", "Una Underhill"),
    Host("Whitecap Memorial", K.HOSPITAL, "54806", "300 Whitecap Street", "Victor Vale"),
    Host("Pokegama Point Hospital", K.HOSPITAL, "55744", "21 Point Drive", "Wanda Wetherby"),
    Host("Loon Lake Community Clinic", K.CLINIC, "55811", "5 Loon Lane", "Abel Arrowwood"),
    Host("Tamarack Trail Clinic", K.CLINIC, "55720", "88 Tamarack Trail", "Bea Bracken"),
    Host("Heron Marsh Clinic", K.CLINIC, "54843", "16 Marsh Road", "Cal Clearwater"),
    Host("Birchbark Health Commons", K.CLINIC, "56601", "9 Birchbark Court", "Dot Driftwood"),
    Host("Saltwater Creek Clinic", K.CLINIC, "55767", "31 Creekside", "Ed Everglade"),
    Host("Dr. Fern and Dr. Moss, Family Practice", K.PRACTICE, "55812", "2 Garden Row", "Flo Fernley"),
    Host("Old Mill Pediatrics", K.PRACTICE, "54868", "10 Old Mill Square", "Gus Greenfield"),
    Host("Cranberry Eye Care", K.PRACTICE, "54880", "64 Cranberry Street", "Hal Heathland"),
    Host(
        "Two Pines Orthopedics", K.PRACTICE, "55792", "3 Two Pines Plaza", "Ida Islington", ContactPolicy.OPEN
    ),
    Host("Snowberry Long-Term Care", K.LONG_TERM_CARE, "55811", "77 Snowberry Hill", "Jack Jasperson"),
    Host("Quiet Harbor Care Home", K.LONG_TERM_CARE, "54806", "18 Harbor Walk", "Kay Kettleburn"),
    Host("Gooseberry Manor", K.LONG_TERM_CARE, "55616", "6 Gooseberry Way", "Lou Lakeland"),
    Host("Bluejay Behavioral Health", K.BEHAVIOURAL, "55802", "210 Bluejay Avenue", "May Meadowlark"),
    Host("Stillwater Recovery Partners", K.BEHAVIOURAL, "56401", "14 Stillwater Circle", "Ned Northwood"),
    Host("Northern Lakes Tumor Registry", K.PUBLIC_HEALTH, "55802", "500 Registry Building", "Opal Oxbow"),
    Host("Four Counties Public Health", K.PUBLIC_HEALTH, "56401", "1 County Square", "Pete Pasture"),
    Host("Snowshoe Mutual Health Plan", K.PAYER, "55811", "900 Snowshoe Tower", "Queenie Quarry"),
    Host(
        "Lantern Medical Billing", K.VENDOR, "54880", "12 Lantern Street", "Rob Ridgeway", ContactPolicy.OPEN
    ),
    Host(
        "Compass Records Software",
        K.VENDOR,
        "55802",
        "4 Compass Yard",
        "Sue Summerfield",
        ContactPolicy.AFTER_MATCH,
    ),
)

#: Registered a few days ago, and not verified yet.
NEWCOMER = Host("Copper Kettle Clinic", K.CLINIC, "55803", "8 Kettle Lane", "Nell Nettlefold")


@dataclass(frozen=True)
class Work:
    """A kind of slot: title, role, task areas, what the student does, and how it is worked."""

    title: str
    role: str
    areas: tuple[str, ...]
    description: str
    modality: Modality
    hours: int
    ehr: str
    access: EhrAccess
    skills: tuple[str, ...] = ()
    pay: Pay = Pay.UNPAID
    silence: Silence = Silence.ANY


M, A = Modality, EhrAccess
WORKS = {
    "coding": Work(
        "Coding and revenue cycle",
        "coder",
        ("coding", "denials"),
        "Code outpatient charts beside our leads, then audit a sample of denials and present it.",
        M.ON_SITE,
        120,
        "Epic",
        A.TRAINING,
        ("icd-10", "cpt"),
    ),
    "roi": Work(
        "Release of information",
        "him-generalist",
        ("release-of-information", "privacy"),
        "Follow requests from arrival to release: check authorisations, find records, log disclosures.",
        M.HYBRID,
        90,
        "Oracle Health (Cerner)",
        A.READ,
        ("hipaa",),
    ),
    "quality": Work(
        "Health data quality",
        "data-analyst",
        ("data-quality", "mpi"),
        "Find duplicate records, trace where they come from, and write the report the front desk will use.",
        M.ON_SITE,
        120,
        "athenahealth",
        A.READ,
        ("excel",),
    ),
    "registry": Work(
        "Registry abstraction",
        "registrar",
        ("registry",),
        "Learn case finding and abstracting on practice cases, then shadow our registrars.",
        M.REMOTE,
        160,
        "",
        A.NONE,
        ("medical-terminology",),
        Pay.STIPEND,
    ),
    "deficiency": Work(
        "Chart deficiency analysis",
        "him-generalist",
        ("chart-deficiency", "cdi"),
        "Analyse records for missing parts and follow them until they are complete.",
        M.ON_SITE,
        96,
        "MEDITECH",
        A.READ,
    ),
    "training": Work(
        "EHR training and support",
        "trainer",
        ("ehr-training", "go-live"),
        "Write quick guides, sit with new users in their first week, collect what confuses them.",
        M.ON_SITE,
        120,
        "Epic",
        A.TRAINING,
        ("training",),
    ),
    "frontoffice": Work(
        "Records in a small practice",
        "workflow-redesign",
        ("release-of-information", "data-quality"),
        "Two half days a week with the office manager: requests, scanning backlog, a better intake form.",
        M.ON_SITE,
        80,
        "eClinicalWorks",
        A.WRITE,
    ),
    "privacy": Work(
        "Privacy audit",
        "privacy-security",
        ("privacy",),
        "Walk through our access logs with the privacy officer and test one policy against what happens.",
        M.HYBRID,
        90,
        "",
        A.SHADOW,
        ("hipaa",),
        Pay.UNPAID,
        Silence.NONE,
    ),
    "pacs": Work(
        "Imaging informatics",
        "technical-support",
        ("pacs",),
        "Work with the PACS administrator: study reconciliation, routing rules, user questions.",
        M.ON_SITE,
        120,
        "",
        A.TRAINING,
        ("dicom",),
    ),
    "payer": Work(
        "Claims and coding review",
        "coder",
        ("coding", "denials"),
        "Review sampled claims against documentation and learn how a payer reads a chart.",
        M.REMOTE,
        120,
        "",
        A.NONE,
        ("cpt",),
        Pay.PAID,
    ),
    "build": Work(
        "EHR build and testing",
        "implementation-support",
        ("go-live", "data-quality"),
        "Test releases against scripts, report what breaks, and help a clinic through its upgrade.",
        M.HYBRID,
        120,
        "",
        A.TRAINING,
        ("hl7-fhir",),
        Pay.STIPEND,
    ),
}

#: (index into HOSTS, kind of work, capacity): forty slots, sixty-odd places.
SLOTS = (
    (0, "coding", 3),
    (0, "deficiency", 2),
    (0, "training", 2),
    (1, "roi", 2),
    (1, "quality", 2),
    (2, "coding", 2),
    (2, "deficiency", 2),
    (3, "coding", 2),
    (3, "roi", 2),
    (3, "pacs", 1),
    (4, "quality", 2),
    (4, "deficiency", 2),
    (5, "coding", 2),
    (5, "training", 1),
    (6, "roi", 2),
    (6, "quality", 1),
    (7, "quality", 2),
    (7, "privacy", 1),
    (8, "roi", 1),
    (9, "quality", 2),
    (10, "deficiency", 1),
    (11, "frontoffice", 1),
    (12, "frontoffice", 1),
    (13, "frontoffice", 1),
    (14, "frontoffice", 1),
    (14, "pacs", 1),
    (15, "deficiency", 2),
    (15, "privacy", 1),
    (16, "roi", 1),
    (17, "deficiency", 2),
    (18, "privacy", 1),
    (18, "roi", 1),
    (19, "roi", 2),
    (20, "registry", 3),
    (20, "quality", 1),
    (21, "registry", 2),
    (22, "payer", 3),
    (23, "payer", 2),
    (24, "build", 2),
    (24, "training", 1),
)
