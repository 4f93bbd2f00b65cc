"""Mails about days of the cycle and corrective actions, once each. docs/rules/readiness.md, rules A15 and A18."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from certificates.staffing.models import CertificationCycle, Company, CorrectiveAction, CycleReminder, Member
from certificates.staffing.readiness import cycles
from certificates.staffing.readiness.cycle import Due
from lms.users import outbox
from lms.users.models import User

DAYS_AHEAD = (7, 30, 90)  # nearest first
ACTION_DAYS = 3
BATCH = 500


def sweep(*, now: datetime) -> int:
    """Queue every reminder that is due and was not sent; return how many. May run at any time, twice."""
    today = timezone.localdate(now)
    standing = CertificationCycle.objects.current().exclude(company__status=Company.Status.REJECTED)
    sent = 0
    for row in standing.select_related("company").prefetch_related("reminders").iterator(chunk_size=BATCH):
        told = {(one.event, one.due_date, one.days_ahead) for one in row.reminders.all()}
        for due in cycles.calendar_of(row):
            distance = _distance(due, today)
            is_told = any((due.event.value, due.day, days) in told for days in DAYS_AHEAD if days <= (distance or 0))
            if distance and not is_told:
                sent += _remind(row, due, distance, today, now)
    soon = CorrectiveAction.objects.open().filter(due_date__range=(today, today + timedelta(days=ACTION_DAYS)))
    untold = soon.filter(Q(reminded_date=None) | ~Q(reminded_date=F("due_date")), owner__is_active=True)
    for pk in list(untold.order_by("due_date", "pk").values_list("pk", flat=True)[:BATCH]):
        sent += _remind_owner(pk, now)
    return sent


def _distance(due: Due, today: date) -> int | None:
    """Return the nearest distance that the day has come within, None if it is done, past or far away."""
    left = (due.day - today).days
    if due.done_on or left < 0:
        return None
    return next((days for days in DAYS_AHEAD if left <= days), None)


def _remind(row: CertificationCycle, due: Due, distance: int, today: date, now: datetime) -> bool:
    try:
        with transaction.atomic():
            CycleReminder.objects.create(
                cycle=row, event=due.event.value, due_date=due.day, days_ahead=distance, queued_at=now
            )
            people = Member.objects.of(row.company).filter(role__in=Member.MANAGING, user__is_active=True)
            for member in people.select_related("user"):
                context = {"name": cycles.NAMES[due.event], "due": due, "days": (due.day - today).days}
                subject = f"{row.company.name} {cycles.NAMES[due.event]}：还有 {context['days']} 天"
                _write(member.user, row.company, subject, "readiness_cycle", context, now)
    except IntegrityError:  # another process was first
        return False
    return True


@transaction.atomic
def _remind_owner(pk: int, now: datetime) -> bool:
    action = CorrectiveAction.objects.select_for_update().get(pk=pk)
    if action.owner is None or action.reminded_date == action.due_date or action.done_at:
        return False
    action.reminded_date = action.due_date
    action.save(update_fields=["reminded_date"])
    _write(
        action.owner, action.company, f"整改项将到期：{action.due_date}", "readiness_action", {"action": action}, now
    )
    return True


def _write(
    user: User, company: Company, subject: str, template: str, context: dict[str, object], now: datetime
) -> None:
    text = render_to_string(
        f"staffing/mail/{template}.txt",
        context
        | {
            "company": company,
            "url": settings.SITE_URL + reverse("staffing:readiness", args=[company.pk]),
            "site_name": settings.SITE_NAME,
        },
    )
    outbox.queue(
        message=EmailMessage(f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{subject}", text, to=[user.email]), now=now
    )
