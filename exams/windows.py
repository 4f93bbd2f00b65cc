"""考期: change one, and tell those who have a place in it when its time moves. docs/rules/exam-room.md, rule R1."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from exams.models import ExamWindow, Registration


@transaction.atomic
def change(*, window: ExamWindow, now: datetime) -> int:
    """
    Save a window with its new values. If the exam's time moved, mail everybody who has a place; return how many.

    Saving the same times again tells nobody, nor does a window that is over. Source: docs/rules/exam-room.md, rule R1.
    """
    before = ExamWindow.objects.select_for_update().get(pk=window.pk)
    window.save()
    if (before.opens_at, before.closes_at) == (window.opens_at, window.closes_at) or window.closes_at <= now:
        return 0
    places = Registration.objects.standing().filter(window=window, candidate__is_active=True)
    context = {
        "window": window,
        "before": before,
        "url": settings.SITE_URL + reverse("exams:exam_detail", args=[window.exam_id]),
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    letters = [
        EmailMessage(
            subject=f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}考试时间有变：{window.exam.title}，{window.title}",
            body=render_to_string("exams/mails/window_changed.txt", context | {"candidate": place.candidate}),
            to=[place.candidate.email],
        )
        for place in places.select_related("candidate").order_by("pk")
    ]
    get_connection().send_messages(letters)
    return len(letters)
