"""The demo exam: the bank's own files and one open exam on the course."""

from datetime import datetime
from pathlib import Path

from courses.models import CoursePage
from exams import loading
from exams.models import BlueprintCell, Exam, Item

CONTENT = Path(__file__).parent / "content"
COURSE_SLUG = "aftersales-manager"
TITLE = "售后服务管理师结业考试"
POINTS_CENTI = {Item.Kind.SINGLE: 200, Item.Kind.MULTI: 300, Item.Kind.TRUE_FALSE: 100}
COUNTS = {"M1": (9, 3, 3), "M2": (5, 1, 2), "M3": (4, 2, 1), "M4": (6, 2, 2), "M5": (6, 2, 2)}


def load(*, now: datetime) -> None:
    """Load the item files; make the exam (90 minutes, 100 points, 70 to pass, 3 attempts) if it is not there."""
    loading.load_items(CONTENT, now=now)
    course = CoursePage.objects.get(slug=COURSE_SLUG)
    if Exam.objects.filter(course=course, title=TITLE).exists():
        return
    exam = Exam.objects.create(
        course=course, title=TITLE, minutes=90, pass_centi=7000, max_attempts=3, cooldown_hours=24, is_open=True
    )
    BlueprintCell.objects.bulk_create(
        BlueprintCell(exam=exam, module=module, kind=kind, count=count, points_centi=POINTS_CENTI[kind])
        for module, counts in COUNTS.items()
        for kind, count in zip(POINTS_CENTI, counts, strict=True)
    )
