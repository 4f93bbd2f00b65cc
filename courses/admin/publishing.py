"""The publishing checks in the back office: after saving, before a bulk action, as a report."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_safe
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from courses import publishing
from courses.models import LessonPage
from lms.http import UserRequest

LESSONS_A_PAGE = 50
REMEMBERED_SECONDS = 600  # links may break without a new draft
EDITING = {"add", "change", "publish"}


@require_safe
def publishing_report(request: UserRequest) -> HttpResponse:
    """List the lessons whose latest draft has faults, of the pages that one may edit."""
    mine = PagePermissionPolicy().instances_user_has_any_permission_for(request.user, EDITING)
    lessons = LessonPage.objects.filter(pk__in=mine.values("pk")).order_by("path").defer("body")
    found = findings_by_lesson(lessons)
    rows = [(lesson, found[lesson.pk]) for lesson in lessons if found[lesson.pk]]
    page = Paginator(rows, LESSONS_A_PAGE).get_page(request.GET.get("page"))
    names = dict(
        Page.objects.filter(path__in={lesson.path[: -Page.steplen] for lesson, _ in page}).values_list("path", "title")
    )
    context = {
        "page_obj": page,
        "rows": [(lesson, names.get(lesson.path[: -Page.steplen], ""), faults) for lesson, faults in page],
        "lessons": len(found),
        "stopped": sum(any(fault.stops for fault in faults) for _, faults in rows),
        "header_title": "发布检查",
        "header_icon": "glasses",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": "", "label": "发布检查"},
        ],
    }
    return render(request, "courses/admin/publishing_report.html", context)


def findings_by_lesson(lessons: Iterable[LessonPage]) -> dict[int, list[publishing.Finding]]:
    """Check the latest draft of each lesson; what was checked in the last minutes is not read again."""
    keys = {f"findings:{lesson.pk}:{lesson.latest_revision_id}:{lesson.is_preview}": lesson for lesson in lessons}
    known: dict[str, list[publishing.Finding]] = cache.get_many(keys)
    fresh = {key: keys[key] for key in keys if key not in known}
    whole = LessonPage.objects.select_related("latest_revision").in_bulk([lesson.pk for lesson in fresh.values()])
    for key, lesson in fresh.items():
        draft = whole[lesson.pk].get_latest_revision_as_object()
        known[key] = publishing.findings(draft)
    cache.set_many({key: known[key] for key in fresh}, REMEMBERED_SECONDS)
    return {lesson.pk: known[key] for key, lesson in keys.items()}


def say(request: HttpRequest, page: Page) -> None:
    """After saving: how many faults there are, and the first of them."""
    if not isinstance(page, LessonPage) or not request.accepts("text/html"):  # saving by itself says nothing
        return
    found = publishing.findings(page.get_latest_revision_as_object())
    if not found:
        return
    stopping = sum(one.stops for one in found)
    lead = f"发布检查：{len(found)} 处要看" + (
        f"，其中 {stopping} 处不改就不能送审和发布。" if stopping else "，都是提醒。"
    )
    items = format_html_join("", "<li>{}</li>", [(str(one),) for one in found[:5]])
    messages.warning(request, format_html("{}<ul>{}</ul>右侧“检查”里有全部。", lead, items))


def refuse_bulk(request: HttpRequest, action_type: str, objects: list[Page], action: Any) -> HttpResponse | None:
    """Keep a bulk publication from passing by the checks of the form."""
    if action_type != "publish":
        return None
    paths = [page.path for page in objects]
    lessons = LessonPage.objects.filter(path__in=paths)
    if action.cleaned_form.cleaned_data.get("include_descendants"):
        for path in paths:
            lessons = lessons | LessonPage.objects.filter(path__startswith=path, live=False)
    stopped = [
        lesson
        for lesson in lessons.select_related("latest_revision")
        if publishing.stopping(lesson.get_latest_revision_as_object())
    ]
    if not stopped:
        return None
    names = "、".join(lesson.title for lesson in stopped[:5])
    messages.error(request, f"没有发布任何页面：{len(stopped)} 课有必须先改的地方（{names}）。下面列出了每一处。")
    return redirect("publishing_report")
