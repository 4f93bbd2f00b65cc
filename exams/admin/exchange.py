"""题库导入导出: a file is looked through first, shown with every mistake, and stored when somebody confirms."""

from io import BytesIO
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets import Button

from courses.syllabus import MODULE_CHOICES
from exams import exchange, tasks
from exams.admin.windows import minute
from exams.models import Item, ItemImport
from lms.errors import DomainError
from lms.http import UserRequest
from lms.policies import LookOnlyViewSet

NAMESPACE = "exam_imports"
ADD, VIEW = "exams.add_item", "exams.view_item"
ANY = [("", "全部")]
AUTOMATIC = [("", "自动识别")]


class UploadForm(forms.Form):
    file = forms.FileField(
        label="文件",
        help_text=f"Excel（用模板）、GIFT、Aiken、Moodle XML、QTI，最大 {exchange.MAX_BYTES // 1024 // 1024} MB。",
    )
    file_format = forms.ChoiceField(label="格式", choices=[*AUTOMATIC, *ItemImport.Format.choices], required=False)
    module = forms.ChoiceField(
        label="默认模块", choices=[("", "不设"), *MODULE_CHOICES], required=False, help_text="文件没有写模块的题用它。"
    )
    pool = forms.ChoiceField(label="默认题池", choices=Item.Pool.choices, initial=Item.Pool.PRACTICE)
    point = forms.CharField(label="默认知识点", max_length=50, required=False)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > exchange.MAX_BYTES:
            raise forms.ValidationError(str(exchange.TooBig()))
        return file


class ExportForm(forms.Form):
    target = forms.ChoiceField(label="格式", choices=[(key, one.name) for key, one in exchange.TARGETS.items()])
    module = forms.ChoiceField(label="模块", choices=[*ANY, *MODULE_CHOICES], required=False)
    pool = forms.ChoiceField(label="题池", choices=[*ANY, *Item.Pool.choices], required=False)
    status = forms.ChoiceField(label="状态", choices=[*ANY, *Item.Status.choices], required=False)


@permission_required(ADD, raise_exception=True)
def upload(request: UserRequest) -> HttpResponse:
    """Take a file in and look through it."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        defaults = exchange.Defaults(module=data["module"], pool=data["pool"], point=data["point"])
        job = exchange.upload(
            content=data["file"].read(),
            filename=data["file"].name,
            file_format=data["file_format"],
            defaults=defaults,
            person=request.user,
            now=timezone.now(),
        )
        _hurry(job)
        return redirect(f"{NAMESPACE}:inspect", job.pk)
    return render(request, "exams/admin/import_upload.html", {"form": form, **_heading("导入试题")})


@permission_required(ADD, raise_exception=True)
@require_POST
def decide(request: UserRequest, pk: int) -> HttpResponse:
    """Confirm an import that was looked through, or drop it."""
    job = get_object_or_404(ItemImport.objects.defer("content"), pk=pk)
    try:
        if "drop" in request.POST:
            exchange.drop(job=job, now=timezone.now())
        else:
            _hurry(exchange.confirm(job=job))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{NAMESPACE}:inspect", pk)


@permission_required(VIEW, raise_exception=True)
@require_safe
def progress(request: UserRequest, pk: int) -> HttpResponse:
    """The part of an import's page that renews itself until it is done."""
    job = get_object_or_404(ItemImport.objects.defer("content"), pk=pk)
    return render(request, "exams/admin/import_state.html", _state(request, job))


@permission_required(VIEW, raise_exception=True)
@require_safe
def template(request: UserRequest) -> FileResponse:
    """Our Excel table with checked cells and samples."""
    return _file(exchange.template(), "题库导入模板.xlsx", exchange.TARGETS["xlsx"].content_type)


@permission_required(VIEW, raise_exception=True)
@require_safe
def export(request: UserRequest) -> HttpResponse | FileResponse:
    """Choose what to export; with a format chosen, the file."""
    form = ExportForm(request.GET or None)
    if form.is_valid():
        data = form.cleaned_data
        target = exchange.TARGETS[data.pop("target")]
        items = Item.objects.filter(**{name: value for name, value in data.items() if value})
        content = exchange.export(items, target=form.data["target"])
        return _file(content, f"题库-{timezone.localdate():%Y-%m-%d}.{target.suffix}", target.content_type)
    return render(request, "exams/admin/export.html", {"form": form, **_heading("导出试题")})


def _file(content: bytes, name: str, content_type: str) -> FileResponse:
    return FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type=content_type)


def _heading(title: str) -> dict[str, object]:
    index_url = reverse(f"{NAMESPACE}:index")
    crumbs = [
        {"url": reverse("wagtailadmin_home"), "label": "首页"},
        {"url": index_url, "label": "导入 / 导出"},
        {"url": "", "label": title},
    ]
    return {"header_title": title, "index_url": index_url, "breadcrumbs_items": crumbs}


def _hurry(job: ItemImport) -> None:
    """Do not wait for the sweep; where it fails, the sweep still comes."""
    transaction.on_commit(lambda: tasks.work_on_import.delay(job.pk), robust=True)


def _state(request: UserRequest, job: ItemImport) -> dict[str, object]:
    done, total = exchange.progress_of(job)
    return {
        "job": job,
        "is_working": job.status in {ItemImport.Status.UPLOADED, ItemImport.Status.CONFIRMED},
        "done": done,
        "total": total,
        "may_decide": job.status == ItemImport.Status.CHECKED and request.user.has_perm(ADD),
    }


class IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[ItemImport]:
        return ItemImport.objects.select_related("uploaded_by").defer("content", "report")

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        more: list[Button] = super().header_more_buttons
        if self.request.user.has_perm(ADD):
            more.append(Button("导入", url=reverse(f"{NAMESPACE}:upload"), icon_name="upload", priority=80))
        more.append(Button("导出", url=reverse(f"{NAMESPACE}:export"), icon_name="download", priority=90))
        more.append(Button("下载模板", url=reverse(f"{NAMESPACE}:template"), icon_name="table", priority=95))
        return more


class InspectView(generic.InspectView):
    page_title = "试题导入"

    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        if field_name == "uploaded_at":
            return minute(self.object.uploaded_at)
        return super().get_field_display_value(field_name, field) or "—"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | _state(self.request, self.object)


class ImportViewSet(LookOnlyViewSet):
    model = ItemImport
    name = url_prefix = NAMESPACE
    menu_label = "导入 / 导出"
    icon = "upload"
    index_view_class, inspect_view_class = IndexView, InspectView
    inspect_template_name = "exams/admin/import_inspect.html"
    inspect_view_fields = ["file_format", "module", "pool", "uploaded_by", "uploaded_at"]
    add_to_reference_index = False
    ordering = ["-pk"]
    list_per_page = 50
    list_display = [
        TitleColumn("filename", label="文件", url_name=f"{NAMESPACE}:inspect"),
        Column("file_format", label="格式", accessor="get_file_format_display"),
        Column("status", label="状态", accessor="get_status_display"),
        "uploaded_by",
        "uploaded_at",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("upload/", upload, name="upload"),
            path("template/", template, name="template"),
            path("export/", export, name="export"),
            path("<pk:pk>/decide/", decide, name="decide"),
            path("<pk:pk>/progress/", progress, name="progress"),
        ]
