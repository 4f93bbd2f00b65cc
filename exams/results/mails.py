"""Letters about a result: queued in the transaction of the decision, so each goes out once, or not at all."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from exams.models import Appeal, Attempt, KeyFix, LateReview
from exams.results import history


def tell_late_review(*, review: LateReview, attempt: Attempt) -> None:
    """Tell the candidate what was decided on the late answers."""
    _send("late_review", "迟到作答审核结果", attempt, review=review)


def tell_appeal_filed(*, appeal: Appeal) -> None:
    """Confirm that an appeal has arrived."""
    _send("appeal_filed", "成绩复核申请已受理", appeal.attempt, appeal=appeal)


def tell_appeal_decided(*, appeal: Appeal) -> None:
    """Tell the candidate the answer to the appeal."""
    _send("appeal_decided", "成绩复核答复", appeal.attempt, appeal=appeal)


def tell_key_fix(*, fix: KeyFix, attempt: Attempt) -> None:
    """Tell the candidate that a corrected key has changed the result. Source: docs/rules/key-fix.md, rule K8."""
    _send("key_fix", "成绩更正通知", attempt, fix=fix)


def tell_published(*, attempt: Attempt) -> None:
    """Tell the candidate the result that people had to mark. Source: docs/rules/grading.md, rule G25."""
    _send("published", "考试成绩公布", attempt)


def _send(name: str, subject: str, attempt: Attempt, **context: object) -> None:
    context |= {
        "attempt": attempt,
        "change": history.last_change(attempt),
        "result_url": settings.SITE_URL + reverse("exams:attempt_detail", args=[attempt.pk]),
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    EmailMessage(
        subject=f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{subject}：{attempt.exam.title}",
        body=render_to_string(f"exams/mails/{name}.txt", context),
        to=[attempt.candidate.email],
    ).send()
