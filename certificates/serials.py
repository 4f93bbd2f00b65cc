"""Gap-free serials of a year, for issuers who file by them. Source: docs/rules/certificates.md, rule N32."""

from datetime import datetime

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from certificates.models import SerialCounter


def take(*, now: datetime) -> str:
    """
    Take the next serial of the year, such as "2026-000123", or "" where the setting asks for none.

    Call it last in the transaction that issues: whoever comes next waits for it, and a rollback gives the number back.
    Source: docs/rules/certificates.md, rule N32.
    """
    if not settings.CERTIFICATE_SERIALS:
        return ""
    year = timezone.localdate(now).year
    SerialCounter.objects.get_or_create(year=year)
    SerialCounter.objects.filter(year=year).update(last=F("last") + 1)  # locks the row until the transaction ends
    return f"{year}-{SerialCounter.objects.get(year=year).last:06d}"
