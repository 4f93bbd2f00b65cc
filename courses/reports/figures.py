"""
The figures, each by one or two statements over all learners of a scope. Source: study-time.md, rules T32-T34.

`WAY` is the heart: one row a learner, made from their progress in the course's lessons in one pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Avg, Count, Q, Sum
from django.db.models.functions import TruncDate, TruncMonth

from courses.models import LessonPage, LessonRating, StudyInterval
from courses.reports.scope import Scope

# done, seen and seconds of each learner in the scope; who never opened a lesson has nulls
WAY = """
WITH scope AS ({scope}),
way AS (
    SELECT learner_id, COUNT(completed_at) AS done, MAX(last_seen_at) AS seen, SUM(seconds) AS seconds
    FROM courses_lessonprogress WHERE lesson_id IN ({lessons}) GROUP BY learner_id
),
standing AS (
    SELECT scope.id, scope.learner_id, scope.enrolled_at, way.seen,
        COALESCE(way.done, 0) AS done, COALESCE(way.seconds, 0) AS seconds
    FROM scope LEFT JOIN way ON way.learner_id = scope.learner_id
)
"""
QUARTERS = (25, 50, 75)
HOUR = 3600
TOP_HOURS = 12
BEHIND_SHARE = 0.2
NEW_DAYS = 7
COMMENTS = 50


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One line of a report: a name, how many, and the share in percent of the greatest or of all."""

    name: str
    count: int
    percent: float


@dataclass(frozen=True, kw_only=True)
class Rated:
    """What a lesson's learners gave it; `counts` is how many gave 1, 2, 3, 4 and 5."""

    title: str
    count: int
    mean: float
    counts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Risk:
    """One enrolment at risk; `is_quiet` and `is_behind` are the two reasons of rule T34."""

    enrolment_pk: int
    done: int
    is_quiet: bool
    is_behind: bool


def enrolments_by_month(scope: Scope) -> list[Bar]:
    """Count the scope's enrolments by month, oldest first."""
    rows = scope.enrolments().annotate(month=TruncMonth("enrolled_at")).values("month").order_by("month")
    return bars([(f"{row['month']:%Y-%m}", row["count"]) for row in rows.annotate(count=Count("pk"))])


def funnel(scope: Scope) -> list[Bar]:
    """Count who enrolled, began, came to a quarter, half, three quarters, and finished; percent of those enrolled."""
    lessons = scope.lessons()
    total = len(lessons)
    steps = ["COUNT(*)", "SUM(CASE WHEN seen IS NULL THEN 0 ELSE 1 END)"]
    steps += [f"SUM(CASE WHEN done * 100 >= {percent * total} THEN 1 ELSE 0 END)" for percent in (*QUARTERS, 100)]
    statement = f"SELECT {', '.join(steps)} FROM standing"  # noqa: S608  # numbers of our own
    counts = [int(count or 0) for count in _ask(scope, lessons, statement)[0]]
    if not total:
        counts[2:] = [0] * len(counts[2:])
    names = ["报名", "打开过课文", *(f"学完 {percent}%" for percent in QUARTERS), "全部学完"]
    return [
        Bar(name=name, count=count, percent=_percent(count, counts[0]))
        for name, count in zip(names, counts, strict=True)
    ]


def stops(scope: Scope) -> list[Bar]:
    """Count, for each lesson, who has not finished the course and opened this one last. Source: rule T33."""
    lessons = scope.lessons()
    keys = list(lessons) or [0]
    statement = f"""
    SELECT (
        SELECT lesson_id FROM courses_lessonprogress AS mine
        WHERE mine.learner_id = standing.learner_id AND lesson_id IN ({", ".join(["%s"] * len(keys))})
        ORDER BY opened_at DESC, id DESC LIMIT 1
    ) AS last, COUNT(*) FROM standing WHERE done < %s GROUP BY 1
    """  # noqa: S608  # every value is a parameter
    counts = dict(_ask(scope, lessons, statement, [*keys, len(keys)]))
    titles = dict(LessonPage.objects.filter(pk__in=lessons).values_list("pk", "title"))
    named = [("还没有打开过课文", counts.get(None, 0)), *((titles[pk], counts.get(pk, 0)) for pk in lessons)]
    return bars(named)


def hours(scope: Scope) -> list[Bar]:
    """Count learners by the hours they have studied, each hour begun; the last line is all above."""
    statement = f"""
    SELECT CASE WHEN seconds = 0 THEN -1 WHEN seconds >= {TOP_HOURS * HOUR} THEN {TOP_HOURS}
    ELSE seconds / {HOUR} END AS bin, COUNT(*) FROM standing GROUP BY 1
    """  # noqa: S608  # numbers of our own
    rows = _ask(scope, scope.lessons(), statement)
    counts = {int(bin_): count for bin_, count in rows}
    named = [("没有学过", counts.get(-1, 0))]
    named += [(f"{hour}–{hour + 1} 小时", counts.get(hour, 0)) for hour in range(TOP_HOURS)]
    return bars([*named, (f"{TOP_HOURS} 小时以上", counts.get(TOP_HOURS, 0))])


def minutes_by_day(scope: Scope, *, since: datetime) -> list[Bar]:
    """Add the minutes that counted up by day, from a moment on."""
    rows = StudyInterval.objects.counting().filter(started_at__gte=since, lesson__in=scope.lessons())
    if not scope.is_whole:
        rows = rows.filter(learner__in=scope.enrolments().values("learner"))
    days = rows.annotate(day=TruncDate("started_at")).values("day").annotate(total=Sum("seconds")).order_by("day")
    return bars([(f"{row['day']:%Y-%m-%d}", row["total"] // 60) for row in days])


def ratings(scope: Scope) -> list[Rated]:
    """Return what each lesson was given, in the course's order; lessons that nobody rated are left out."""
    lessons = scope.lessons()
    rows = (
        _rated(scope, lessons)
        .values("lesson")
        .annotate(
            count=Count("pk"),
            mean=Avg("stars"),
            **{f"stars_{n}": Count("pk", filter=Q(stars=n)) for n in range(1, 6)},
        )
    )
    found = {row["lesson"]: row for row in rows.order_by()}
    titles = dict(LessonPage.objects.filter(pk__in=lessons).values_list("pk", "title"))
    return [
        Rated(
            title=titles[pk],
            count=found[pk]["count"],
            mean=found[pk]["mean"],
            counts=tuple(found[pk][f"stars_{n}"] for n in range(1, 6)),
        )
        for pk in lessons
        if pk in found
    ]


def comments(scope: Scope) -> list[LessonRating]:
    """Return the newest comments on the course's lessons."""
    rows = _rated(scope, scope.lessons()).exclude(comment="")
    return list(rows.select_related("lesson").defer("lesson__body").order_by("-rated_at", "-pk")[:COMMENTS])


def at_risk(scope: Scope, *, now: datetime, limit: int, offset: int = 0) -> tuple[int, list[Risk]]:
    """
    Return how many enrolments are at risk, and some of them, those longest unseen first.

    Source: docs/rules/study-time.md, rule T34.
    """
    lessons = scope.lessons()
    moment = connection.ops.adapt_datetimefield_value
    quiet = "COALESCE(seen, enrolled_at) < %s"
    limits = behind_before(total=len(lessons), now=now)
    behind = " OR ".join("(done = %s AND enrolled_at < %s)" for _ in limits) or "1 = 0"
    quiet_params = [moment(now - timedelta(days=settings.STUDY_QUIET_DAYS))]
    behind_params = [part for done, before in limits for part in (done, moment(before))]
    statement = f"""
    SELECT id, done, CASE WHEN {quiet} THEN 1 ELSE 0 END, CASE WHEN {behind} THEN 1 ELSE 0 END, COUNT(*) OVER ()
    FROM standing WHERE done < %s AND ({quiet} OR {behind})
    ORDER BY COALESCE(seen, enrolled_at), id LIMIT %s OFFSET %s
    """  # noqa: S608  # our own conditions; every value is a parameter
    reasons = [*quiet_params, *behind_params]
    rows = _ask(scope, lessons, statement, [*reasons, len(lessons), *reasons, limit, offset])
    risks = [
        Risk(enrolment_pk=pk, done=done, is_quiet=bool(is_quiet), is_behind=bool(is_behind))
        for pk, done, is_quiet, is_behind, _ in rows
    ]
    return (rows[0][4] if rows else 0), risks


def behind_before(*, total: int, now: datetime) -> list[tuple[int, datetime]]:
    """
    Return, for each number of lessons done, before which moment somebody must have enrolled to be behind with it.

    Source: docs/rules/study-time.md, rule T34.
    """
    limits = []
    for done in range(total):
        share = done / total + BEHIND_SHARE
        if share < 1:
            days = max(NEW_DAYS, share * settings.STUDY_PLAN_DAYS)
            limits.append((done, now - timedelta(days=days)))
    return limits


def bars(named: Sequence[tuple[str, int]]) -> list[Bar]:
    """Set lines beside the greatest of them."""
    most = max((count for _, count in named), default=0)
    return [Bar(name=name, count=count, percent=_percent(count, most)) for name, count in named]


def _rated(scope: Scope, lessons: Sequence[int]) -> Any:
    rows = LessonRating.objects.filter(lesson__in=lessons)
    return rows if scope.is_whole else rows.filter(learner__in=scope.enrolments().values("learner"))


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def _ask(scope: Scope, lessons: Sequence[int], statement: str, params: Sequence[Any] = ()) -> list[Any]:
    """Run a statement over `standing`."""
    inner = scope.enrolments().order_by().values("id", "learner_id", "enrolled_at").query
    sql, inner_params = inner.sql_with_params()
    keys = list(lessons) or [0]
    way = WAY.format(scope=sql, lessons=", ".join(["%s"] * len(keys)))
    with connection.cursor() as cursor:
        cursor.execute(way + statement, [*inner_params, *keys, *params])
        return list(cursor.fetchall())
