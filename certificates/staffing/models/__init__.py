"""Checks of a roster; companies with their people, rosters and training."""

from certificates.staffing.models.api import ApiToken, ApiWrite
from certificates.staffing.models.checks import StaffingCheck, StaffingCheckQuerySet
from certificates.staffing.models.companies import (
    Company,
    CompanyGroup,
    CompanyQuerySet,
    DomainProof,
    Member,
    MemberInvitation,
    Site,
)
from certificates.staffing.models.desk import BreachAlert, Digest, Training
from certificates.staffing.models.evidence import EvidenceLink, EvidencePack, EvidencePackQuerySet, EvidenceVisit
from certificates.staffing.models.externals import ExternalCertificate
from certificates.staffing.models.imports import RosterImport
from certificates.staffing.models.people import (
    Employment,
    Judgement,
    Person,
    PersonCertificate,
    PersonInvitation,
)
from certificates.staffing.models.readiness import (
    ActionFile,
    Assessment,
    AssessmentFinding,
    AssessmentSection,
    CertificationCycle,
    ChecklistMark,
    CorrectiveAction,
    CycleReminder,
    Indicator,
    SpecialDeduction,
)
from certificates.staffing.models.webhooks import (
    CoverageWatch,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

__all__ = [
    "ActionFile",
    "ApiToken",
    "ApiWrite",
    "Assessment",
    "AssessmentFinding",
    "AssessmentSection",
    "BreachAlert",
    "CertificationCycle",
    "ChecklistMark",
    "Company",
    "CompanyGroup",
    "CompanyQuerySet",
    "CorrectiveAction",
    "CoverageWatch",
    "CycleReminder",
    "Digest",
    "DomainProof",
    "Employment",
    "EvidenceLink",
    "EvidencePack",
    "EvidencePackQuerySet",
    "EvidenceVisit",
    "ExternalCertificate",
    "Indicator",
    "Judgement",
    "Member",
    "MemberInvitation",
    "Person",
    "PersonCertificate",
    "PersonInvitation",
    "RosterImport",
    "Site",
    "SpecialDeduction",
    "StaffingCheck",
    "StaffingCheckQuerySet",
    "Training",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
