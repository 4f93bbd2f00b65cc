"""Editions in the back office: begin the next one; keep the structure of one that people study. Rules Z4 and Z5."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from wagtail.admin.widgets import Button
from wagtail.models import Page

from courses import editions
from courses.models import CoursePage, LessonPage, ModulePage
from lms.errors import DomainError
from lms.users.models import User

RESTRUCTURING = {"delete", "move", "unpublish", "publish"}
SETTLED = (
    "这一版有人在学，增减、移动、撤下课会改变他们要学的内容，所以没有执行。改文字不受影响，可以照常改。"
    "要改结构，请在课程页的菜单里选“开新版次”，在新版次里改；确实要动这一版，先在课程的“版次”里勾选“在学期间也可以增减课”。"
)


class EditionForm(forms.Form):
    slug = forms.SlugField(
        label="新版次的网址名", max_length=80, help_text="课程页地址的最后一段，如 after-sales-manager-2；以后不能改。"
    )


def edition_begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the address of the next edition, and copy the course to it."""
    course = get_object_or_404(CoursePage, pk=pk)
    user: Any = request.user
    if not _may_begin(user, course):
        raise PermissionDenied
    initial = {"slug": f"{course.slug}-{course.edition + 1}"}
    form = EditionForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            new = editions.begin(course=course, slug=form.cleaned_data["slug"], by=user)
        except DomainError as refusal:
            form.add_error("slug", str(refusal))
        else:
            messages.success(
                request, f"{new.edition_name}已建好，全部是草稿。改好后连同下级页面一起发布；别忘了为它设考试。"
            )
            return redirect("wagtailadmin_explore", new.pk)
    context = {
        "form": form,
        "course": course,
        "page_title": "开新版次",
        "page_subtitle": course.title,
        "header_icon": "copy",
        "counts": {
            "modules": ModulePage.objects.descendant_of(course).count(),
            "lessons": LessonPage.objects.descendant_of(course).count(),
        },
    }
    return render(request, "courses/admin/edition_begin.html", context)


def edition_buttons(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Offer the next edition in a course's menu."""
    if page.specific_class is CoursePage and page.live and _may_begin(user, page):
        yield Button("开新版次", reverse("edition_begin", args=[page.pk]), icon_name="copy", priority=35)


def refuse_to_restructure(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Refuse to move, take down or delete a part of a settled edition."""
    if page.specific_class not in (ModulePage, LessonPage) or not page.live or not editions.is_settled(page):
        return None
    messages.error(request, SETTLED)
    return redirect("wagtailadmin_explore", page.get_parent().pk)


def refuse_to_add(request: HttpRequest, parent: Page) -> HttpResponse | None:
    """Refuse a new module or lesson in a settled edition."""
    if not editions.is_settled(parent):
        return None
    messages.error(request, SETTLED)
    return redirect("wagtailadmin_explore", parent.pk)


def refuse_to_publish(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Refuse to publish a module or lesson for the first time in a settled edition: it came there by a copy."""
    if page.specific_class not in (ModulePage, LessonPage) or page.live or not editions.is_settled(page):
        return None
    messages.error(request, SETTLED)
    return redirect("wagtailadmin_pages:edit", page.pk)


def refuse_in_bulk(request: HttpRequest, action: str, pages: Iterable[Any]) -> HttpResponse | None:
    """Refuse an action on many pages if one of them is a part of a settled edition that it would change."""
    if action not in RESTRUCTURING:
        return None
    parts = [page for page in pages if isinstance(page, Page) and page.specific_class in (ModulePage, LessonPage)]
    if not any((page.live != (action == "publish")) and editions.is_settled(page) for page in parts):
        return None
    messages.error(request, SETTLED)
    return redirect("wagtailadmin_explore", parts[0].get_parent().pk)


def _may_begin(user: Any, course: Page) -> bool:
    return isinstance(user, User) and course.permissions_for_user(user).can_copy_to(course.get_parent(), recursive=True)
