"""
Who may read a lesson, and who may fetch an image or a document.

A file that lessons use follows those lessons, wherever it lies; any other file is public unless it lies in the paid
collection. So a file that is moved or a collection that is renamed by mistake does not open a paid lesson.
Source: docs/rules/syllabus.md, rules Y5-Y6.
"""

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone
from wagtail.models import ReferenceIndex
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.query import PageQuerySet

from courses import opening
from courses.models import CourseDocument, CourseImage, CoursePage, Enrolment, LessonPage
from courses.models.media import is_paid
from lms.users.models import User
from lms.users.roles import ENTER

EDITING = {"add", "change", "publish", "lock"}


def may_read(*, user: User | AnonymousUser, lesson: LessonPage) -> bool:
    """Say whether somebody may read the body of a lesson: a free preview, enrolled and open, or staff who edit it."""
    if lesson.live and (lesson.is_preview or _may_study(user, lesson)):
        return True
    return works_in_back_office(user) and PagePermissionPolicy().user_has_any_permission_for_instance(
        user, EDITING, lesson
    )


def readable(*, user: User | AnonymousUser, now: datetime) -> "PageQuerySet[LessonPage]":
    """Return the published lessons whose bodies somebody may read; `may_read` for all of them at once."""
    lessons = LessonPage.objects.live()
    if not user.is_authenticated:
        return lessons.filter(is_preview=True)
    if works_in_back_office(user):
        edited = PagePermissionPolicy().instances_user_has_any_permission_for(user, EDITING)
        lessons_edited = Q(pk__in=edited.values("pk"))
    else:
        lessons_edited = Q(pk__in=[])
    studied = Q(pk__in=[])
    for course in CoursePage.objects.filter(enrolments__in=Enrolment.objects.standing().of(user)):
        closed = opening.closed_of(learner=user, course=course, now=now)
        studied |= Q(path__startswith=course.path) & ~Q(pk__in=closed)
    return lessons.filter(Q(is_preview=True) | studied | lessons_edited)


def may_fetch(*, user: User | AnonymousUser, file: CourseImage | CourseDocument) -> bool:
    """Say whether somebody may fetch an image or a document. Everybody in the back office sees its libraries."""
    if works_in_back_office(user):
        return True
    lessons = LessonPage.objects.filter(pk__in=[int(key) for key in _users_of(file)])
    if not lessons:
        return not is_paid(file)
    return any(may_read(user=user, lesson=lesson) for lesson in lessons.defer("body"))


def is_used_by(*, file: CourseImage | CourseDocument, lesson: LessonPage) -> bool:
    """Say whether the published lesson uses a file."""
    return str(lesson.pk) in _users_of(file)


def is_enrolled(*, user: User | AnonymousUser, lesson: LessonPage) -> bool:
    return user.is_authenticated and Enrolment.objects.standing().of(user).covering(lesson).exists()


def _may_study(user: User | AnonymousUser, lesson: LessonPage) -> bool:
    """Say whether an enrolment covers the lesson and it is open. Source: docs/rules/learning.md, rule L21."""
    if not user.is_authenticated:
        return False
    enrolment = Enrolment.objects.standing().of(user).covering(lesson).select_related("course").first()
    return enrolment is not None and not opening.closure_of(enrolment=enrolment, lesson=lesson, now=timezone.now())


def works_in_back_office(user: User | AnonymousUser) -> bool:
    """Say whether somebody may enter the back office: a role, and a second factor. Source: rule Y26."""
    return user.has_perm(ENTER) and is_mfa_enabled(user, [Authenticator.Type.TOTP])


def _users_of(file: CourseImage | CourseDocument) -> set[str]:
    """Return the keys of the lessons whose published version uses a file."""
    references = ReferenceIndex.get_references_to(file).filter(
        content_type__app_label="courses", content_type__model="lessonpage"
    )
    return set(references.values_list("object_id", flat=True))
