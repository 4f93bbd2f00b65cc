"""Somebody who holds a certificate, so that the look-up and the staffing checker have something to find."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings

import courses.demo
import exams.demo
import lms.users.demo
from certificates import issuing
from certificates.models import Certificate
from courses import enrolment, learning
from courses.models import CoursePage, Enrolment, LessonPage
from courses.timing.accrual import CREDIT_LIMIT_SECONDS
from exams import attempts
from exams.grading import Question
from exams.models import SESSION_SPAN, Attempt, Exam, ItemVersion
from lms.users import consents, identity, roles
from lms.users.models import Consent, User

HOLDER = "holder@example.com"
HOLDER_NAME = "演示持证人"
HOLDER_NUMBER = "990000199001010017"  # no place has the code 990000: nobody's number
BEGAN_DAYS_AGO, SAT_DAYS_AGO = 12, 5


def load(*, now: datetime) -> None:
    """Lead the demo's holder through course, exam and issue, each by its verb. Safe to run twice."""
    if not settings.EMBEDDED:
        raise lms.users.demo.NotTheDemo
    holder = User.objects.filter(email=HOLDER).first() or _make_account(now - timedelta(days=BEGAN_DAYS_AGO))
    if Certificate.objects.of(holder).exists():
        return
    course = CoursePage.objects.get(slug=courses.demo.COURSE_SLUG)
    _study(holder, course, now - timedelta(days=BEGAN_DAYS_AGO))
    exam = Exam.objects.get(course=course, title=exams.demo.TITLE)
    attempt = _sit(exam, holder, now - timedelta(days=SAT_DAYS_AGO))
    issuing.issue(attempt=attempt, now=now - timedelta(days=SAT_DAYS_AGO))


def _make_account(now: datetime) -> User:
    user = User.objects.create_user(HOLDER, lms.users.demo.PASSWORD, name=HOLDER_NAME)
    EmailAddress.objects.create(user=user, email=HOLDER, primary=True, verified=True)
    ip = lms.users.demo.LOCAL_IP
    consents.give(user=user, purpose=Consent.Purpose.TERMS, version=settings.TERMS_VERSION, ip=ip, now=now)
    identity.record(
        user=user,
        real_name=HOLDER_NAME,
        id_number=HOLDER_NUMBER,
        consent_version=identity.CONSENT_VERSION,
        ip=ip,
        now=now,
    )
    roles.join(user=user, role=roles.LEARNER)
    return user


def _study(holder: User, course: CoursePage, now: datetime) -> None:
    """Enrol, and study each lesson for as long as it asks, one after the other."""
    enrolment.enrol(learner=holder, course=course, source=Enrolment.Source.GRANT, source_ref="演示", now=now)
    for lesson in LessonPage.objects.live().descendant_of(course).order_by("path"):
        row = learning.open_lesson(learner=holder, lesson=lesson, now=now)
        while row.remaining_seconds:
            now += timedelta(seconds=CREDIT_LIMIT_SECONDS)
            row = learning.record_presence(learner=holder, lesson=lesson, now=now)
        learning.complete_lesson(learner=holder, lesson=lesson, now=now)


def _sit(exam: Exam, holder: User, now: datetime) -> Attempt:
    """Sit the exam, answering every question right but each eighth, and hand in after an hour."""
    attempt = attempts.start(exam=exam, candidate=holder, now=now - timedelta(hours=1))
    keys = dict(ItemVersion.objects.filter(pk__in=[q.version for q in attempt.questions]).values_list("pk", "key"))
    page = attempts.open_session(attempt=attempt, user_agent="", ip=None, now=attempt.started_at)
    entries = [
        attempts.Entry(
            seq=page.number * SESSION_SPAN + number,
            position=number - 1,
            answer=_printed(question, keys[question.version]),
        )
        for number, question in enumerate(attempt.questions, start=1)
        if number % 8
    ]
    attempts.save_answers(attempt=attempt, entries=entries, now=now - timedelta(minutes=1))
    return attempts.hand_in(attempt=attempt, now=now)


def _printed(question: Question, key: str) -> str:
    """Translate a key into the letters that this paper prints."""
    return "".join(letter for letter in question.letters if question.original(letter) in key)
