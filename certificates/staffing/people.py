"""The people on a roster, one at a time: add, change, leave, delete. docs/rules/companies.md, rules C6, C7 and C19."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from certificates.masking import name_key
from certificates.staffing import links
from certificates.staffing.models import Company, Employment, Judgement, Person, Site
from certificates.staffing.models.people import Judged
from lms.errors import DomainError

MAX_PEOPLE = 200_000
BY_HAND = "手工填写"


class StaffNumberTaken(DomainError):
    message = "这个工号已经给了另一个人。请核对工号，一个工号只能给一个人。"


class NamesakeNeedsNumber(DomainError):
    message = "花名册上已有同名的人。请填写工号来区分，工号可以自己编。"


class DaysOverlap(DomainError):
    message = "这段在职日期与另一段重叠。请先填好前一段的离职日期。"


class DaysOutOfOrder(DomainError):
    message = "离职日期不能早于入职日期。请核对两个日期。"


class NotEmployed(DomainError):
    message = "这个人没有未结束的在职区间。请刷新页面查看。"


class TooManyPeople(DomainError):
    message = f"一家企业的花名册最多 {MAX_PEOPLE:,} 人。请删除早已离职、不再需要的人。"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of a person. A changed `is_manager` holds from `since_on` on; None corrects what holds today."""

    name: str
    is_manager: bool
    manager_reason: str = BY_HAND
    since_on: date | None = None
    staff_number: str = ""
    department: str = ""
    site: Site | None = None
    level: str = ""
    post: str = ""
    certificate_number: str = ""


@transaction.atomic
def add(*, company: Company, facts: Facts, joined_on: date | None, left_on: date | None, now: datetime) -> Person:
    """Add a person. Raises: StaffNumberTaken, NamesakeNeedsNumber, DaysOutOfOrder, TooManyPeople."""
    locked = _change(company)
    if Person.objects.of(locked).count() >= MAX_PEOPLE:
        raise TooManyPeople
    person = Person(company=locked, first_is_manager=facts.is_manager, first_reason=facts.manager_reason[:200])
    _put(person, facts)
    _refuse_days(joined_on, left_on, ())
    person.save()
    Employment.objects.create(person=person, joined_on=joined_on, left_on=left_on)
    links.link(people=[person.pk], now=now)
    return person


@transaction.atomic
def change(*, person: Person, facts: Facts, now: datetime) -> Person:
    """Change what is said of a person. Raises: StaffNumberTaken, NamesakeNeedsNumber."""
    _change(person.company)
    locked = Person.objects.select_for_update().get(pk=person.pk)
    _put(locked, facts)
    locked.save()
    today = timezone.localdate(now)
    if locked.judged_on(today).is_manager != facts.is_manager or facts.manager_reason != BY_HAND:
        _judge(locked, Judged(facts.is_manager, facts.manager_reason[:200]), facts.since_on, today)
    links.link(people=[locked.pk], now=now)
    return locked


@transaction.atomic
def judge(*, person: Person, is_manager: bool, reason: str, since_on: date | None = None, now: datetime) -> Person:
    """
    Keep whether somebody is counted as 服务管理人员 from a day on, and why; without a day, correct what holds today.

    Source: docs/rules/companies.md, rules C6 and C19.
    """
    _change(person.company)
    locked = Person.objects.select_for_update().get(pk=person.pk)
    _judge(locked, Judged(is_manager, reason[:200]), since_on, timezone.localdate(now))
    return locked


def _judge(person: Person, judged: Judged, since_on: date | None, today: date) -> None:
    said = {"is_manager": judged.is_manager, "reason": judged.reason}
    holding = Judgement.objects.filter(person=person, since_on__lte=today).order_by("-since_on").first()
    if since_on:
        Judgement.objects.update_or_create(person=person, since_on=since_on, defaults=said)
    elif holding:
        Judgement.objects.filter(pk=holding.pk).update(**said)
    else:
        person.first_is_manager, person.first_reason = judged.is_manager, judged.reason
        person.save(update_fields=["first_is_manager", "first_reason"])


@transaction.atomic
def forget(*, judgement: Judgement) -> None:
    """Take a dated judgement back; the one before it holds on. Source: docs/rules/companies.md, rule C19."""
    _change(judgement.person.company)
    Judgement.objects.filter(pk=judgement.pk).delete()


@transaction.atomic
def set_days(*, person: Person, employment: Employment | None, joined_on: date | None, left_on: date | None) -> None:
    """
    Correct one stretch of employment, or add another one if `employment` is None. Raises: DaysOutOfOrder, DaysOverlap.
    """
    _change(person.company)
    Person.objects.select_for_update().get(pk=person.pk)
    others = Employment.objects.filter(person=person).exclude(pk=employment.pk if employment else 0)
    _refuse_days(joined_on, left_on, others)
    if employment:
        Employment.objects.filter(pk=employment.pk, person=person).update(joined_on=joined_on, left_on=left_on)
    else:
        Employment.objects.create(person=person, joined_on=joined_on, left_on=left_on)


@transaction.atomic
def leave(*, person: Person, left_on: date) -> Employment:
    """End the open employment on a day. Raises: NotEmployed, DaysOutOfOrder."""
    _change(person.company)
    Person.objects.select_for_update().get(pk=person.pk)
    open_one = Employment.objects.filter(person=person, left_on=None).first()
    if open_one is None:
        raise NotEmployed
    _refuse_days(open_one.joined_on, left_on, ())
    open_one.left_on = left_on
    open_one.save(update_fields=["left_on"])
    return open_one


@transaction.atomic
def delete(*, person: Person) -> None:
    """Delete a person with all that is kept here; certificates stay. Source: docs/rules/companies.md, rule C18."""
    _change(person.company)
    Person.objects.filter(pk=person.pk).delete()


def _change(company: Company) -> Company:
    """Lock the company for one change of its roster, and count it."""
    locked = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    Company.objects.filter(pk=locked.pk).update(roster_revision=F("roster_revision") + 1)
    return locked


def _put(person: Person, facts: Facts) -> None:
    others = Person.objects.filter(company=person.company_id).exclude(pk=person.pk)
    key = name_key(facts.name)
    if facts.staff_number and others.filter(staff_number=facts.staff_number).exists():
        raise StaffNumberTaken
    if not facts.staff_number and others.filter(name_key=key).exists():
        raise NamesakeNeedsNumber
    person.name, person.name_key, person.staff_number = facts.name, key, facts.staff_number
    person.department, person.site, person.level, person.post = facts.department, facts.site, facts.level, facts.post
    person.certificate_number = facts.certificate_number


def _refuse_days(joined_on: date | None, left_on: date | None, others: Collection[Employment]) -> None:
    first, last = joined_on or date.min, left_on or date.max
    if last < first:
        raise DaysOutOfOrder
    for other in others:
        if (other.joined_on or date.min) <= last and first <= (other.left_on or date.max):
            raise DaysOverlap
