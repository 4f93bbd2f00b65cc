"""The public look-up: two keys, one answer. Source: docs/rules/certificates.md, rules N8 and N9."""

import hmac
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from certificates import masking, numbering, wording
from certificates.models import Certificate
from lms.templatetags import points


@dataclass(frozen=True, kw_only=True)
class PublicFacts:
    """
    What whoever holds both keys may read: every printed fact, but the name masked and no part of the 证件号.

    Units: 学时; days as YYYY-MM-DD; the score as "85/100". Source: docs/rules/certificates.md, rule N8.
    """

    number: str
    status: str
    status_label: str
    status_since: str
    name_masked: str
    title: str
    course: str
    course_revision: str
    exam: str
    score: str
    standard: str
    study_hours: int
    issuer: str
    issued_date: str
    valid_until: str
    disclaimer: str


def look_up(*, number: str, name: str) -> Certificate | None:
    """
    Find a certificate by number and holder's name; None if the number is unknown or the name is another's.

    Both refusals take one query and one comparison, so neither the answer nor its time tells which key was wrong.
    Source: docs/rules/certificates.md, rule N9.
    """
    canonical = numbering.parse(number)
    if canonical is None:
        return None
    certificate = Certificate.objects.filter(number=canonical).first()
    expected = masking.name_key(certificate.holder_name if certificate else "")
    is_same = hmac.compare_digest(expected.encode(), masking.name_key(name).encode())
    return certificate if is_same and certificate else None


def public_facts(*, certificate: Certificate, today: date) -> PublicFacts:
    """
    Write a certificate down for the public, with its state today.

    Source: docs/rules/certificates.md, rules N7 and N8.
    """
    state = certificate.state_on(today)
    return PublicFacts(
        number=certificate.number,
        status=state.value,
        status_label=state.label,
        status_since=_since(certificate, state).isoformat(),
        name_masked=masking.mask_name(certificate.holder_name),
        title=certificate.title,
        course=certificate.course_title,
        course_revision=certificate.course_revision,
        exam=certificate.exam_title,
        score=f"{points(certificate.points_centi)}/{points(certificate.total_centi)}",
        standard=certificate.standard,
        study_hours=certificate.study_hours,
        issuer=certificate.issuer,
        issued_date=certificate.issued_date.isoformat(),
        valid_until=certificate.valid_until.isoformat(),
        disclaimer=wording.DISCLAIMER,
    )


def _since(certificate: Certificate, state: Certificate.State) -> date:
    if state == Certificate.State.EXPIRED:
        return certificate.valid_until + timedelta(days=1)
    return timezone.localdate(certificate.latest_change.changed_at)
