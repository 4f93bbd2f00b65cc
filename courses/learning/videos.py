"""What was really watched of the videos in a lesson, and where to go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Max

from courses.learning.access import must_be_enrolled
from courses.models import CoursePage, LessonPage, StudyClock, VideoWatch
from courses.timing import mp4, watching
from courses.timing.accrual import Reason
from courses.timing.watching import Range
from lms.errors import DomainError
from lms.users.models import User

VIDEO = "video"
LENGTH_KNOWN_SECONDS = 30 * 24 * 3600
NO_FILE = -1.0


class NoSuchVideo(DomainError):
    message = "这一课里没有这个视频，可能刚被换掉。请刷新页面再看。"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a learner is in one video. Seconds; `required` is the percentage that completing the lesson asks for."""

    title: str
    percent: int
    required: int
    watched: float = 0
    position: float = 0
    reached: float = 0
    may_skip: bool = True

    @property
    def is_enough(self) -> bool:
        return self.percent >= self.required


class VideosLeft(DomainError):
    """Videos of the lesson are not watched as far as asked."""

    def __init__(self, left: Sequence[Standing]) -> None:
        said = "；".join(f"《{one.title}》看了 {one.percent}%，要看到 {one.required}%" for one in left)
        super().__init__(f"视频还没有看够，不能确认学完：{said}。拖过去的部分不算，请把没看的补上。")


def standing(*, learner: User, lesson: LessonPage, document_pk: int) -> Standing:
    """Return how far a learner is in a video. Raises: NoSuchVideo. Source: study-time.md, rules T19-T22."""
    value = _block(lesson, document_pk)
    row = VideoWatch.objects.of(learner).filter(lesson=lesson, document=document_pk).first()
    return _standing(value, row, lesson)


def left(*, learner: User, lesson: LessonPage) -> list[Standing]:
    """Return the videos that still have to be watched to complete a lesson. Source: study-time.md, rule T21."""
    shown = [child.value for child in lesson.body if child.block_type == VIDEO and child.value["file"]]
    if not shown:
        return []
    rows = {row.document_id: row for row in VideoWatch.objects.of(learner).filter(lesson=lesson)}
    known = [_standing(value, rows.get(value["file"].pk), lesson) for value in shown]
    return [one for one in known if not one.is_enough]


def report(
    *,
    learner: User,
    lesson: LessonPage,
    document_pk: int,
    page: str,
    position: float,
    played: Sequence[Range],
    now: datetime,
) -> Standing:
    """
    Take what a player says it has played; the first report of a viewing only starts its clock.

    Counts only what the server's clock allows, only while this page is the one that counts and is visible.
    Raises: NotEnrolled, NoSuchVideo. Source: docs/rules/study-time.md, rules T19-T20.
    """
    must_be_enrolled(learner=learner, lesson=lesson)
    value = _block(lesson, document_pk)
    duration = _length(value["file"])
    with transaction.atomic():
        clock = StudyClock.objects.select_for_update().select_related("progress").filter(learner=learner).first()
        last = VideoWatch.objects.of(learner).aggregate(last=Max("reported_at"))["last"]
        row, is_new = VideoWatch.objects.get_or_create(
            learner=learner,
            lesson=lesson,
            document=value["file"],
            defaults={"duration": max(0, duration), "reported_at": now},
        )
        if not is_new and duration > 0 and _counts(clock, lesson, page):
            row.ranges = watching.accept(
                known=[(start, end) for start, end in row.ranges],
                claimed=played,
                elapsed=(now - last).total_seconds(),
                duration=duration,
            )
        row.duration = max(0, duration)
        row.position = min(max(0.0, position), duration) if duration > 0 else max(0.0, position)
        row.reported_at = max(now, row.reported_at)
        row.save()
    return _standing(value, row, lesson)


def _counts(clock: StudyClock | None, lesson: LessonPage, page: str) -> bool:
    if clock is None or clock.progress.lesson_id != lesson.pk:
        return False
    row = clock.progress
    return row.page == page and row.is_visible and row.reason != Reason.ELSEWHERE


def _block(lesson: LessonPage, document_pk: int) -> Any:
    values = (child.value for child in lesson.body if child.block_type == VIDEO)
    found = next((value for value in values if value["file"] and value["file"].pk == document_pk), None)
    if found is None:
        raise NoSuchVideo
    return found


def _standing(value: Any, row: VideoWatch | None, lesson: LessonPage) -> Standing:
    duration = _length(value["file"])
    ranges = [(start, end) for start, end in row.ranges] if row else []
    course = CoursePage.objects.ancestor_of(lesson).get()
    percent = watching.percent(watched=ranges, duration=duration)
    required = settings.VIDEO_WATCH_PERCENT if duration > 0 else 0
    return Standing(
        title=value["title"],
        percent=percent,
        required=required,
        watched=watching.length(ranges),
        position=row.position if row else 0,
        reached=watching.reached(ranges),
        may_skip=not course.no_skipping or duration <= 0 or percent >= required,
    )


def _length(document: Any) -> float:
    """Return the length of a video in seconds, or NO_FILE where its file does not say; a file is read once."""
    stream = document.ready_stream
    if stream:
        return float(stream.seconds)
    key = f"video-length:{document.pk}:{document.file.name}"
    known: float | None = cache.get(key)
    if known is None:
        try:
            with document.file.open("rb") as stream:
                known = mp4.duration(stream) or NO_FILE
        except OSError:
            return NO_FILE
        cache.set(key, known, LENGTH_KNOWN_SECONDS)
    return known
