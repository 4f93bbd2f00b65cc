from courses.models.editions import EditionMove
from courses.models.enrolments import Enrolment, LessonProgress
from courses.models.glossary import GlossaryTerm
from courses.models.media import CourseDocument, CourseImage, CourseRendition
from courses.models.pages import CatalogPage, CoursePage, LessonPage, ModulePage
from courses.models.seats import Seat, SeatBatch, SeatEvent, SeatLink, SeatReminder

__all__ = [
    "CatalogPage",
    "CourseDocument",
    "CourseImage",
    "CoursePage",
    "CourseRendition",
    "EditionMove",
    "Enrolment",
    "GlossaryTerm",
    "LessonPage",
    "LessonProgress",
    "ModulePage",
    "Seat",
    "SeatBatch",
    "SeatEvent",
    "SeatLink",
    "SeatReminder",
]
