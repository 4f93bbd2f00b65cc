"""The catalogue's pages for their visitor. courses.wagtail_hooks hands them here after Wagtail has found the page."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.cache import patch_cache_control
from django.utils.safestring import mark_safe
from wagtail.models import Page

from courses import editions, learning, media_access
from courses.markup.terms import mark
from courses.models import CatalogPage, CoursePage, Enrolment, GlossaryTerm, LessonPage, LessonProgress, ModulePage
from courses.study_forms import RatingForm
from courses.views import companion, selling

COURSES_A_PAGE = 12
MARKED_SECONDS = 24 * 3600


def catalog_page(request: HttpRequest, page: CatalogPage) -> HttpResponse:
    courses = Paginator(CoursePage.objects.on_sale().child_of(page).order_by("path"), COURSES_A_PAGE)
    context = page.get_context(request) | {"page_obj": courses.get_page(request.GET.get("page"))}
    return _answer(request, page, context)


def course_page(request: HttpRequest, page: CoursePage) -> HttpResponse:
    """The course as it is sold; an older edition is shown to those who study it, others are sent on."""
    is_enrolled = _is_enrolled(request, page)
    if newer := _edition_instead(request, page, is_enrolled=is_enrolled):
        return redirect(newer.get_url(request))
    context = page.get_context(request)
    lessons = [lesson for chapter in context["chapters"] for lesson in chapter.lessons]
    return _answer(
        request,
        page,
        context
        | {
            **selling.facts(page, context["chapters"]),
            "lesson_count": len(lessons),
            "free_lesson": next((lesson for lesson in lessons if lesson.is_preview), None),
            "is_enrolled": is_enrolled,
        },
    )


def module_page(request: HttpRequest, page: ModulePage) -> HttpResponse:
    context = page.get_context(request)
    if not context["course"].live:
        raise Http404
    is_enrolled = _is_enrolled(request, context["course"])
    if newer := _edition_instead(request, context["course"], is_enrolled=is_enrolled):
        return redirect(newer.get_url(request))
    crumbs = selling.trail(context["course"], page)
    return _answer(request, page, context | {"is_enrolled": is_enrolled, "linked_data": [crumbs]})


def lesson_page(request: HttpRequest, page: LessonPage) -> HttpResponse:
    """The whole lesson for those who may read it; for everybody else what the lesson is about, and the way in."""
    context = page.get_context(request)
    if not context["course"].live or context["module"] is None:  # taken down with what it belongs to
        raise Http404
    study = learning.lesson_standing(learner=request.user, lesson=page)
    if newer := _edition_instead(request, context["course"], is_enrolled=study.is_enrolled):
        like = LessonPage.objects.live().descendant_of(newer).filter(slug=page.slug).first()
        return redirect((like or newer).get_url(request))
    beside = companion.context_of(request, page, study=study, course=context)
    is_open = beside["is_open"]
    finished = LessonProgress.objects.filter(learner=request.user.pk).exclude(completed_at=None)
    response = _answer(
        request,
        page,
        context
        | beside
        | {
            "study": study,
            "linked_data": [selling.trail(context["course"], context["module"], page)],
            "rating_form": _rating_form(study),
            "is_enrolled": study.is_enrolled,
            "is_open": is_open,
            **(_body(request, page) if is_open else {}),
            "done": set(finished.values_list("lesson_id", flat=True)) if study.is_enrolled else set(),
            "free_lesson": next((x for c in context["chapters"] for x in c.lessons if x.is_preview), None),
        },
    )
    if is_open and not page.is_preview:
        patch_cache_control(response, private=True, no_store=True)
    companion.mark(response, request.user, may_keep=is_open and study.is_enrolled)
    return response


def _rating_form(study: learning.LessonStanding) -> RatingForm | None:
    """Return the form of what a learner thinks of the lesson, filled as before; None if they never opened it."""
    if not study.row or not study.row.pk:
        return None
    said = study.rating
    return RatingForm(initial={"stars": said.stars, "comment": said.comment} if said else None)


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


def _edition_instead(request: HttpRequest, course: CoursePage, *, is_enrolled: bool) -> CoursePage | None:
    """Return where somebody who came for an older edition belongs. Source: docs/rules/editions.md, rule Z2."""
    if is_enrolled or media_access.works_in_back_office(request.user):
        return None
    return editions.newer_than(course)


def _is_enrolled(request: HttpRequest, course: CoursePage) -> bool:
    user = request.user
    return user.is_authenticated and Enrolment.objects.standing().of(user).filter(course=course).exists()
