"""Certificates of other issuers on a person's page."""

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from certificates.staffing import companies, externals
from certificates.staffing.models import ExternalCertificate, Member, Person
from certificates.staffing.person_forms import ExternalForm
from lms.errors import DomainError
from lms.http import UserRequest

MANAGER = Member.Role.MANAGER


def external_create(request: UserRequest, pk: int, person_pk: int) -> HttpResponse:
    """Hand in a certificate of another issuer."""
    company, member = companies.for_user(request.user, pk, role=MANAGER)
    person = get_object_or_404(Person.objects.of(company), pk=person_pk)
    form = ExternalForm(request.POST, request.FILES) if request.method == "POST" else ExternalForm()
    if request.method == "POST" and form.is_valid():
        scan = form.cleaned_data["scan"].read()
        try:
            externals.hand_in(person=person, facts=form.facts(), scan=scan, by=request.user, now=timezone.now())
        except DomainError as refusal:
            form.add_error("scan" if isinstance(refusal, externals.ScanRefused) else "number", str(refusal))
        else:
            messages.success(request, "已登记，等待工作人员核对。它单独列出，不计入已配人数。")
            return redirect("staffing:person_detail", pk=pk, person_pk=person_pk)
    context = {"company": company, "member": member, "person": person, "form": form}
    return render(request, "staffing/external_create.html", context)


@require_safe
def external_scan(request: UserRequest, pk: int, external_pk: int) -> HttpResponseBase:
    """Give the scan to the company's members."""
    company, _ = companies.for_user(request.user, pk)
    return scan_response(get_object_or_404(ExternalCertificate.objects.of(company), pk=external_pk))


def scan_response(external: ExternalCertificate) -> FileResponse:
    """Return the scan as a download, never to be run in our origin."""
    extension = external.scan.rpartition(".")[2]
    try:
        opened = default_storage.open(external.scan, "rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(
        opened,
        as_attachment=True,
        filename=f"certificate-{external.pk}.{extension}",
        content_type=externals.CONTENT_TYPES.get(extension, "application/octet-stream"),
    )


@require_POST
def external_delete(request: UserRequest, pk: int, external_pk: int) -> HttpResponse:
    """Delete the certificate and its scan."""
    company, _ = companies.for_user(request.user, pk, role=MANAGER)
    external = get_object_or_404(ExternalCertificate.objects.of(company), pk=external_pk)
    externals.delete(external=external)
    messages.success(request, "已删除。")
    return redirect("staffing:person_detail", pk=pk, person_pk=external.person_id)
