"""The transparency log: record a change, give it a place, sign the tree, prove it, and look for what does not fit."""

from certificates.logbook.auditing import Finding, audit
from certificates.logbook.entries import SOUND, Standing, facts_of, record, sound, standing_of
from certificates.logbook.heads import origin, sign_head, sign_head_if_due
from certificates.logbook.proofs import NoSuchProof, bundle, consistency, inclusion
from certificates.logbook.sequencing import sequence

__all__ = [
    "SOUND",
    "Finding",
    "NoSuchProof",
    "Standing",
    "audit",
    "bundle",
    "consistency",
    "facts_of",
    "inclusion",
    "origin",
    "record",
    "sequence",
    "sign_head",
    "sign_head_if_due",
    "sound",
    "standing_of",
]
