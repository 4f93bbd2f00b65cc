"""Mails that nobody asks for: a breach ahead, the week's summary. Source: docs/rules/companies.md, rules C15-C16."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from certificates.staffing import checks, desk, ratio
from certificates.staffing.answers import CompanyAnswer
from certificates.staffing.models import BreachAlert, Company, Digest, Member, Person, Training
from lms.users import outbox

DAYS_AHEAD = (30, 90, 180)  # nearest first
EXPIRING_DAYS = 90
DIGEST_HOUR = 8
SHORT_AGAIN_AFTER = timedelta(days=90)
BATCH = 500  # companies in one sweep


def sweep(*, now: datetime) -> int:
    """
    Write the alerts and summaries that are due; return how many companies were looked at. May run at any time, twice.

    Source: docs/rules/companies.md, rules C15 and C16.
    """
    today = timezone.localdate(now)
    every = Company.objects.exclude(status=Company.Status.REJECTED).filter(
        Exists(Person.objects.filter(company=OuterRef("pk")))
    )
    companies = list(every.exclude(watched_on=today)[:BATCH])
    monday = _digest_week(now)
    if monday:
        companies += every.filter(watched_on=today).exclude(digests__week_start_date=monday)[:BATCH]
    for company in companies:
        try:
            answer = checks.check_company(company=company, as_of=today)
        except ratio.NoManagers:
            pass  # nothing to foresee
        else:
            alert(company=company, breach=answer.staffing.breach, today=today, now=now)
            digest(company=company, answer=answer, now=now)
        Company.objects.filter(pk=company.pk).update(watched_on=today)
    return len(companies)


def alert(*, company: Company, breach: ratio.Breach | None, today: date, now: datetime) -> BreachAlert | None:
    """
    Tell owners and managers of a breach ahead, once for each distance of 180, 90 and 30 days, and once it is there.

    Source: docs/rules/companies.md, rule C15.
    """
    distance = next((days for days in (0, *DAYS_AHEAD) if breach and (breach.day - today).days <= days), None)
    if breach is None or distance is None:
        return None
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        told = BreachAlert.objects.filter(company=company)
        if distance == 0:  # the day of a breach that is there already moves along with today
            told = told.filter(days_ahead=0, sent_at__gt=now - SHORT_AGAIN_AFTER)
        else:
            told = told.filter(breach_date=breach.day, days_ahead__lte=distance)
        if told.exists():
            return None
        sent = BreachAlert.objects.create(
            company=company,
            breach_date=breach.day,
            days_ahead=distance,
            cause="\n".join(breach.causes),
            sent_at=now,
        )
        context = {
            "company": company,
            "breach": breach,
            "gap": breach.required - breach.held,
            "is_now": breach.day <= today,
            "days": (breach.day - today).days,
            "url": _url(company),
        }
        _write(company, f"{company.name} 管理师配置将不足", "breach", context, now)
        return sent


def digest(*, company: Company, answer: CompanyAnswer, now: datetime) -> Digest | None:
    """Send the summary of the week, from Monday 8 o'clock on, once. Source: docs/rules/companies.md, rule C16."""
    monday = _digest_week(now)
    if monday is None:
        return None
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        if Digest.objects.filter(company=company, week_start_date=monday).exists():
            return None
        sent = Digest.objects.create(company=company, week_start_date=monday, sent_at=now)
        _write(company, f"{company.name} 本周情况", "digest", _summary(company, answer, now), now, digest_only=True)
        return sent


def _digest_week(now: datetime) -> date | None:
    """Return the Monday whose summary is due, or None early on a Monday."""
    local = timezone.localtime(now)
    if local.weekday() == 0 and local.hour < DIGEST_HOUR:
        return None
    return local.date() - timedelta(days=local.weekday())


def _summary(company: Company, answer: CompanyAnswer, now: datetime) -> dict[str, object]:
    today = answer.staffing.as_of
    soon = today + timedelta(days=EXPIRING_DAYS)
    counted = [one.verdict.person.certificate for one in answer.people if one.is_counted]
    lines = desk.progress(Training.objects.of(company).select_related("person"), now=now)
    return {
        "company": company,
        "staffing": answer.staffing,
        "people": Person.objects.of(company).employed_on(today).count(),
        "expiring": sum(1 for certificate in counted if certificate and certificate.valid_until <= soon),
        "in_training": sum(not line.is_certified for line in lines),
        "overdue": sum(line.is_overdue for line in lines),
        "url": _url(company),
    }


def _write(
    company: Company, subject: str, name: str, context: dict[str, object], now: datetime, *, digest_only: bool = False
) -> None:
    members = Member.objects.of(company).filter(role__in=Member.MANAGING, user__is_active=True)
    if digest_only:
        members = members.filter(wants_digest=True)
    mailboxes = list(members.order_by("pk").values_list("user__email", flat=True))
    if not mailboxes:
        return
    known = {"site_name": settings.SITE_NAME, "support_email": settings.SUPPORT_EMAIL}
    message = EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{subject}",
        render_to_string(f"staffing/mail/{name}.txt", context | known),
        bcc=mailboxes,
    )
    outbox.queue(message=message, now=now)


def _url(company: Company) -> str:
    return settings.SITE_URL + reverse("staffing:company_detail", args=[company.pk])
