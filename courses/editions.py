"""Editions of a course: which one is sold, how a new one begins, how a learner moves on. docs/rules/editions.md."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from wagtail.models import Page

from courses.models import CoursePage, EditionMove, Enrolment, LessonPage, LessonProgress
from courses.models.enrolments import LessonProgressQuerySet
from lms.errors import DomainError
from lms.users.models import User


class SlugTaken(DomainError):
    message = "这个网址名已经被别的课程用了，请换一个。"


class NewEditionWaits(DomainError):
    message = "这门课已有一个还没发布的新版次。请在它里面改，或先删掉它再开新的。"


class NoNewerEdition(DomainError):
    message = "你学的已经是最新版次，不需要转。"


class EnrolmentOver(DomainError):
    message = "这条报名已经撤回，不能转版次。"


@dataclass(frozen=True, kw_only=True)
class Change:
    """
    What moving to another edition means for one learner.

    `kept` are finished lessons that count there too, `added` the titles that only the new edition has, `dropped` those
    that only the old one has.
    """

    target: CoursePage
    kept: int
    total: int
    added: tuple[str, ...]
    dropped: tuple[str, ...]


def current(course: CoursePage) -> CoursePage:
    """Return the edition of this course that is on sale, or the course itself if none is. Source: rule Z2."""
    return CoursePage.objects.on_sale().filter(series=course.series).first() or course


def newer_than(course: CoursePage) -> CoursePage | None:
    """Return the edition on sale if it is a later one. Source: docs/rules/editions.md, rule Z6."""
    newest = current(course)
    return newest if newest.edition > course.edition else None


def is_settled(page: Page) -> bool:
    """Say whether people study the edition that a page belongs to, so that its structure stays. Source: rule Z4."""
    course = CoursePage.objects.ancestor_of(page, inclusive=True).first()
    if course is None or course.allows_restructuring:
        return False
    return Enrolment.objects.standing().filter(course=course).exists()


def begin(*, course: CoursePage, slug: str, by: User) -> CoursePage:
    """
    Copy a course with everything below it to the next edition, all of it drafts.

    Raises: NewEditionWaits, SlugTaken. Source: docs/rules/editions.md, rule Z5.
    """
    with transaction.atomic():
        editions = CoursePage.objects.select_for_update().filter(series=course.series)
        newest = editions.aggregate(Max("edition"))["edition__max"]
        if editions.filter(edition=newest, live=False).exists():
            raise NewEditionWaits
        if course.get_siblings().filter(slug=slug).exists():
            raise SlugTaken
        new = course.copy(recursive=True, update_attrs={"slug": slug}, copy_revisions=False, keep_live=False, user=by)
        new.series, new.edition = course.series, newest + 1  # an ordinary copy is a course of its own
        new.save()
        new.save_revision(user=by, changed=False)
        return new


def change_for(*, enrolment: Enrolment) -> Change | None:
    """Say what moving to the edition on sale would mean, or None if there is nothing to move to. Source: rule Z6."""
    target = newer_than(enrolment.course)
    if target is None:
        return None
    old, new = _lessons(enrolment.course), _lessons(target)
    done = set(_done(enrolment).values_list("lesson__slug", flat=True))
    return Change(
        target=target,
        kept=len(done & new.keys()),
        total=len(new),
        added=tuple(title for slug, title in new.items() if slug not in old),
        dropped=tuple(title for slug, title in old.items() if slug not in new),
    )


def move(*, enrolment: Enrolment, now: datetime) -> EditionMove:
    """
    Move a learner to the edition on sale. Lessons finished before that have a namesake there are finished there too.

    Raises: EnrolmentOver, NoNewerEdition. Source: docs/rules/editions.md, rule Z6.
    """
    with transaction.atomic():
        locked = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        if locked.withdrawn_at:
            raise EnrolmentOver
        old, target = locked.course, newer_than(locked.course)
        if target is None:
            raise NoNewerEdition
        _carry(locked, target, now)
        locked.course = target
        locked.save(update_fields=["course"])
        return EditionMove.objects.create(enrolment=locked, from_course=old, to_course=target, moved_at=now)


def _carry(enrolment: Enrolment, target: CoursePage, now: datetime) -> None:
    lessons = {lesson.slug: lesson for lesson in LessonPage.objects.live().descendant_of(target).defer("body")}
    rows = [
        LessonProgress(
            learner=enrolment.learner,
            lesson=lessons[row.lesson.slug],
            first_opened_at=row.first_opened_at,
            opened_at=row.opened_at,
            last_seen_at=row.last_seen_at,
            needed_seconds=0,
            completed_at=row.completed_at,
            carried_from=row,
        )
        for row in _done(enrolment)
        if row.lesson.slug in lessons
    ]
    LessonProgress.objects.bulk_create(rows, ignore_conflicts=True)  # a lesson begun there before keeps its own row


def _done(enrolment: Enrolment) -> LessonProgressQuerySet:
    return (
        LessonProgress.objects.of(enrolment.learner)
        .inside(enrolment.course)
        .exclude(completed_at=None)
        .select_related("lesson")
        .defer("lesson__body", "lesson__goals", "lesson__sources")
    )


def _lessons(course: CoursePage) -> dict[str, str]:
    return dict(LessonPage.objects.live().descendant_of(course).order_by("path").values_list("slug", "title"))
