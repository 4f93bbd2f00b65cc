"""Where Wagtail meets this app: who gets which view of a page, who gets a document, what the back office lists."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.models import Page
from wagtail.snippets.models import register_snippet

from courses import media_access
from courses.admin import enrolments, glossary, questions, seats
from courses.admin.pages import lesson_listing
from courses.models import CourseDocument
from courses.views import pages

Serve = Callable[[Page, HttpRequest, list[Any], dict[str, Any]], HttpResponse]


register_snippet(glossary.GlossaryViewSet)


@hooks.register("on_serve_page", order=100)  # innermost: Wagtail's own checks come first
def serve_catalogue(serve: Serve) -> Serve:
    """Serve the catalogue's pages by our views; a page without one is served by Wagtail."""

    def inner(page: Page, request: HttpRequest, args: list[Any], kwargs: dict[str, Any]) -> HttpResponse:
        view = pages.VIEWS.get(type(page))
        return view(request, page) if view else serve(page, request, args, kwargs)

    return inner


@hooks.register("before_serve_document")
def protect_document(document: CourseDocument, request: HttpRequest) -> None:
    """Hide a paid document from people who are not enrolled, as if it did not exist."""
    if not media_access.may_fetch(user=request.user, file=document):
        raise Http404


@hooks.register("register_admin_viewset")
def list_lessons() -> Any:
    return lesson_listing


@hooks.register("register_admin_viewset")
def list_enrolments() -> Any:
    return enrolments.viewset


@hooks.register("register_admin_viewset")
def list_seats() -> Any:
    return seats.viewset


@hooks.register("register_admin_viewset")
def list_questions() -> Any:
    return questions.viewset


@hooks.register("register_admin_urls")
def register_question_pages() -> list[URLPattern]:
    return [path("questions/act/<slug:name>/<pk:pk>/", questions.questions_act, name="questions_act")]


@hooks.register("register_admin_urls")
def register_seat_pages() -> list[URLPattern]:
    return [path("seats/act/<slug:name>/<pk:pk>/", seats.seats_act, name="seats_act")]
