"""简答评阅: the queue by question, one answer at a time without its author, and what two people see differently."""

import json
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_GET, require_POST
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet

from exams import marking
from exams.marking.giving import MAX_COMMENT
from exams.models import ItemVersion, Script
from exams.models.fields import PointsFormField
from exams.rich_text import rich_whole
from lms.errors import DomainError
from lms.http import UserRequest

NAMESPACE = "exam_marking"
MARK, RECONCILE = "exams.mark_script", "exams.reconcile_script"
PER_PAGE = 50


class MarkForm(forms.Form):
    """Points for each line of the rubric, remarks on places of the answer, and one on the whole."""

    comment = forms.CharField(
        label="评语",
        required=False,
        max_length=MAX_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="公布答案与解析的考试，考生会看到评语和每条得分。",
    )
    notes = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, version: ItemVersion) -> None:
        super().__init__(data)
        self.lines = []
        for place, row in enumerate(version.rubric):
            name = f"given_{place}"
            field = PointsFormField(
                label=f"{row['text']}（{row['points']} 分）",
                min_value=0,
                max_value=row["points"],
                step_size=Decimal("0.5"),
                error_messages={"required": "这一条还没有打分。"},
                widget=forms.NumberInput(attrs={"step": "0.5"}),
            )
            self.fields[name] = field
            self.lines.append(name)

    @property
    def rows(self) -> list[Any]:
        """The fields of the rubric, to print in order."""
        return [self[name] for name in self.lines]

    def clean_notes(self) -> list[marking.Note]:
        try:
            rows = json.loads(self.cleaned_data["notes"] or "[]")
            return [marking.Note(int(row["start"]), int(row["end"]), str(row["text"]).strip()) for row in rows]
        except (ValueError, TypeError, KeyError, RecursionError) as mistake:
            raise forms.ValidationError("没有读懂批注，请刷新页面重写。") from mistake

    @property
    def given(self) -> dict[str, Any]:
        """What the verbs take."""
        data = self.cleaned_data
        return {"given": [data[name] for name in self.lines], "comment": data["comment"], "notes": data["notes"]}


@require_GET
@permission_required(MARK, raise_exception=True)
def marking_list(request: UserRequest) -> HttpResponse:
    """The questions of which answers wait, and how far each is."""
    context = {
        "queues": marking.queues(marker=request.user, now=timezone.now()),
        "dispute_count": marking.disputes().count(),
        "remark_count": marking.remarks(marker=request.user).count(),
        "may_reconcile": request.user.has_perm(RECONCILE),
    }
    return render(request, "exams/admin/marking_list.html", context)


@require_POST
@permission_required(MARK, raise_exception=True)
def script_take(request: UserRequest, pk: int) -> HttpResponse:
    """Put the next answer to one question on the table."""
    version = get_object_or_404(ItemVersion, pk=pk)
    script = marking.take_next(version=version, marker=request.user, now=timezone.now())
    if script is None:
        messages.info(request, "这一题现在没有你能评的作答：评完了，在别人手上，或者你评过了。")
        return redirect(f"{NAMESPACE}:index")
    return redirect(f"{NAMESPACE}:script_mark", script.pk)


@permission_required(MARK, raise_exception=True)
def script_mark(request: UserRequest, pk: int) -> HttpResponse:
    """One answer, without its author and without what others gave it."""
    scripts = Script.objects.for_marker(request.user).free(request.user, timezone.now())
    script = scripts.select_related("version__item").filter(pk=pk).first()
    if script is None:
        messages.info(request, "这份作答已经评过，或在别人手上。请从队列里再取一份。")
        return redirect(f"{NAMESPACE}:index")
    form = MarkForm(request.POST or None, version=script.version)
    if form.is_valid():
        try:
            marking.give(script=script, marker=request.user, now=timezone.now(), **form.given)
        except marking.BadMark as refusal:
            form.add_error(None, str(refusal))
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect(f"{NAMESPACE}:index")
        else:
            messages.success(request, "已打分。")
            return script_take(request, script.version_id)
    queue = marking.queue_of(version=script.version, marker=request.user, now=timezone.now())
    return _script_page(request, script, form, title="评阅", queue=queue)


@require_GET
@permission_required(RECONCILE, raise_exception=True)
def dispute_list(request: UserRequest) -> HttpResponse:
    """The answers that two people see too differently."""
    page = Paginator(marking.disputes().prefetch_related("marks"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "exams/admin/dispute_list.html", {"page_obj": page})


@permission_required(RECONCILE, raise_exception=True)
def script_reconcile(request: UserRequest, pk: int) -> HttpResponse:
    """One of them, with what both gave and wrote."""
    script = marking.disputes().filter(pk=pk).first()
    if script is None:
        messages.info(request, "这份作答没有等待仲裁，或者已经仲裁过了。")
        return redirect(f"{NAMESPACE}:dispute_list")
    form = MarkForm(request.POST or None, version=script.version)
    if form.is_valid():
        try:
            marking.reconcile(script=script, person=request.user, now=timezone.now(), **form.given)
        except marking.BadMark as refusal:
            form.add_error(None, str(refusal))
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect(f"{NAMESPACE}:dispute_list")
        else:
            messages.success(request, "已仲裁，以你的打分为准。")
            return redirect(f"{NAMESPACE}:dispute_list")
    return _script_page(request, script, form, title="仲裁", marks=list(script.marks.all()))


@require_GET
@permission_required(MARK, raise_exception=True)
def remark_list(request: UserRequest) -> HttpResponse:
    """The answers that appeals have marked once more, as far as this person may."""
    page = Paginator(marking.remarks(marker=request.user), PER_PAGE).get_page(request.GET.get("p"))
    return render(request, "exams/admin/remark_list.html", {"page_obj": page})


@permission_required(MARK, raise_exception=True)
def script_remark(request: UserRequest, pk: int) -> HttpResponse:
    """One of them, without its author, the appeal, and what others gave it."""
    script = marking.remarks(marker=request.user).filter(pk=pk).first()
    if script is None:
        messages.info(request, str(marking.NotToRemark()))
        return redirect(f"{NAMESPACE}:remark_list")
    form = MarkForm(request.POST or None, version=script.version)
    if form.is_valid():
        try:
            marking.remark(script=script, marker=request.user, now=timezone.now(), **form.given)
        except marking.BadMark as refusal:
            form.add_error(None, str(refusal))
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect(f"{NAMESPACE}:remark_list")
        else:
            messages.success(request, "已重评。复核的人答复以后，以你的打分为准。")
            return redirect(f"{NAMESPACE}:remark_list")
    return _script_page(request, script, form, title="重评")


def _script_page(request: UserRequest, script: Script, form: MarkForm, *, title: str, **more: object) -> HttpResponse:
    case = script.version.item.case
    context = {
        "script": script,
        "form": form,
        "title": title,
        "problems": form.non_field_errors(),
        "material": rich_whole(case.current.stem) if case and case.current else "",
        "stem": rich_whole(script.version.stem),
        "model_answer": rich_whole(script.version.explanation),
        "index_url": reverse(f"{NAMESPACE}:index"),
        **more,
    }
    return render(request, "exams/admin/script_mark.html", context, status=422 if form.errors else 200)


class MarkingMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MARK)


class MarkingViewSet(ViewSet):
    name = NAMESPACE
    menu_label = "简答评阅"
    icon = menu_icon = "edit"
    menu_item_class = MarkingMenuItem

    @cached_property
    def menu_url(self) -> str:
        return reverse(f"{NAMESPACE}:index")

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", marking_list, name="index"),
            path("questions/<pk:pk>/next/", script_take, name="script_take"),
            path("scripts/<pk:pk>/", script_mark, name="script_mark"),
            path("disputes/", dispute_list, name="dispute_list"),
            path("disputes/<pk:pk>/", script_reconcile, name="script_reconcile"),
            path("remarks/", remark_list, name="remark_list"),
            path("remarks/<pk:pk>/", script_remark, name="script_remark"),
        ]
