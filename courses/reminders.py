"""The weekly mail to those who asked for it and have not studied for a week. docs/rules/learning.md, rules L22-L25."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from courses import learning
from courses.models import CoursePage, Enrolment, LessonProgress, StudyReminder
from lms.errors import DomainError
from lms.users import consents, outbox
from lms.users.models import Consent, User

PURPOSE = Consent.Purpose.REMINDERS
CONSENT_VERSION = "2026-11"  # of the sentence on the profile page
WEEK = timedelta(days=7)
MOST_UNANSWERED = 4
DAY_BEGINS, DAY_ENDS = 9, 21  # hours, Asia/Shanghai
AT_ONCE = 200  # learners in one sweep; the rest comes with the next
SALT = "courses.reminders"


class LinkInvalid(DomainError):
    message = "退订链接不完整或已经失效。请从邮件里重新打开，或登录后在“我的账号”里关闭提醒。"


@transaction.atomic
def switch_on(*, learner: User, ip: str | None, now: datetime) -> StudyReminder:
    """Record the consent and look at the learner from now on. Source: docs/rules/learning.md, rule L22."""
    consents.give(user=learner, purpose=PURPOSE, version=CONSENT_VERSION, ip=ip, now=now)
    row, _ = StudyReminder.objects.get_or_create(learner=learner, defaults={"next_look_at": now + WEEK})
    return row


@transaction.atomic
def switch_off(*, learner: User, now: datetime) -> None:
    """
    Withdraw the consent; nothing is sent any more. A second time changes nothing.

    When the last mail went out stays known, so that switching off and on again does not bring a second one in a week.
    Source: docs/rules/learning.md, rules L22, L25.
    """
    consents.withdraw(user=learner, purpose=PURPOSE, now=now)


def is_on(learner: User) -> bool:
    return Consent.objects.of(learner).standing().filter(purpose=PURPOSE).exists()


def token_of(learner: User) -> str:
    """Return what the unsubscribe link of this learner carries. It does nothing but switch the reminder off."""
    return signing.dumps(learner.pk, salt=SALT)


def learner_by(token: str) -> User:
    """Return whose link this is. Raises: LinkInvalid."""
    try:
        return User.objects.get(pk=signing.loads(token, salt=SALT))
    except (signing.BadSignature, User.DoesNotExist) as fault:
        raise LinkInvalid from fault


def send_due(*, now: datetime) -> int:
    """
    Look at the learners whose time has come, longest waiting first; return how many mails were queued.

    Source: docs/rules/learning.md, rules L23-L24.
    """
    if not DAY_BEGINS <= timezone.localtime(now).hour < DAY_ENDS:
        return 0
    due = StudyReminder.objects.filter(next_look_at__lte=now).order_by("next_look_at", "learner_id")
    return sum(_look(pk, now) for pk in list(due.values_list("pk", flat=True)[:AT_ONCE]))


@transaction.atomic
def _look(pk: int, now: datetime) -> bool:
    """Send one learner the reminder if it is due, and settle when to look again: that is what moves the sweep on."""
    row = StudyReminder.objects.select_for_update().filter(pk=pk, next_look_at__lte=now).first()
    if row is None:  # another process was first
        return False
    learner = row.learner
    if not is_on(learner):
        row.delete() if row.sent_at is None or row.sent_at <= now - WEEK else _postpone(row, row.sent_at + WEEK)
        return False
    seen_at = (
        LessonProgress.objects.of(learner).order_by("-last_seen_at").values_list("last_seen_at", flat=True).first()
    )
    if row.sent_at and seen_at and seen_at > row.sent_at:
        row.unanswered = 0
    idle_since = max(filter(None, (seen_at, row.sent_at)), default=None)
    if idle_since and idle_since > now - WEEK:
        _postpone(row, idle_since + WEEK)
        return False
    unfinished = _unfinished(learner, now) if learner.is_active and row.unanswered < MOST_UNANSWERED else []
    if unfinished:
        outbox.queue(message=_message(learner, unfinished), now=now)
        row.sent_at, row.unanswered = now, row.unanswered + 1
    _postpone(row, now + WEEK)
    return bool(unfinished)


def _postpone(row: StudyReminder, until: datetime) -> None:
    row.next_look_at = until
    row.save(update_fields=["next_look_at", "sent_at", "unanswered"])


def _unfinished(learner: User, now: datetime) -> list[tuple[CoursePage, learning.CourseProgress]]:
    """Return the courses that stand, began at least a week ago and have something left to study."""
    standing = Enrolment.objects.standing().of(learner).filter(enrolled_at__lte=now - WEEK)
    courses = list(CoursePage.objects.live().filter(enrolments__in=standing).order_by("title", "pk"))
    progress = learning.progress_in(learner=learner, courses=courses)
    return [(course, progress[course.pk]) for course in courses if progress[course.pk].next_lesson_pk]


def _message(learner: User, unfinished: list[tuple[CoursePage, learning.CourseProgress]]) -> EmailMessage:
    stop_url = settings.SITE_URL + reverse("courses:reminder_stop", args=[token_of(learner)])
    context = {
        "learner": learner,
        "courses": unfinished,
        "url": settings.SITE_URL + reverse("learn"),
        "stop_url": stop_url,
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    return EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}一周没有学习了，要接着学吗",
        render_to_string("courses/mail/study_reminder.txt", context),
        to=[learner.email],
        headers={"List-Unsubscribe": f"<{stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )
