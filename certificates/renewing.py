"""Renewal: a new certificate that continues an older one of the same holder. docs/rules/certificates.md, rule N22."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from certificates.models import Certificate
from courses.models import CoursePage
from lms.errors import DomainError

Status = Certificate.Status


class NothingToRenew(DomainError):
    message = "继续教育只用来续期，但这个账号没有可以续期的证书。请先参加正式课程的考试。"


class HoursMissing(DomainError):
    message = "这门继续教育课程的学时不够续期的要求，没有签发。请联系教务。"


def renewable(*, holder_id: int | None) -> Certificate | None:
    """
    Return the holder's newest certificate that a new one would continue, or None: in force or run out, not yet renewed.

    Source: docs/rules/certificates.md, rule N22.
    """
    mine = Certificate.objects.filter(holder_id=holder_id, status=Status.VALID, successor=None)
    return mine.order_by("-valid_until", "-pk").first()


def link(*, certificate: Certificate, course: CoursePage, now: datetime) -> None:
    """
    Make an unsaved certificate the renewal of the holder's earlier one, if there is one; no day of validity is lost.

    Raises: NothingToRenew, HoursMissing for an exam of a 继续教育 course. Source: docs/rules/certificates.md, rule N22.
    """
    earlier = renewable(holder_id=certificate.holder_id)
    if course.slug in settings.CERTIFICATE_RENEWAL_COURSES:
        if earlier is None:
            raise NothingToRenew
        if certificate.study_hours < settings.CERTIFICATE_RENEWAL_HOURS:
            raise HoursMissing
    if earlier is None:
        return
    certificate.origin, certificate.predecessor = Certificate.Origin.RENEWAL, earlier
    today = timezone.localdate(now)
    days_left = (earlier.valid_until - today).days
    if 0 <= days_left <= settings.CERTIFICATE_RENEWAL_DAYS:
        certificate.valid_until = last_valid_day(
            issued=earlier.valid_until + timedelta(days=1), years=settings.CERTIFICATE_VALID_YEARS
        )


def last_valid_day(*, issued: date, years: int) -> date:
    """
    Return the day before the anniversary: 2026-11-22 + 3 years → 2029-11-21; the anniversary of 29 February in a short
    year is 1 March, so a holder never loses a day.

    Source: docs/rules/certificates.md, rule N6.
    """
    try:
        anniversary = issued.replace(year=issued.year + years)
    except ValueError:
        anniversary = date(issued.year + years, 3, 1)
    return anniversary - timedelta(days=1)
