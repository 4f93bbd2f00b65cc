"""Issue certificates: of a passed attempt, or anew after a correction. docs/rules/certificates.md."""

from datetime import datetime, timedelta
from typing import cast

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone
from wagtail.models import Page

from certificates import lifecycle, numbering, renewing, serials, status_bits, wording
from certificates.models import Certificate, CertificateTemplate, StatusChange
from courses import learning
from courses.models import CoursePage
from exams.models import Attempt
from lms.errors import DomainError
from lms.users import identity
from lms.users.models import Identity, User

TITLE = "售后服务管理师培训考核合格证书"
STANDARD = "GB/T 27922-2011《商品售后服务评价体系》"
BATCH = 200  # certificates in one sweep; the next sweep goes on
LOOK_AHEAD = 10_000  # waiting attempts read in one sweep
RECENT = timedelta(hours=1)  # a sweep looks this far back, so that it costs the same with a million certificates,
SWEEP_ALL_SECONDS = 600  # and once in ten minutes at everything, so that nothing is forgotten
RETRY_SECONDS = 600  # a failing attempt waits this long, so that it holds up nobody else
Status = Certificate.Status
Origin = Certificate.Origin
KEPT_FACTS = (  # what a correction of the name leaves as it was
    "attempt_id",
    "holder_id",
    "template_id",
    "title",
    "holder_id_masked",
    "course_title",
    "course_revision",
    "study_hours",
    "exam_title",
    "points_centi",
    "total_centi",
    "standard",
    "issuer",
    "issued_date",
    "valid_until",
)
Why = StatusChange.ReasonClass

log = structlog.get_logger(__name__)


class AttemptNotPassed(DomainError):
    message = "这次考试没有合格，不能签发证书。合格以后才签发。"


class IdentityMissing(DomainError):
    message = "还没有登记实名信息，证书不能签发。请在“我的账号”里登记真实姓名和证件号，登记以后才能签发。"


class WordingBanned(DomainError):
    message = "证书文字含有不得使用的字样，没有签发。"


class NothingToCorrect(DomainError):
    message = "新姓名与证书上的相同，不需要换发。请核对要更正的姓名。"


class HasLaterCertificate(DomainError):
    message = "这个人后来另考合格，已凭那一次考试取得证书，不再另发。"


class MockAttempt(DomainError):
    message = "模拟考试不签发证书，只有正式考试合格才签发。"


@transaction.atomic
def issue(*, attempt: Attempt, now: datetime, approved_by: User | None = None) -> Certificate:
    """
    Issue the certificate of a passed attempt, from facts as they are now; the standing one comes back if there is one.

    Somebody who holds an earlier one gets it as its renewal. `approved_by`: who let it be issued, None for the system.
    Raises: AttemptNotPassed, MockAttempt, HasLaterCertificate, IdentityMissing, WordingBanned, NothingToRenew,
    HoursMissing. Source: docs/rules/certificates.md, rules N4-N6, N10, N22 and N33; key-fix.md, rule K9.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    standing = Certificate.objects.filter(attempt=locked).exclude(origin=Origin.CORRECTION).first()
    if standing:
        return standing
    if locked.is_mock:
        raise MockAttempt
    if not locked.has_passed:
        raise AttemptNotPassed
    if Attempt.objects.filter(is_superseded(), pk=locked.pk).exists():
        raise HasLaterCertificate
    identity.lock(user=locked.candidate, now=now)  # before it is read: what we freeze is what stays
    holder = Identity.objects.filter(user_id=locked.candidate_id).first()
    if holder is None:
        raise IdentityMissing
    certificate = _frozen(attempt=locked, holder=holder, now=now)
    renewing.link(certificate=certificate, course=locked.exam.course, now=now)
    _refuse_banned_words(certificate)
    certificate.serial = serials.take(now=now)
    certificate.save(force_insert=True)
    way, kind = "审核后" if approved_by else "自动", "续期" if certificate.origin == Origin.RENEWAL else "签发"
    reason = f"考试合格，{way}{kind}"
    lifecycle.leave_row(certificate=certificate, before="", why=Why.PASSED, reason=reason, person=approved_by, now=now)
    return certificate


@transaction.atomic
def replace(*, certificate: Certificate, real_name: str, reason: str, person: User, now: datetime) -> Certificate:
    """
    Issue a certificate anew under the holder's right name; the old one is 已被新证替代 and leads to it.

    All other facts, the dates too, stay as they were. Raises: StatusRefused, ReasonMissing, NothingToCorrect.
    Source: docs/rules/certificates.md, rule N21.
    """
    locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if locked.holder_name == real_name:
        raise NothingToCorrect
    if Certificate.objects.filter(predecessor=locked).exists():
        raise lifecycle.StatusRefused("这张证书已有后一张新证，请更正后一张。")
    old = lifecycle.change(locked, lifecycle.STANDING, Status.REPLACED, Why.CORRECTION, reason, person, now)
    new = Certificate(
        **{name: getattr(old, name) for name in KEPT_FACTS},
        origin=Origin.CORRECTION,
        predecessor=old,
        status=Status.VALID,
    )
    new.holder_name, new.issued_at = real_name, now
    new.number, new.serial = _unused_number(timezone.localdate(now).year), serials.take(now=now)
    new.status_bit = _unused_status_bit()
    new.save(force_insert=True)
    lifecycle.leave_row(certificate=new, before="", why=Why.CORRECTION, reason=reason, person=person, now=now)
    return new


def issue_due(*, now: datetime) -> int:
    """
    Issue what is due and return how many: passed attempts with an identity and without a certificate, oldest first.

    Bounded, and one failure stops nothing: it is logged and tried again after ten minutes. Nothing is due by itself
    where somebody has to approve. Source: docs/rules/certificates.md, rules N4 and N33.
    """
    if settings.CERTIFICATE_APPROVAL:
        return 0
    looks_at_all = cache.add("certificates:swept-all", now, SWEEP_ALL_SECONDS)
    due = due_attempts(since=None if looks_at_all else now - RECENT)
    issued = 0
    for attempt in due[:LOOK_AHEAD]:
        failed_key = f"certificates:failed:{attempt.pk}"
        if cache.get(failed_key):
            continue
        try:
            issue(attempt=attempt, now=now)
        except Exception:
            cache.set(failed_key, now, RETRY_SECONDS)
            log.exception("certificate not issued", attempt=attempt.pk)
        else:
            issued += 1
            if issued == BATCH:
                break
    return issued


def due_attempts(*, since: datetime | None) -> QuerySet[Attempt]:
    """
    Return the attempts that wait for a certificate; `since`: only those closed or marked again since then.

    Who has no identity yet is not waiting. Source: docs/rules/certificates.md, rule N4.
    """
    passed = Attempt.objects.passed_since(since) if since else Attempt.objects.passed()
    waiting = passed.filter(certificate=None, candidate__identity__isnull=False).exclude(is_superseded())
    return waiting.order_by("closed_at", "pk").only("pk")


def is_superseded() -> Exists:
    """
    The condition on attempts whose candidate holds a certificate of a later sitting of the same exam: what passes only
    after a key fix earns no second one. Source: docs/rules/key-fix.md, rule K9.
    """
    later = Certificate.objects.filter(
        attempt__exam=OuterRef("exam"),
        attempt__candidate=OuterRef("candidate"),
        attempt__number__gt=OuterRef("number"),
        attempt__is_mock=False,
        status__in=lifecycle.STANDING,
    )
    return Exists(later)


def _frozen(*, attempt: Attempt, holder: Identity, now: datetime) -> Certificate:
    exam = attempt.exam
    issued_date = timezone.localdate(now)
    template = CertificateTemplate.objects.filter(is_current=True).first()
    return Certificate(
        attempt=attempt,
        holder_id=attempt.candidate_id,
        number=_unused_number(issued_date.year),
        status_bit=_unused_status_bit(),
        status=Status.VALID,
        template=template,
        title=template.title if template else TITLE,
        holder_name=holder.real_name,
        holder_id_masked=holder.number_masked,
        course_title=exam.course.title,
        course_revision=course_revision(exam.course),
        study_hours=learning.study_hours(course=exam.course),
        exam_title=exam.title,
        points_centi=attempt.points_centi,
        total_centi=attempt.total_centi,
        standard=STANDARD,
        issuer=settings.ISSUER_NAME,
        issued_date=issued_date,
        valid_until=renewing.last_valid_day(issued=issued_date, years=settings.CERTIFICATE_VALID_YEARS),
        issued_at=now,
    )


def _unused_number(year: int) -> str:
    """Draw until the number is new; the unique constraint is the guarantee, this the courtesy."""
    number = numbering.draw(year=year)
    while Certificate.objects.filter(number=number).exists():
        number = numbering.draw(year=year)
    return number


def _unused_status_bit() -> int:
    """Draw a place in the status lists that nobody has. Source: docs/rules/certificates.md, rule N31."""
    bit = status_bits.draw()
    while Certificate.objects.filter(status_bit=bit).exists():
        bit = status_bits.draw()
    return bit


def course_revision(course: CoursePage) -> str:
    """
    Name the edition and the newest live revision of a course and its lessons: "第 1 版 · 2026-11-20 r123".

    Without "r…" if nothing was ever revised. Source: docs/rules/certificates.md, rule N5; editions.md, rule Z1.
    """
    pages = Page.objects.descendant_of(course, inclusive=True).live()
    newest = pages.aggregate(revision=Max("live_revision_id"), published=Max("last_published_at"))
    if newest["revision"] is None:
        return course.edition_name
    published = cast(datetime, newest["published"])
    return f"{course.edition_name} · {timezone.localdate(published)} r{newest['revision']}"


def _refuse_banned_words(certificate: Certificate) -> None:
    """Check what we print, never a person's name: 李中华 is a name. Raises: WordingBanned."""
    for text in (
        certificate.title,
        certificate.course_title,
        certificate.exam_title,
        certificate.standard,
        certificate.issuer,
    ):
        found = wording.find_banned(text)
        if found:
            raise WordingBanned(f"“{text}”含有证书不得使用的字样：{'、'.join(found)}。请改名后等系统重新签发。")
