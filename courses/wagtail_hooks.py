"""Where Wagtail meets this app: who gets which view of a page, who gets a document, what the back office lists."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.models import Page
from wagtail.snippets.models import register_snippet

from courses import media_access
from courses.admin import editions, enrolments, glossary, packages, publishing, questions, reports, seats, study
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


@hooks.register("register_admin_urls")
def register_publishing_report() -> list[URLPattern]:
    return [path("reports/publishing/", publishing.publishing_report, name="publishing_report")]


@hooks.register("register_reports_menu_item")
def list_publishing_report() -> MenuItem:
    return MenuItem("发布检查", reverse("publishing_report"), name="publishing", icon_name="glasses", order=100)


@hooks.register("after_create_page")
@hooks.register("after_edit_page")
def say_findings(request: HttpRequest, page: Page) -> None:
    publishing.say(request, page)


@hooks.register("before_bulk_action")
def refuse_bulk_publication(request: HttpRequest, kind: str, objects: list[Page], action: Any) -> HttpResponse | None:
    return publishing.refuse_bulk(request, kind, objects, action)


@hooks.register("register_admin_urls")
def register_edition_pages() -> list[URLPattern]:
    return [path("editions/<pk:pk>/begin/", editions.edition_begin, name="edition_begin")]


hooks.register("register_page_header_buttons", editions.edition_buttons)


@hooks.register("before_create_page")
def keep_structure_from_additions(request: HttpRequest, parent: Page, _kind: type[Page]) -> HttpResponse | None:
    return editions.refuse_to_add(request, parent)


@hooks.register("before_move_page")
def keep_structure_from_moves(request: HttpRequest, page: Page, destination: Page) -> HttpResponse | None:
    return editions.refuse_to_restructure(request, page) or editions.refuse_to_add(request, destination)


@hooks.register("before_publish_page")
def keep_structure_from_publishing(request: HttpRequest, page: Page) -> HttpResponse | None:
    return editions.refuse_to_publish(request, page)


@hooks.register("before_delete_page")
@hooks.register("before_unpublish_page")
def keep_structure_from_losses(request: HttpRequest, page: Page) -> HttpResponse | None:
    return editions.refuse_to_restructure(request, page)


@hooks.register("before_bulk_action")
def keep_structure_in_bulk(
    request: HttpRequest, action: str, objects: Iterable[Any], _view: object
) -> HttpResponse | None:
    return editions.refuse_in_bulk(request, action, objects)


@hooks.register("register_admin_viewset")
def list_study() -> list[Any]:
    return [study.appeal_viewset, study.interval_viewset]


@hooks.register("register_admin_urls")
def register_study_pages() -> list[URLPattern]:
    return [
        path("study-appeals/<pk:pk>/decide/", study.study_appeal_decide, name="study_appeal_decide"),
        path("reports/study/<slug:slug>/", reports.study_report, name="study_report"),
    ]


class StudyReportItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm(reports.SEE))


@hooks.register("register_reports_menu_item")
def list_study_reports() -> StudyReportItem:
    address = reverse("study_report", args=["enrolments"])
    return StudyReportItem("教务报表", address, icon_name="clipboard-list", order=100)


@hooks.register("register_admin_viewset")
def list_packages() -> Any:
    return packages.viewset


@hooks.register("before_delete_page")
def keep_studied_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    return study.keep_studied_pages(request, [page])


@hooks.register("before_bulk_action")
def keep_studied_pages(
    request: HttpRequest, action_type: str, objects: list[Any], action_class_instance: Any
) -> HttpResponse | None:
    pages = [found for found in objects if isinstance(found, Page)] if action_type == "delete" else []
    return study.keep_studied_pages(request, pages)
