"""Items, an exam that fits them, and people who may sit it."""

from datetime import UTC, datetime, timedelta

import factory

from courses.models import CoursePage, Enrolment, LessonPage, LessonProgress
from exams import attempts
from exams.models import (
    SESSION_SPAN,
    Accommodation,
    AnswerEntry,
    Attempt,
    BlueprintCell,
    Exam,
    ExamWindow,
    Item,
    ItemVersion,
)
from lms.users.models import Identity, User
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.users import UserFactory

KEYS = {
    "SINGLE": "B",
    "MULTI": "AC",
    "TRUE_FALSE": "T",
    "BLANK": "答案机密|第二种机密",
    "NUMERIC": "3.33±0.01 分",
    "SHORT": "",
    "CASE": "",
}
OPTIONS = {
    "SINGLE": ["甲项", "乙项", "丙项", "丁项"],
    "MULTI": ["子项", "丑项", "寅项", "卯项", "辰项"],
}
RUBRIC = [{"text": "评分机密甲", "points": 4}, {"text": "评分机密乙", "points": 6}]
S = SESSION_SPAN  # S + 1 is the first number of the first page
STARTED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def make_item(*, module: str = "M1", kind: str = "SINGLE", **fields: object) -> Item:
    """Make a live, verified item with one version; its key is that of KEYS."""
    number = Item.objects.count() + 1
    item = Item.objects.create(
        **{
            "code": f"{module}-{number:04d}",
            "module": module,
            "kind": kind,
            "point": "知识点",
            "status": Item.Status.LIVE,
            "is_verified": True,
        }
        | fields
    )
    item.current = ItemVersion.objects.create(
        item=item,
        number=1,
        stem=f"题干{number}",
        options=OPTIONS.get(kind, []),
        key=KEYS[kind],
        unit="分" if kind == "NUMERIC" else "",
        rubric=RUBRIC if kind == "SHORT" else [],
        explanation=f"解析机密{number}",
        source=f"出处机密{number}",
        created_at=STARTED,
    )
    item.save()
    return item


def make_case(*kinds: str, module: str = "M1", **fields: object) -> Item:
    """Make a 案例 with a part of each kind, in that order."""
    case = make_item(module=module, kind="CASE", **fields)
    for place, kind in enumerate(kinds, start=1):
        make_item(module=module, kind=kind, case=case, place=place, **fields)
    return case


def make_exam_of(**cells: int) -> Exam:
    """Make an open exam with one question of each kind named, worth so many hundredths, and the items for it."""
    exam = Exam.objects.create(course=make_course(), title="各种题型", pass_centi=500, is_open=True)
    for kind, points in cells.items():
        BlueprintCell.objects.create(exam=exam, module="M1", kind=kind, count=1, points_centi=points)
        if kind == "CASE":
            make_case("NUMERIC", "TRUE_FALSE", "SHORT")
        else:
            make_item(kind=kind)
    return exam


def make_exam(*, course: CoursePage | None = None, spare: int = 1, **fields: object) -> Exam:
    """Make an open exam of 4 questions and 8 points (M1: 2 single and 1 multi, M2: 1 true/false), and its bank."""
    exam = Exam.objects.create(
        **{"course": course or make_course(), "title": "结业考试", "pass_centi": 500, "is_open": True} | fields
    )
    for module, kind, count, points in (
        ("M1", "SINGLE", 2, 200),
        ("M1", "MULTI", 1, 300),
        ("M2", "TRUE_FALSE", 1, 100),
    ):
        BlueprintCell.objects.create(exam=exam, module=module, kind=kind, count=count, points_centi=points)
        for _ in range(count + spare):
            make_item(module=module, kind=kind)
    return exam


def make_identity(user: User) -> Identity:
    return Identity.objects.create(
        user=user,
        real_name="张三",
        number_cipher="cipher",
        number_digest=f"digest-{user.pk}",
        number_masked="110***********0010",
        updated_at=STARTED,
    )


def make_eligible(user: User, exam: Exam) -> None:
    """Give a person all that an exam asks for: enrolment, finished lessons, identity."""
    EnrolmentFactory(learner=user, course=exam.course, source=Enrolment.Source.GRANT)
    make_identity(user)
    for lesson in LessonPage.objects.live().descendant_of(exam.course):
        LessonProgress.objects.create(
            learner=user,
            lesson=lesson,
            first_opened_at=STARTED,
            opened_at=STARTED,
            last_seen_at=STARTED,
            seconds=60,
            needed_seconds=60,
            completed_at=STARTED,
        )


def enter(*, exam: Exam, candidate: User, now: datetime) -> Attempt:
    """Start an attempt and open its first page."""
    attempt = attempts.start(exam=exam, candidate=candidate, now=now)
    attempts.open_session(attempt=attempt, user_agent="test", ip=None, now=now)
    attempt.refresh_from_db()
    return attempt


class ExamFactory(factory.django.DjangoModelFactory):
    """An open exam without blueprint or bank; `make_exam` has both."""

    class Meta:
        model = Exam

    course = factory.LazyFunction(make_course)
    title = "结业考试"
    is_open = True


class AttemptFactory(factory.django.DjangoModelFactory):
    """A marked, passed attempt, as rooms above need it. Its paper is empty."""

    class Meta:
        model = Attempt

    exam = factory.SubFactory(ExamFactory)
    candidate = factory.SubFactory(UserFactory)
    number = 1
    status = Attempt.Status.MARKED
    paper = factory.LazyFunction(list)
    total_centi = 100_00
    pass_centi = 70_00
    started_at = STARTED
    deadline_at = factory.LazyAttribute(lambda attempt: attempt.started_at + timedelta(minutes=90))
    closed_at = factory.LazyAttribute(lambda attempt: attempt.started_at + timedelta(minutes=60))
    closed_by = Attempt.ClosedBy.CANDIDATE
    receipt_number = factory.Sequence(lambda n: f"20261120-TEST{n:04d}")
    points_centi = 86_50
    has_passed = True
    result = factory.LazyFunction(lambda: {"modules": {"M1": {"points": 8650, "of": 10000, "right": 40, "count": 50}}})
    rule_version = "2026.1"


def journal_of(attempt: Attempt) -> list[tuple[int, int, str, bool]]:
    """Return (seq, position, answer, is_late) of every entry, in order."""
    return list(
        AnswerEntry.objects.filter(attempt=attempt).order_by("seq").values_list("seq", "position", "answer", "is_late")
    )


def right_answer(attempt: Attempt, position: int) -> str:
    """Return the printed letters that answer a question rightly."""
    question = attempt.questions[position]
    key = ItemVersion.objects.get(pk=question.version).key
    if question.kind == "TRUE_FALSE":
        return key
    if question.is_typed:
        return {"NUMERIC": "3.33", "BLANK": "答案机密", "SHORT": "两个层面"}[question.kind]
    return "".join(sorted(question.letters[question.order.index(letter)] for letter in key))


def make_window(exam: Exam, *, now: datetime, **fields: object) -> ExamWindow:
    """Make a 考期 that is open for registration and running at `now`: yesterday to tomorrow, without limit."""
    day = timedelta(days=1)
    return ExamWindow.objects.create(
        **{
            "exam": exam,
            "title": "十一月考期",
            "registration_opens_at": now - 2 * day,
            "registration_closes_at": now + day / 2,
            "opens_at": now - day,
            "closes_at": now + day,
        }
        | fields
    )


def make_accommodation(user: User, **fields: object) -> Accommodation:
    """Make one that is approved: half as much time again."""
    return Accommodation.objects.create(
        **{
            "candidate": user,
            "status": Accommodation.Status.APPROVED,
            "time_factor": 150,
            "reason": "视力低",
            "requested_at": STARTED,
            "decided_at": STARTED,
            "decided_by": UserFactory(),
        }
        | fields
    )


def make_practice(exam: Exam) -> None:
    """Fill the practice pool so that a mock exam can be drawn."""
    for cell in exam.cells.all():
        for _ in range(cell.count):
            make_item(module=cell.module, kind=cell.kind, pool=Item.Pool.PRACTICE)
