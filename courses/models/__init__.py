from courses.models.editions import EditionMove
from courses.models.enrolments import Enrolment, LessonProgress
from courses.models.glossary import GlossaryTerm
from courses.models.media import CourseDocument, CourseImage, CourseRendition, VideoStream
from courses.models.notes import Note, ReadingPlace
from courses.models.ordering import LessonOrder
from courses.models.packages import PackageJob
from courses.models.pages import CatalogPage, CoursePage, LessonPage, ModulePage
from courses.models.questions import LessonQuestion
from courses.models.reminders import StudyReminder
from courses.models.seats import Seat, SeatBatch, SeatEvent, SeatLink, SeatReminder, SeatSteward
from courses.models.study import LessonRating, StudyAppeal, StudyClock, StudyInterval, VideoWatch

__all__ = [
    "CatalogPage",
    "CourseDocument",
    "CourseImage",
    "CoursePage",
    "CourseRendition",
    "EditionMove",
    "Enrolment",
    "GlossaryTerm",
    "LessonOrder",
    "LessonPage",
    "LessonProgress",
    "LessonQuestion",
    "LessonRating",
    "ModulePage",
    "Note",
    "PackageJob",
    "ReadingPlace",
    "Seat",
    "SeatBatch",
    "SeatEvent",
    "SeatLink",
    "SeatReminder",
    "SeatSteward",
    "StudyAppeal",
    "StudyClock",
    "StudyInterval",
    "StudyReminder",
    "VideoStream",
    "VideoWatch",
]
