"""What stands beside a lesson for the person who reads it: what is closed, where they stopped, notes, questions."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from courses import media_access, opening
from courses.learning import LessonStanding
from courses.models import LessonPage, LessonQuestion, Note, ReadingPlace
from courses.questions.answering import MOST_PINNED
from courses.views.notes import as_json
from courses.views.offline import OWNER, owner_of
from lms.users.models import User


def context_of(
    request: HttpRequest, lesson: LessonPage, *, study: LessonStanding, course: Mapping[str, Any]
) -> dict[str, Any]:
    """
    Return whether this visitor may read the body, and what is theirs beside it. `course` is the page's own context.

    Source: docs/rules/learning.md, rules L2, L12, L16, L21.
    """
    user, now = request.user, timezone.now()
    closed = {}
    if study.is_enrolled and isinstance(user, User):
        closed = opening.closed_in(learner=user, course=course["course"], chapters=course["chapters"], now=now)
    closure = closed.get(lesson.pk)
    is_open = (study.is_enrolled and closure is None) or media_access.may_read(user=user, lesson=lesson)
    found: dict[str, Any] = {"closed": closed, "closure": closure, "is_open": is_open}
    if closure and closure.first:
        lessons = [lesson for chapter in course["chapters"] for lesson in chapter.lessons]
        found["finish_first"] = next((other for other in lessons if other.pk == closure.first), None)
    if closure:
        found["closure_text"] = opening.explain(closure)
    if is_open and isinstance(user, User):
        found |= _own(user, lesson, is_enrolled=study.is_enrolled)
    return found


def mark(response: HttpResponse, user: object, *, may_keep: bool) -> None:
    """Let the reader's device keep this answer for reading offline. Source: docs/rules/learning.md, rule L26."""
    if may_keep and isinstance(user, User):
        response[OWNER] = owner_of(user)


def _own(user: User, lesson: LessonPage, *, is_enrolled: bool) -> dict[str, Any]:
    place = ReadingPlace.objects.filter(learner=user, lesson=lesson).first()
    readable = LessonQuestion.objects.about(lesson).readable_by(user) if is_enrolled else LessonQuestion.objects.none()
    questions = list(readable.order_by("-is_pinned", "-asked_at", "-pk")[:MOST_PINNED])
    return {
        "notes": [as_json(note) for note in Note.objects.of(user).filter(lesson=lesson).order_by("position", "pk")],
        "place": {"quote": place.quote, "position": place.position} if place else None,
        "offline_owner": owner_of(user),
        "print_mark": f"{user.get_short_name()}（{_veiled(user.email)}）",
        "questions": questions,
        "question_count": readable.count() if len(questions) == MOST_PINNED else len(questions),
    }


def _veiled(email: str) -> str:
    """Write an address as its first letter and its domain: who printed it knows, others do not learn it."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}***@{domain}"
