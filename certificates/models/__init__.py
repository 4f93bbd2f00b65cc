"""What the register keeps: certificates, their changes, keys and files, the transparency log, and people's requests."""

from certificates.models.care import (
    ExpiryReminder,
    Petition,
    PetitionQuerySet,
    PetitionStep,
    PublicChoice,
    RevocationRequest,
    ShareLink,
)
from certificates.models.certificate import Certificate, CertificateQuerySet, StatusChange
from certificates.models.keys import PublicKey, SignedDocument
from certificates.models.log import LogEntry, LogNode, LogState, TreeHead

__all__ = [
    "Certificate",
    "CertificateQuerySet",
    "ExpiryReminder",
    "LogEntry",
    "LogNode",
    "LogState",
    "Petition",
    "PetitionQuerySet",
    "PetitionStep",
    "PublicChoice",
    "PublicKey",
    "RevocationRequest",
    "ShareLink",
    "SignedDocument",
    "StatusChange",
    "TreeHead",
]
