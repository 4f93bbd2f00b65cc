"""A roster file: upload, progress, preview, confirm."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from certificates.staffing import companies, imports
from certificates.staffing.company_forms import ConfirmForm, UploadForm
from certificates.staffing.imports import KINDS
from certificates.staffing.models import Company, Member, RosterImport
from lms.errors import DomainError
from lms.http import UserRequest

MANAGER = Member.Role.MANAGER
IMPORTS_PER_PAGE = 20
SMALL_ROWS = 2000  # applied within the request


def import_list(request: UserRequest, pk: int) -> HttpResponse:
    """Show the rosters that were sent, and take another one."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["roster"]
        try:
            received = imports.receive(
                company=company, file_name=upload.name or "", content=upload.read(), by=request.user, now=timezone.now()
            )
        except DomainError as refusal:
            form.add_error("roster", str(refusal))
        else:
            return redirect("staffing:import_detail", pk=pk, import_pk=received.pk)
    rows = RosterImport.objects.of(company).defer("problems", "difference").select_related("uploaded_by")
    page = Paginator(rows.order_by("-uploaded_at", "-pk"), IMPORTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "company": company,
        "member": member,
        "form": form,
        "page_obj": page,
        "open_import": RosterImport.objects.of(company).open().first(),
    }
    return render(request, "staffing/import_list.html", context)


@require_safe
def import_detail(request: UserRequest, pk: int, import_pk: int) -> HttpResponse:
    """Show where a roster stands: being read, its mistakes, what it would change, being applied, done."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    return _detail(request, company, member, _import(company, import_pk), ConfirmForm())


def _import(company: Company, pk: int) -> RosterImport:
    return get_object_or_404(RosterImport.objects.of(company).select_related("company", "uploaded_by"), pk=pk)


def _detail(
    request: UserRequest, company: Company, member: Member, roster_import: RosterImport, form: ConfirmForm
) -> HttpResponse:
    difference = roster_import.difference
    people = difference.get("people", {})
    context = {
        "company": company,
        "member": member,
        "roster_import": roster_import,
        "form": form,
        "counts": [(title, difference["counts"][kind]) for kind, title in KINDS.items()] if difference else [],
        "same": difference["counts"]["same"] if difference else 0,
        "groups": [
            (title, people[kind], difference["counts"][kind]) for kind, title in KINDS.items() if people.get(kind)
        ],
        "done": imports.progress_of(roster_import),
        "is_working": roster_import.status in (RosterImport.Status.RECEIVED, RosterImport.Status.CONFIRMED),
    }
    if not request.htmx:
        return render(request, "staffing/import_detail.html", context)
    if context["is_working"]:
        return render(request, "staffing/_import_progress.html", context)
    return HttpResponseClientRefresh()  # done: the page is another one now


@require_POST
def import_confirm(request: UserRequest, pk: int, import_pk: int) -> HttpResponse:
    """Let a roster be applied as the preview showed it."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    roster_import = _import(company, import_pk)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _detail(request, company, member, roster_import, form)
    try:
        confirmed = imports.confirm(roster_import=roster_import, **form.cleaned_data, now=timezone.now())
        if confirmed.rows <= SMALL_ROWS:
            confirmed = imports.apply_now(roster_import=confirmed, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        if confirmed.status == RosterImport.Status.APPLIED:
            messages.success(request, "花名册已导入。")
            return redirect("staffing:company_detail", pk=pk)
        if confirmed.status == RosterImport.Status.READ:
            messages.warning(request, "预览之后花名册有变化，还没有导入。请核对新的比较，再确认一次。")
    return redirect("staffing:import_detail", pk=pk, import_pk=import_pk)


@require_POST
def import_discard(request: UserRequest, pk: int, import_pk: int) -> HttpResponse:
    """Give a roster up."""
    company, _ = companies.for_user(request.user, pk, role=MANAGER)
    try:
        imports.discard(roster_import=_import(company, import_pk), now=timezone.now())
        messages.success(request, "已放弃这份花名册，没有改动任何人员。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("staffing:import_list", pk=pk)
