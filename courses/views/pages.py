"""The catalogue's pages for their visitor. courses.wagtail_hooks hands them here after Wagtail has found the page."""

from collections.abc import Callable
from hashlib import md5, sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.cache import patch_cache_control
from django.utils.safestring import mark_safe
from wagtail.models import Page

from courses import learning, media_access
from courses.markup.terms import mark
from courses.models import CatalogPage, CoursePage, Enrolment, GlossaryTerm, LessonPage, LessonProgress, ModulePage
from courses.models.pages import Chapter

COURSES_A_PAGE = 12
STUDY_HOURS_SECONDS = 24 * 3600
MARKED_SECONDS = 24 * 3600


def catalog_page(request: HttpRequest, page: CatalogPage) -> HttpResponse:
    courses = Paginator(CoursePage.objects.live().child_of(page).order_by("path"), COURSES_A_PAGE)
    context = page.get_context(request) | {"page_obj": courses.get_page(request.GET.get("page"))}
    return _answer(request, page, context)


def course_page(request: HttpRequest, page: CoursePage) -> HttpResponse:
    context = page.get_context(request)
    lessons = [lesson for chapter in context["chapters"] for lesson in chapter.lessons]
    return _answer(
        request,
        page,
        context
        | {
            "study_hours": _study_hours(page, context["chapters"]),
            "lesson_count": len(lessons),
            "free_lesson": next((lesson for lesson in lessons if lesson.is_preview), None),
            "is_enrolled": _is_enrolled(request, page),
        },
    )


def module_page(request: HttpRequest, page: ModulePage) -> HttpResponse:
    context = page.get_context(request)
    if not context["course"].live:
        raise Http404
    return _answer(request, page, context | {"is_enrolled": _is_enrolled(request, context["course"])})


def lesson_page(request: HttpRequest, page: LessonPage) -> HttpResponse:
    """The whole lesson for those who may read it; for everybody else what the lesson is about, and the way in."""
    context = page.get_context(request)
    if not context["course"].live or context["module"] is None:  # taken down with what it belongs to
        raise Http404
    study = learning.lesson_standing(learner=request.user, lesson=page)
    is_open = study.is_enrolled or media_access.may_read(user=request.user, lesson=page)
    finished = LessonProgress.objects.filter(learner=request.user.pk).exclude(completed_at=None)
    response = _answer(
        request,
        page,
        context
        | {
            "study": study,
            "is_enrolled": study.is_enrolled,
            "is_open": is_open,
            **(_body(request, page) if is_open else {}),
            "done": set(finished.values_list("lesson_id", flat=True)) if study.is_enrolled else set(),
            "free_lesson": next((x for c in context["chapters"] for x in c.lessons if x.is_preview), None),
        },
    )
    if is_open and not page.is_preview:
        patch_cache_control(response, private=True, no_store=True)
    return response


VIEWS: dict[type[Page], Callable[..., HttpResponse]] = {
    CatalogPage: catalog_page,
    CoursePage: course_page,
    ModulePage: module_page,
    LessonPage: lesson_page,
}


def _answer(request: HttpRequest, page: Page, context: dict[str, Any]) -> HttpResponse:
    request.is_preview = False  # type: ignore[attr-defined]  # Wagtail's own flag, read by its tags
    return TemplateResponse(request, page.get_template(request), context)


def _body(request: HttpRequest, lesson: LessonPage) -> dict[str, Any]:
    """Return the lesson's body with the words of the glossary marked, and those words. Source: rule Y10."""
    if not settings.GLOSSARY_IN_LESSONS:
        return {}
    terms = {term.term: term for term in GlossaryTerm.objects.for_lesson(lesson)}
    slugs = {name: term.slug for name, term in terms.items()}
    html = render_to_string("courses/_body.html", {"page": lesson}, request)
    key = "marked:" + sha256(f"{html}{slugs}".encode()).hexdigest()
    marked: tuple[str, tuple[str, ...]] | None = cache.get(key)
    if marked is None:
        marked = mark(html, slugs)
        cache.set(key, marked, MARKED_SECONDS)
    return {"body": mark_safe(marked[0]), "terms": [terms[name] for name in marked[1]]}  # noqa: S308 - our own template's output


def _is_enrolled(request: HttpRequest, course: CoursePage) -> bool:
    user = request.user
    return user.is_authenticated and Enrolment.objects.standing().of(user).filter(course=course).exists()


def _study_hours(course: CoursePage, chapters: list[Chapter]) -> int:
    """Return a course's 学时, counted anew only after something in it was published."""
    state = [(lesson.pk, lesson.last_published_at) for chapter in chapters for lesson in chapter.lessons]
    key = f"study-hours:{course.pk}:{md5(repr(state).encode(), usedforsecurity=False).hexdigest()}"
    hours: int | None = cache.get(key)
    if hours is None:
        hours = learning.study_hours(course=course)
        cache.set(key, hours, STUDY_HOURS_SECONDS)
    return hours
