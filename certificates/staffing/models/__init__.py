"""Checks of a roster; companies with their people, rosters and training."""

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
from certificates.staffing.models.imports import RosterImport
from certificates.staffing.models.people import (
    Employment,
    ExternalCertificate,
    Person,
    PersonCertificate,
    PersonInvitation,
)

__all__ = [
    "BreachAlert",
    "Company",
    "CompanyGroup",
    "CompanyQuerySet",
    "Digest",
    "DomainProof",
    "Employment",
    "ExternalCertificate",
    "Member",
    "MemberInvitation",
    "Person",
    "PersonCertificate",
    "PersonInvitation",
    "RosterImport",
    "Site",
    "StaffingCheck",
    "StaffingCheckQuerySet",
    "Training",
]
