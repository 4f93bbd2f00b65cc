"""What a learner does with lessons: open one, be present in it, finish it; and how far that brings them."""

from courses.learning.access import NotEnrolled, NotOpenYet
from courses.learning.clock import (
    NotOpened,
    TooEarly,
    close_stretches,
    complete_lesson,
    is_accruing,
    is_counting,
    open_lesson,
    record_presence,
)
from courses.learning.measuring import Size, needed_seconds, size_of, study_hours
from courses.learning.standing import (
    LessonStanding,
    course_progress,
    lesson_counts,
    lesson_standing,
    lessons_by_course,
    progress_in,
)
from courses.learning.videos import VideosLeft
from courses.progress import CourseProgress

__all__ = [
    "CourseProgress",
    "LessonStanding",
    "NotEnrolled",
    "NotOpenYet",
    "NotOpened",
    "Size",
    "TooEarly",
    "VideosLeft",
    "close_stretches",
    "complete_lesson",
    "course_progress",
    "is_accruing",
    "is_counting",
    "lesson_counts",
    "lesson_standing",
    "lessons_by_course",
    "needed_seconds",
    "open_lesson",
    "progress_in",
    "record_presence",
    "size_of",
    "study_hours",
]
