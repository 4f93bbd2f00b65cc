"""Questions of the practice pool inside a lesson. Source: docs/rules/practice.md, rule P11."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses import media_access
from courses.models import CoursePage, LessonPage
from exams import practice
from exams.models import Item, ItemVersion
from exams.results.paper import ReviewedQuestion, single

FRAGMENT, WHOLE = "exams/_lesson_item.html", "exams/lesson_item.html"


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def lesson_item(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Show a question that a lesson places, to those who may read the lesson; with its key once it is answered."""
    lesson: LessonPage = get_object_or_404(LessonPage, pk=pk)
    if not media_access.may_read(user=request.user, lesson=lesson) or not _is_placed(request, lesson, code):
        raise Http404
    item = practice.practisable().select_related("current", "case__current").filter(code=code).first()
    answer = "".join(request.POST.getlist("answer"))[: ItemVersion._meta.get_field("key").max_length or None]  # noqa: SLF001  # Django's public door to it
    context = {
        "lesson": lesson,
        "code": code,
        "question": _question(lesson, item, answer) if item else None,
        "is_multi": item is not None and item.kind == Item.Kind.MULTI,
        "is_open": not answer,
        "is_empty": request.method == "POST" and not answer,
    }
    status = 422 if context["is_empty"] and not request.htmx else 200  # type: ignore[attr-defined]  # by the middleware
    return render(request, FRAGMENT if request.htmx else WHOLE, context, status=status)  # type: ignore[attr-defined]  # as above


def _is_placed(request: HttpRequest, lesson: LessonPage, code: str) -> bool:
    """Whether the lesson shows it; staff see drafts that place it too. Nobody reads the pool through a free lesson."""
    codes = {child.value["code"] for child in lesson.body if child.block_type == "item"}
    return code in codes or media_access.works_in_back_office(request.user)


def _question(lesson: LessonPage, item: Item, answer: str) -> ReviewedQuestion:
    version = item.current
    if version is None:
        raise Http404
    return single(
        number=1,
        question=practice.question_of(item, version),
        version=version,
        case=item.case.current if item.case else None,
        answer=answer,
        course=CoursePage.objects.ancestor_of(lesson).get() if answer else None,
    )
