"""What the register keeps: certificates, their changes, keys and files, the transparency log, and people's requests."""

from certificates.models.batches import IssueBatch, IssueItem, SerialCounter
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
from certificates.models.lost_passes import KeptCertificate
from certificates.models.study_proofs import StudyProof
from certificates.models.template import CertificateTemplate

__all__ = [
    "Certificate",
    "CertificateQuerySet",
    "CertificateTemplate",
    "ExpiryReminder",
    "IssueBatch",
    "IssueItem",
    "KeptCertificate",
    "LogEntry",
    "LogNode",
    "LogState",
    "Petition",
    "PetitionQuerySet",
    "PetitionStep",
    "PublicChoice",
    "PublicKey",
    "RevocationRequest",
    "SerialCounter",
    "ShareLink",
    "SignedDocument",
    "StatusChange",
    "StudyProof",
    "TreeHead",
]
