"""Who may see a picture of the bank. Everybody who may not gets the answer that there is none. Source: rule G26."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from courses.models import Enrolment, LessonPage
from exams import attempts, practice
from exams.models import Attempt, Item, ItemPicture, PictureUse
from exams.results import review
from lms.users.models import User

STAFF = ("exams.view_item", "exams.mark_script", "exams.change_appeal")
ATTEMPTS_READ = 50  # of one person, newest first


def may_see(*, picture: ItemPicture, user: User | AnonymousUser, now: datetime) -> bool:
    """
    Say whether somebody may see a picture: staff of the bank, who practises, who sits it, and who may look back at it.

    Source: docs/rules/grading.md, rule G26.
    """
    if any(user.has_perm(permission) for permission in STAFF):
        return True
    items = practice.practisable().filter(
        Q(versions__picture_uses__picture=picture) | Q(case__versions__picture_uses__picture=picture)
    )
    if _practises(user, items):
        return True
    return isinstance(user, User) and _sat(user, picture, now)


def _practises(user: User | AnonymousUser, items: QuerySet[Item]) -> bool:
    """Whether somebody who studies may practise one of the items, or a free lesson places it."""
    codes = list(items.values_list("code", flat=True).distinct())
    if not codes:
        return False
    if isinstance(user, User) and Enrolment.objects.standing().of(user).exists():
        return True
    lessons = LessonPage.objects.live().filter(is_preview=True).annotate(words=Cast("body", TextField()))
    return any(lessons.filter(words__contains=f'"{code}"').exists() for code in codes)


def _sat(user: User, picture: ItemPicture, now: datetime) -> bool:
    """Whether the picture is printed on the open paper, or on one whose review is open as far as the picture goes."""
    uses = PictureUse.objects.filter(picture=picture).values_list("version", "is_printed")
    printed = {version for version, is_printed in uses if is_printed}
    shown = printed | {version for version, _ in uses}
    rows = Attempt.objects.of(user).select_related("exam", "window").order_by("-pk")[:ATTEMPTS_READ]
    for attempt in rows:
        held = {question.version for question in attempt.questions} | {question.case for question in attempt.questions}
        if held & printed and attempt.status == Attempt.Status.OPEN:
            return True
        if held & shown and attempt.status != Attempt.Status.OPEN:
            standing = attempts.standing_of(exam=attempt.exam, candidate=user, now=now)
            seen = review.visibility_of(attempt=attempt, standing=standing, now=now)
            if seen.has_key or (seen.has_paper and held & printed):
                return True
    return False
