"""Pages and answers: the holder's own, the public look-up, and open data for machines."""

from certificates.views.holder import (
    certificate_credential,
    certificate_detail,
    certificate_list,
    certificate_pdf,
    certificate_proof,
    choose_public,
    petition,
    petition_cancel,
    share,
    unshare,
    withdraw,
)
from certificates.views.open_data import (
    consistency_proof,
    did_document,
    inclusion_proof,
    issuer_profile,
    leaves,
    log,
    status_list,
    tree_head,
    tree_heads,
)
from certificates.views.public import badge, check_file, shared, verify

__all__ = [
    "badge",
    "certificate_credential",
    "certificate_detail",
    "certificate_list",
    "certificate_pdf",
    "certificate_proof",
    "check_file",
    "choose_public",
    "consistency_proof",
    "did_document",
    "inclusion_proof",
    "issuer_profile",
    "leaves",
    "log",
    "petition",
    "petition_cancel",
    "share",
    "shared",
    "status_list",
    "tree_head",
    "tree_heads",
    "unshare",
    "verify",
    "withdraw",
]
