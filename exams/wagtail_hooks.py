"""Where Wagtail finds the exams room's part of the back office, and who may do what in it."""

from wagtail import hooks
from wagtail.permissions import register_permission_policy

from exams import practice
from exams.admin import ExamsGroup
from exams.admin.policies import KeptPolicy
from exams.models import (
    Accommodation,
    AnalysisRun,
    Appeal,
    Attempt,
    Exam,
    Item,
    ItemImport,
    KeyFix,
    LateReview,
    Registration,
)
from exams.package import ItemsPart
from lms.policies import ReadOnlyPolicy

register_permission_policy(Item, KeptPolicy(Item))
register_permission_policy(Exam, KeptPolicy(Exam))
register_permission_policy(Accommodation, ReadOnlyPolicy(Accommodation))
register_permission_policy(Registration, ReadOnlyPolicy(Registration))
register_permission_policy(Attempt, ReadOnlyPolicy(Attempt))
register_permission_policy(AnalysisRun, ReadOnlyPolicy(AnalysisRun))
register_permission_policy(ItemImport, ReadOnlyPolicy(ItemImport))
register_permission_policy(KeyFix, ReadOnlyPolicy(KeyFix))
register_permission_policy(LateReview, ReadOnlyPolicy(LateReview))
register_permission_policy(Appeal, ReadOnlyPolicy(Appeal))


@hooks.register("lesson_items")
def lesson_items() -> list[tuple[str, str]]:
    """Offer the practice pool to the lessons' editor."""
    return practice.choices()


@hooks.register("course_package_parts")
def items_of_a_course() -> ItemsPart:
    """Put the items of its lessons into a course's package."""
    return ItemsPart()


@hooks.register("register_admin_viewset")
def register_exams() -> ExamsGroup:
    return ExamsGroup()
