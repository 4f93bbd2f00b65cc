"""What goes on around the demo's exam: a 考期, 便利安排, and a result with late answers and an appeal to decide."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

import courses.demo
import exams.demo
import lms.users.demo
from courses import enrolment
from courses.models import Enrolment
from exams import accommodations, attempts
from exams.attempts import Entry, PageEvent
from exams.models import SESSION_SPAN, Accommodation, Attempt, BlueprintCell, Exam, ExamWindow, RoomEvent
from exams.results import appeals
from lms.users import consents, identity, roles
from lms.users.models import Consent, User

TITLE = "售后服务管理师月度机考"
CANDIDATE = "candidate@example.com"
NAME = "演示考生"
NUMBER = "990000199202020019"  # no place has the code 990000: nobody's number
LEARNER, EXAMINER = "learner@example.com", "examiner@example.com"
BEGAN_DAYS_AGO = 12
ANSWERED, ANSWERED_LATE = 30, 3
DAY = timedelta(days=1)


def load(*, now: datetime) -> None:
    """Make each of them, by its verb, unless it is there. Safe to run twice; the exam to sit at once stays as it is."""
    if not settings.EMBEDDED:
        raise lms.users.demo.NotTheDemo
    exam = Exam.objects.get(course__slug=courses.demo.COURSE_SLUG, title=exams.demo.TITLE)
    _open_window(_monthly(exam), now)
    candidate = User.objects.filter(email=CANDIDATE).first() or _make_account(now - BEGAN_DAYS_AGO * DAY)
    _accommodate(candidate, now)
    if not Attempt.objects.of(candidate).exists():
        _sit(exam, candidate, now)


def _monthly(exam: Exam) -> Exam:
    """Return the exam with windows: the same course, bank and blueprint as the one to sit at once."""
    monthly, is_new = Exam.objects.get_or_create(
        course=exam.course,
        title=TITLE,
        defaults={"minutes": exam.minutes, "pass_centi": exam.pass_centi, "cooldown_hours": 24, "is_open": True},
    )
    if is_new:
        BlueprintCell.objects.bulk_create(
            BlueprintCell(
                exam=monthly, module=cell.module, kind=cell.kind, count=cell.count, points_centi=cell.points_centi
            )
            for cell in exam.cells.all()
        )
    return monthly


def _open_window(exam: Exam, now: datetime) -> None:
    """See to it that one window takes registrations, also when the demo is some months old."""
    if exam.windows.filter(registration_closes_at__gt=now).exists():
        return
    opens_at = timezone.localtime(now + 20 * DAY).replace(hour=9, minute=0, second=0, microsecond=0)
    ExamWindow.objects.create(
        exam=exam,
        title=f"{opens_at:%Y} 年 {opens_at.month} 月考期",
        registration_opens_at=now - DAY,
        registration_closes_at=opens_at - 3 * DAY,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=1, hours=9),
        capacity=60,
    )


def _make_account(now: datetime) -> User:
    user = User.objects.create_user(CANDIDATE, lms.users.demo.PASSWORD, name=NAME)
    EmailAddress.objects.create(user=user, email=CANDIDATE, primary=True, verified=True)
    ip = lms.users.demo.LOCAL_IP
    consents.give(user=user, purpose=Consent.Purpose.TERMS, version=settings.TERMS_VERSION, ip=ip, now=now)
    consent = identity.CONSENT_VERSION
    identity.record(user=user, real_name=NAME, id_number=NUMBER, consent_version=consent, ip=ip, now=now)
    roles.join(user=user, role=roles.LEARNER)
    return user


def _accommodate(candidate: User, now: datetime) -> None:
    """One 便利安排 that is approved, and one that waits for somebody to decide."""
    examiner = User.objects.filter(email=EXAMINER).first()
    if examiner and not Accommodation.objects.of(candidate).exists():
        asked = accommodations.request(candidate=candidate, reason="演示：视力较低，看题较慢。", now=now - 11 * DAY)
        terms = accommodations.Terms(time_factor=125, larger_type=True)
        accommodations.approve(
            accommodation=asked, terms=terms, decision="演示：已核实。", person=examiner, now=now - 10 * DAY
        )
    learner = User.objects.filter(email=LEARNER).first()
    if learner and not Accommodation.objects.of(learner).exists():
        accommodations.request(candidate=learner, reason="演示：哺乳期，希望多些时间，中途要离开。", now=now - DAY)


def _sit(exam: Exam, candidate: User, now: datetime) -> None:
    """Sit the exam yesterday: away once, the last answers after the bell; then appeal against the result."""
    began = now - BEGAN_DAYS_AGO * DAY
    enrolment.enrol(learner=candidate, course=exam.course, source=Enrolment.Source.GRANT, source_ref="演示", now=began)
    courses.demo.finish(candidate, exam.course, began)
    attempt = attempts.start(exam=exam, candidate=candidate, now=now - DAY)
    begin, bell = attempt.started_at, attempt.deadline_at
    page = attempts.open_session(attempt=attempt, user_agent="演示浏览器", ip=lms.users.demo.LOCAL_IP, now=begin)
    entries = [
        Entry(page.number * SESSION_SPAN + number, number - 1, question.letters[0], begin + timedelta(minutes=number))
        for number, question in enumerate(attempt.questions[: ANSWERED + ANSWERED_LATE], start=1)
    ]
    for entry in entries[:ANSWERED]:
        attempts.save_answers(attempt=attempt, entries=[entry], now=begin + timedelta(minutes=entry.position + 1))
    away = begin + timedelta(minutes=20)
    attempts.record_events(
        attempt=attempt,
        session_number=page.number,
        events=[PageEvent(1, RoomEvent.Kind.AWAY, 42, away)],
        now=away,
    )
    attempts.close_if_overdue(attempt=attempt, now=bell + timedelta(minutes=1))
    attempts.save_answers(attempt=attempt, entries=entries[ANSWERED:], now=bell + timedelta(minutes=3))
    attempt.refresh_from_db()
    appeals.file(attempt=attempt, reason="演示：最后几题断网没有送到，请复核。", now=bell + timedelta(hours=1))
