"""
Times the reports of 教务 among generated learners: the table of docs/decisions/0013-study-reports.md.

    tools/with_services.py .venv/bin/python -m tools.reports_bench [--learners 100000]

Needs PostgreSQL. It works in a test database of its own, which it drops afterwards; rows are written by the database
itself (8 % never begin, 37 % finish, the others stop anywhere).
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

ROUNDS = 3
ROWS = (
    (
        "users",
        """INSERT INTO users_user (password, is_superuser, email, name, is_staff, is_active, joined_at)
        SELECT '!', false, 'r' || g || '@example.com', '学员' || g, false, true, now()
        FROM generate_series(1, %(learners)s) g""",
    ),
    (
        "enrolments",
        """INSERT INTO courses_enrolment
            (learner_id, course_id, source, source_ref, enrolled_at, withdrawn_reason)
        SELECT id, %(course)s, 'GRANT', '压测', now() - random() * interval '300 days', '' FROM users_user""",
    ),
    (
        "reach",
        """CREATE TEMPORARY TABLE reach AS SELECT learner_id, enrolled_at, CASE WHEN random() < 0.08 THEN 0
            WHEN random() < 0.4 THEN cardinality(%(lessons)s) ELSE (random() * cardinality(%(lessons)s))::int END AS far
        FROM courses_enrolment""",
    ),
    (
        "progress",
        """INSERT INTO courses_lessonprogress (learner_id, lesson_id, first_opened_at, opened_at, last_seen_at, seconds,
            needed_seconds, completed_at, page, is_visible, reason)
        SELECT learner_id, lesson, t, t, t + interval '10 minutes', 300 + (random() * 900)::int, 300,
            CASE WHEN n <= far THEN t + interval '10 minutes' END, '', true, ''
        FROM reach JOIN unnest(%(lessons)s) WITH ORDINALITY AS l (lesson, n) ON n <= far + 1,
            LATERAL (SELECT enrolled_at + n * (0.2 + random()) * interval '1 day' AS t) at
        WHERE far > 0""",
    ),
    (
        "intervals that count",
        """INSERT INTO courses_studyinterval (learner_id, lesson_id, started_at, ended_at, reason, seconds)
        SELECT learner_id, lesson_id, opened_at, opened_at + seconds * interval '1 second', 'COUNTED', seconds
        FROM courses_lessonprogress""",
    ),
    (
        "intervals that do not",
        """INSERT INTO courses_studyinterval (learner_id, lesson_id, started_at, ended_at, reason, seconds)
        SELECT learner_id, lesson_id, ended_at, ended_at + interval '2 minutes', 'IDLE', 0
        FROM courses_studyinterval WHERE random() < 0.7""",
    ),
    (
        "ratings",
        """INSERT INTO courses_lessonrating (learner_id, lesson_id, stars, comment, rated_at)
        SELECT learner_id, lesson_id, 1 + (random() * 4)::int, CASE WHEN random() < .1 THEN '很有用' ELSE '' END,
            completed_at
        FROM courses_lessonprogress WHERE completed_at IS NOT NULL AND random() < 0.2""",
    ),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--learners", type=int, default=100_000)
    learners = options.parse_args().learners
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django  # noqa: PLC0415  # settings first

    django.setup()
    from django.db import connection  # noqa: PLC0415

    if connection.vendor != "postgresql":
        sys.exit("需要 PostgreSQL：用 tools/with_services.py 运行。")
    kept = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        _run(learners)
    finally:
        connection.creation.destroy_test_db(kept, verbosity=0)


def _run(learners: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from courses.models import CoursePage, LessonPage  # noqa: PLC0415
    from courses.reports import figures  # noqa: PLC0415
    from courses.reports.scope import Scope  # noqa: PLC0415

    call_command("load_content", verbosity=0)
    course = CoursePage.objects.on_sale().get()
    lessons = list(LessonPage.objects.descendant_of(course).order_by("path").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        for name, statement in ROWS:
            cursor.execute(statement, {"learners": learners, "course": course.pk, "lessons": lessons})
            print(f"{name}\t{cursor.rowcount:,}", flush=True)
        cursor.execute("ANALYZE")
    now = timezone.now()
    whole = Scope(course=course)
    lately = Scope(course=course, from_date=(now - timedelta(days=60)).date(), to_date=now.date())
    month = now - timedelta(days=30)
    reports: dict[str, Callable[[Scope], Any]] = {
        "报名": figures.enrolments_by_month,
        "漏斗": figures.funnel,
        "停在哪课": figures.stops,
        "学习时间": figures.hours,
        "每日学习": lambda scope: figures.minutes_by_day(scope, since=month),
        "评价": figures.ratings,
        "风险名单 50": lambda scope: figures.at_risk(scope, now=now, limit=50),
        "风险名单 20,000": lambda scope: figures.at_risk(scope, now=now, limit=20_000),
    }
    print("\n报表\t全体\t最近 60 天（秒，三次里最慢的）")
    for name, report in reports.items():
        print(f"{name}\t{_slowest(report, whole):.2f}\t{_slowest(report, lately):.2f}", flush=True)


def _slowest(report: Callable[[Any], Any], scope: Any) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        report(scope)
        times.append(time.perf_counter() - began)
    return max(times)


if __name__ == "__main__":
    main()
