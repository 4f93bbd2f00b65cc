"""Verbs on a company's certification cycle: write its days down, begin the next one."""

from datetime import date, datetime

from django.db import transaction

from certificates.staffing.models import CertificationCycle, Company
from certificates.staffing.readiness import cycle
from certificates.staffing.readiness.cycle import Due, Event
from lms.errors import DomainError

FIRST_DAY, LAST_DAY = date(2012, 2, 1), date(2100, 12, 31)  # the standard has been in force since then
NAMES = {
    Event.INITIAL: "初次审核",
    Event.FIRST: "第一次监督审核",
    Event.SECOND: "第二次监督审核",
    Event.APPLY: "提出再认证申请",
    Event.RENEWAL: "证书到期，完成再认证",
}


class DaysOutOfOrder(DomainError):
    message = "日期的先后不对：初审日 ≤ 发证日 < 第一次监督 < 第二次监督，监督审核要先有发证日。请核对。"


class DayOutOfRange(DomainError):
    message = f"日期应在 {FIRST_DAY} 至 {LAST_DAY} 之间。请核对年份。"


class NoDay(DomainError):
    message = "请至少填写初审日（可以是计划的）或发证日。"


class NotCertified(DomainError):
    message = "还没有发证日，不能开始新的周期。请先填写发证日，或直接改初审日。"


def current(*, company: Company) -> CertificationCycle | None:
    return CertificationCycle.objects.of(company).current().first()


def calendar_of(row: CertificationCycle) -> tuple[Due, ...]:
    """Return what is due in this cycle, in order. Source: docs/rules/readiness.md, rules A11-A13."""
    return cycle.calendar(
        initial=row.initial_audit_date,
        certified=row.certified_date,
        first=row.first_audit_date,
        second=row.second_audit_date,
    )


def audits_ahead(*, company: Company, today: date) -> tuple[Due, ...]:
    """Return the audits that a company still has before it. Source: docs/rules/readiness.md, rule A14."""
    row = current(company=company)
    return cycle.audits_ahead(calendar_of(row), today) if row else ()


@transaction.atomic
def record(
    *,
    company: Company,
    body: str,
    initial_audit_date: date | None,
    certified_date: date | None,
    first_audit_date: date | None,
    second_audit_date: date | None,
    now: datetime,
) -> CertificationCycle:
    """
    Write down the days of the current cycle; the first time this begins it.

    Raises: NoDay, DayOutOfRange, DaysOutOfOrder. Source: docs/rules/readiness.md, rules A11 and A12.
    """
    days = [initial_audit_date, certified_date, first_audit_date, second_audit_date]
    _refuse(days)
    Company.objects.select_for_update().get(pk=company.pk)
    row = current(company=company) or CertificationCycle(company=company, started_at=now)
    row.body = body
    row.initial_audit_date, row.certified_date, row.first_audit_date, row.second_audit_date = days
    row.save()
    return row


@transaction.atomic
def begin_next(*, company: Company, certified_date: date, now: datetime) -> CertificationCycle:
    """
    Close the current cycle and begin the one of the renewed certificate.

    Raises: NotCertified, DayOutOfRange, DaysOutOfOrder. Source: docs/rules/readiness.md, rule A11.
    """
    _refuse([None, certified_date, None, None])
    Company.objects.select_for_update().get(pk=company.pk)
    row = current(company=company)
    if row is None or row.certified_date is None:
        raise NotCertified
    if certified_date <= max(day for day in (row.certified_date, row.second_audit_date) if day):
        raise DaysOutOfOrder("新证书的发证日应晚于这个周期已填写的日期。请核对。")
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    return CertificationCycle.objects.create(
        company=company, body=row.body, certified_date=certified_date, started_at=now
    )


def _refuse(days: list[date | None]) -> None:
    initial, certified, first, second = days
    known = [day for day in days if day]
    if initial is None and certified is None:
        raise NoDay
    if not all(FIRST_DAY <= day <= LAST_DAY for day in known):
        raise DayOutOfRange
    if (first and not certified) or (second and not first) or known != sorted(known):
        raise DaysOutOfOrder
    if (first and first == certified) or (second and second == first):
        raise DaysOutOfOrder
