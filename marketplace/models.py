"""Every model, imported once so that the metadata is whole. For migrations, the shell and tests."""

from marketplace.accounts.models import Invitation, Membership, Role, User
from marketplace.agreements.models import (
    Agreement,
    AgreementFacility,
    AgreementProgramme,
    AgreementSite,
)
from marketplace.alerts.models import SavedSearch, ToldSlot
from marketplace.appeals.models import Appeal, Trial
from marketplace.applications.models import Application, Consent, Disclosure
from marketplace.audit.models import AuditEvent
from marketplace.capacities.models import CapacityRequest, SchoolShare
from marketplace.conflicts.models import Employment, Exclusion
from marketplace.coordination.models import Reminder
from marketplace.couples.models import Couple, CoupleMember, PairCertification, PairEntry, PairList
from marketplace.directory.models import FacilityListing, ProgrammeListing
from marketplace.facilities.models import Facility, PostalArea, Site
from marketplace.forecasts.models import Forecast, SlotForecast, StudentForecast
from marketplace.identity.models import Evidence, Merge
from marketplace.imports.models import PreparedSlot, Upload
from marketplace.links.models import EmailLink, LinkToken
from marketplace.mail.models import OutboxMessage
from marketplace.messages.models import Message, Thread
from marketplace.naming.models import DirectoryTerm, NameTerm
from marketplace.placements.models import ClearingChoice, PlaceRequest
from marketplace.proposals.models import Proposal
from marketplace.rankings.models import RankEntry, RankList
from marketplace.reports.models import Report
from marketplace.requirements.models import RequirementItem, RequirementRecord, RequirementSet
from marketplace.results.models import HostAnswer
from marketplace.rounds.models import Preassigned, Round, RoundProgramme, RoundSlot, RoundStudent
from marketplace.runs.models import (
    Assignment,
    Clearing,
    Hold,
    JobBeat,
    MatchRun,
    Placement,
    Publication,
    ReleasePlan,
    Seal,
    Supersession,
)
from marketplace.schools.models import Programme, School
from marketplace.slots.models import Shortlisted, Slot, SlotTerm
from marketplace.students.models import Student
from marketplace.texts.models import PublicText, TextPrint

__all__ = [
    "Agreement",
    "AgreementFacility",
    "AgreementProgramme",
    "AgreementSite",
    "Appeal",
    "Application",
    "Assignment",
    "AuditEvent",
    "CapacityRequest",
    "Clearing",
    "ClearingChoice",
    "Consent",
    "Couple",
    "CoupleMember",
    "DirectoryTerm",
    "Disclosure",
    "EmailLink",
    "Employment",
    "Evidence",
    "Exclusion",
    "Facility",
    "FacilityListing",
    "Forecast",
    "Hold",
    "HostAnswer",
    "Invitation",
    "JobBeat",
    "LinkToken",
    "MatchRun",
    "Membership",
    "Merge",
    "Message",
    "NameTerm",
    "OutboxMessage",
    "PairCertification",
    "PairEntry",
    "PairList",
    "PlaceRequest",
    "Placement",
    "PostalArea",
    "Preassigned",
    "PreparedSlot",
    "Programme",
    "ProgrammeListing",
    "Proposal",
    "PublicText",
    "Publication",
    "RankEntry",
    "RankList",
    "ReleasePlan",
    "Reminder",
    "Report",
    "RequirementItem",
    "RequirementRecord",
    "RequirementSet",
    "Role",
    "Round",
    "RoundProgramme",
    "RoundSlot",
    "RoundStudent",
    "SavedSearch",
    "School",
    "SchoolShare",
    "Seal",
    "Shortlisted",
    "Site",
    "Slot",
    "SlotForecast",
    "SlotTerm",
    "Student",
    "StudentForecast",
    "Supersession",
    "TextPrint",
    "Thread",
    "ToldSlot",
    "Trial",
    "Upload",
    "User",
]
