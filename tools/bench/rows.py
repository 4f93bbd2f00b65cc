"""The site and its people, before anything is measured: real content, and candidates who may sit the exam."""

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from importlib import import_module
from itertools import combinations, count
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

import exams.demo
from certificates import issuing, keys
from certificates.models import Certificate
from courses.models import CoursePage, Enrolment, LessonPage, LessonProgress
from exams import attempts
from exams.attempts import Entry
from exams.models import SESSION_SPAN, Exam, ItemVersion
from lms.users import vault
from lms.users.models import Identity, User
from tools.bench.browser import Browser

serial = count(1)


def build_site() -> Exam:
    """Bring up an empty database as docs/operations.md says; return the exam. Refuses one that is in use."""
    if connection.introspection.table_names():
        raise SystemExit("基准测试会写入大量数据，只在空数据库里运行；DATABASE_URL 指向的库里已经有表。")
    make_keys()
    call_command("check")
    for command, options in (
        ("migrate", {"verbosity": 0}),
        ("collectstatic", {"verbosity": 0, "interactive": False}),
        ("sync_roles", {"verbosity": 0}),
        ("load_content", {}),
    ):
        call_command(command, **options)
    exams.demo.load(now=timezone.now())
    return Exam.objects.select_related("course").get(course__slug=exams.demo.COURSE_SLUG)


def make_keys() -> None:
    """Write the throw-away signing keys that production demands."""
    Path(settings.CERTIFICATE_PKCS12).write_bytes(keys.demo_store())
    Path(settings.CREDENTIAL_KEY_FILE).write_bytes(keys.new_credential_key())
    Path(settings.LOG_KEY_FILE).write_bytes(keys.new_log_key())


def make_candidates(*, number: int, exam: Exam, host: str, now: datetime) -> list[dict[str, str]]:
    """Make people who have finished the course and are signed in; return their browsers as plain rows."""
    users = make_users(number=number, exam=exam, now=now)
    return [asdict(_browser(user, host)) for user in users]


def make_users(*, number: int, exam: Exam, now: datetime) -> list[User]:
    """Make people who may sit the exam: enrolled, all lessons complete, identity recorded."""
    earlier, password, cipher = now - timedelta(days=3), make_password(None), vault.encrypt("11010519800101001X")
    numbers = [next(serial) for _ in range(number)]
    users = User.objects.bulk_create(
        User(email=f"bench{one}@example.com", name=f"考生{one}", password=password) for one in numbers
    )
    Identity.objects.bulk_create(
        Identity(
            user=user,
            real_name="张三",
            number_cipher=cipher,
            number_digest=vault.digest(str(one), purpose="bench"),
            number_masked="110***********001X",
            updated_at=earlier,
        )
        for one, user in zip(numbers, users, strict=True)
    )
    Enrolment.objects.bulk_create(
        Enrolment(learner=user, course=exam.course, source=Enrolment.Source.GRANT, enrolled_at=earlier)
        for user in users
    )
    lessons = list(LessonPage.objects.live().descendant_of(CoursePage.objects.get(pk=exam.course_id)))
    LessonProgress.objects.bulk_create(
        (
            LessonProgress(
                learner=user,
                lesson=lesson,
                first_opened_at=earlier,
                opened_at=earlier,
                last_seen_at=earlier,
                seconds=600,
                needed_seconds=600,
                completed_at=earlier,
            )
            for user in users
            for lesson in lessons
        ),
        batch_size=2000,
    )
    return users


def make_certificates(*, number: int, exam: Exam, now: datetime) -> list[Certificate]:
    """Lead people through the exam by its verbs, all answers right, and issue their certificates."""
    keys = dict(ItemVersion.objects.values_list("pk", "key"))
    certificates = []
    for user in make_users(number=number, exam=exam, now=now):
        attempt = attempts.start(exam=exam, candidate=user, now=now)
        attempts.open_session(attempt=attempt, user_agent="bench", ip=None, now=now)
        entries = [
            Entry(
                seq=SESSION_SPAN + position + 1,
                position=position,
                answer=next(
                    answer
                    for answer in map("".join, combinations(question.letters, len(keys[question.version])))
                    if question.original(answer) == keys[question.version]
                ),
            )
            for position, question in enumerate(attempt.questions)
        ]
        attempts.save_answers(attempt=attempt, entries=entries, now=now)
        handed_in = attempts.hand_in(attempt=attempt, now=now)
        certificates.append(issuing.issue(attempt=handed_in, now=now))
    return certificates


def _browser(user: User, host: str) -> Browser:
    """Sign a person in, the way a login does, without the password's slow hash."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    token = secrets.token_hex(16)  # as long as Django's own
    cookies = {settings.SESSION_COOKIE_NAME: session.session_key, settings.CSRF_COOKIE_NAME: token}
    return Browser(host, "; ".join(f"{name}={value}" for name, value in cookies.items()), token)
