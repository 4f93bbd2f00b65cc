"""课程包: a course out as one file, or in as a new draft; looked through first, made when somebody confirms."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets import Button
from wagtail.permissions import register_permission_policy

from courses import tasks
from courses.models import CoursePage, PackageJob
from courses.package import MAX_BYTES, jobs
from lms.errors import DomainError
from lms.http import UserRequest
from lms.policies import LookOnlyViewSet, ReadOnlyPolicy

NAMESPACE = "course_packages"
ADD, VIEW = "courses.add_packagejob", "courses.view_packagejob"
Status = PackageJob.Status

register_permission_policy(PackageJob, ReadOnlyPolicy(PackageJob))


class HandInForm(forms.Form):
    file = forms.FileField(label="课程包", help_text=f"“导出课程包”得到的 zip，最大 {MAX_BYTES // 1024 // 1024} MB。")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(str(jobs.TooBig()))
        return file


class ExportForm(forms.Form):
    course: "forms.ModelChoiceField[CoursePage]" = forms.ModelChoiceField(
        label="课程", queryset=CoursePage.objects.order_by("path"), empty_label=None
    )


@permission_required(ADD, raise_exception=True)
def hand_in(request: UserRequest) -> HttpResponse:
    """Take a package in and look through it."""
    form = HandInForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        job = jobs.hand_in(file=file, filename=file.name, person=request.user, now=timezone.now())
        _hurry(job)
        return redirect(f"{NAMESPACE}:inspect", job.pk)
    return render(request, "courses/admin/package_form.html", {"form": form, **_heading("导入课程包")})


@permission_required(ADD, raise_exception=True)
def export(request: UserRequest) -> HttpResponse:
    """Ask for a package of a course."""
    form = ExportForm(request.POST or None, initial={"course": request.GET.get("course")})
    if request.method == "POST" and form.is_valid():
        job = jobs.ask_export(course=form.cleaned_data["course"], person=request.user, now=timezone.now())
        _hurry(job)
        return redirect(f"{NAMESPACE}:inspect", job.pk)
    return render(request, "courses/admin/package_form.html", {"form": form, **_heading("导出课程包")})


@permission_required(ADD, raise_exception=True)
@require_POST
def decide(request: UserRequest, pk: int) -> HttpResponse:
    """Confirm an import that was looked through, or drop it."""
    job = get_object_or_404(PackageJob, pk=pk)
    try:
        if "drop" in request.POST:
            jobs.drop(job=job, now=timezone.now())
        else:
            _hurry(jobs.confirm(job=job))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{NAMESPACE}:inspect", pk)


@permission_required(VIEW, raise_exception=True)
@require_safe
def progress(request: UserRequest, pk: int) -> HttpResponse:
    """The part of a job's page that renews itself until it is done."""
    job = get_object_or_404(PackageJob.objects.select_related("course"), pk=pk)
    return render(request, "courses/admin/package_state.html", _state(request, job))


@permission_required(ADD, raise_exception=True)
@require_safe
def download(request: UserRequest, pk: int) -> FileResponse:
    """Send a finished export."""
    job = get_object_or_404(PackageJob.objects.exclude(file=""), pk=pk, kind=PackageJob.Kind.EXPORT)
    try:
        file = job.file.open("rb")
    except FileNotFoundError as fault:
        raise Http404 from fault
    return FileResponse(file, as_attachment=True, filename=job.filename, content_type="application/zip")


def _heading(title: str) -> dict[str, object]:
    index_url = reverse(f"{NAMESPACE}:index")
    crumbs = [
        {"url": reverse("wagtailadmin_home"), "label": "首页"},
        {"url": index_url, "label": "课程包"},
        {"url": "", "label": title},
    ]
    return {"header_title": title, "index_url": index_url, "breadcrumbs_items": crumbs}


def _hurry(job: PackageJob) -> None:
    """Do not wait for the sweep; where it fails, the sweep still comes."""
    transaction.on_commit(lambda: tasks.work_on_package.delay(job.pk), robust=True)


def _state(request: UserRequest, job: PackageJob) -> dict[str, object]:
    done, total = jobs.progress_of(job)
    return {
        "job": job,
        "is_working": job.status in {Status.WAITING, Status.CONFIRMED},
        "done": done,
        "total": total,
        "may_decide": job.status == Status.CHECKED and request.user.has_perm(ADD),
        "may_download": bool(job.kind == PackageJob.Kind.EXPORT and job.file and request.user.has_perm(ADD)),
    }


class IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[PackageJob]:
        return PackageJob.objects.select_related("asked_by", "course").defer("report")

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        more: list[Button] = super().header_more_buttons
        if self.request.user.has_perm(ADD):
            more.append(Button("导入课程包", url=reverse(f"{NAMESPACE}:hand_in"), icon_name="upload", priority=80))
            more.append(Button("导出课程包", url=reverse(f"{NAMESPACE}:export"), icon_name="download", priority=90))
        return more


class InspectView(generic.InspectView):
    page_title = "课程包"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | _state(self.request, self.object)


class PackageViewSet(LookOnlyViewSet):
    model = PackageJob
    name = url_prefix = NAMESPACE
    menu_label = "课程包"
    menu_order = 220
    add_to_admin_menu = True
    icon = "folder-inverse"
    index_view_class, inspect_view_class = IndexView, InspectView
    inspect_template_name = "courses/admin/package_inspect.html"
    inspect_view_fields = ["kind", "asked_by", "asked_at"]
    add_to_reference_index = False
    ordering = ["-pk"]
    list_per_page = 50
    list_display = [
        TitleColumn("filename", label="文件", url_name=f"{NAMESPACE}:inspect"),
        Column("kind", label="方向", accessor="get_kind_display"),
        Column("status", label="状态", accessor="get_status_display"),
        Column("course", label="课程", accessor="course"),
        "asked_by",
        "asked_at",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("hand-in/", hand_in, name="hand_in"),
            path("export/", export, name="export"),
            path("<pk:pk>/decide/", decide, name="decide"),
            path("<pk:pk>/progress/", progress, name="progress"),
            path("<pk:pk>/download/", download, name="download"),
        ]


viewset = PackageViewSet()
