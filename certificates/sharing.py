"""What a holder shows of a certificate, and to whom: a link that can be withdrawn, and two switches."""

import secrets
from datetime import datetime

from django.db import transaction

from certificates.models import Certificate, PublicChoice, ShareLink


@transaction.atomic
def share(*, certificate: Certificate, now: datetime) -> ShareLink:
    """
    Make the link that shows a certificate; the standing one comes back if there is one.

    Source: docs/rules/certificates.md, rule N25.
    """
    Certificate.objects.select_for_update().get(pk=certificate.pk)
    standing = certificate.share_links.standing().first()
    return standing or ShareLink.objects.create(
        certificate=certificate, token=secrets.token_urlsafe(32), created_at=now
    )


@transaction.atomic
def withdraw(*, certificate: Certificate, now: datetime) -> int:
    """Make the link lead nowhere from now on; return how many stood. Source: docs/rules/certificates.md, rule N25."""
    return certificate.share_links.standing().update(withdrawn_at=now)


@transaction.atomic
def choose(*, certificate: Certificate, shows_full_name: bool, shows_score: bool, now: datetime) -> PublicChoice:
    """
    Store what the look-up may show of this certificate. Source: docs/rules/certificates.md, rule N26.
    """
    choice, _ = PublicChoice.objects.update_or_create(
        certificate=certificate,
        defaults={"shows_full_name": shows_full_name, "shows_score": shows_score, "chosen_at": now},
    )
    return choice
