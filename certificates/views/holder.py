"""A holder's own certificates: look, download, share, publish more or less, ask for a correction, appeal, withdraw."""

import hashlib
import json

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import model_to_dict
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certificates import credentials, documents, keys, lifecycle, logbook, numbering, petitions, sharing
from certificates.forms import AppealForm, CorrectionForm, PublicChoiceForm, WithdrawForm
from certificates.models import Certificate, Petition, PublicChoice
from exams.models import Attempt
from lms.errors import DomainError
from lms.http import UserRequest
from lms.users.models import Identity

PER_PAGE = 10


@require_safe
def certificate_list(request: UserRequest) -> HttpResponse:
    """Show my certificates, and say why one is still missing."""
    mine = Certificate.objects.of(request.user).prefetch_related("changes").order_by("-issued_at", "-pk")
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    is_waiting = Attempt.objects.of(request.user).passed().filter(certificate=None).exists()
    context = {
        "page_obj": page,
        "cards": [(certificate, certificate.state_on(today)) for certificate in page],
        "is_waiting": is_waiting,
        "needs_identity": is_waiting and not Identity.objects.filter(user=request.user).exists(),
        "needs_approval": settings.CERTIFICATE_APPROVAL,
    }
    return render(request, "certificates/certificate_list.html", context)


@require_safe
def certificate_detail(request: UserRequest, number: str) -> HttpResponse:
    """Show one of my certificates with all that I can do about it."""
    certificate = _mine(request, number)
    state = certificate.state_on(timezone.localdate())
    link = certificate.share_links.standing().first()
    choice = PublicChoice.objects.filter(certificate=certificate).first()
    context = {
        "certificate": certificate,
        "state": state,
        "changes": certificate.changes.all(),
        "later": Certificate.objects.filter(predecessor=certificate).first(),
        "link": link,
        "share_url": request.build_absolute_uri(reverse("certificates:shared", args=[link.token])) if link else "",
        "badge_url": request.build_absolute_uri(reverse("certificates:badge", args=[link.token])) if link else "",
        "choice_form": PublicChoiceForm(initial=model_to_dict(choice) if choice else None),
        "petitions": certificate.petitions.order_by("-pk").prefetch_related("steps")[:PER_PAGE],
        "may_correct": state == Certificate.State.VALID,
        "may_appeal": certificate.status in petitions.APPEALABLE,
        "may_withdraw": certificate.status in lifecycle.STANDING,
        "is_demo": keys.is_demo(),
    }
    return render(request, "certificates/certificate_detail.html", context)


@require_safe
def certificate_pdf(request: UserRequest, number: str) -> HttpResponse:
    """Send the signed PDF to its holder, to keep or (`?inline=1`) to print; the same file again costs only a 304."""
    certificate = _mine(request, number)
    try:
        content = documents.signed_pdf(certificate=certificate, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("certificates:certificate_list")
    response = HttpResponse(content, content_type="application/pdf")
    filename = f"{certificate.title}-{certificate.number}.pdf"
    is_attachment = "inline" not in request.GET
    response["Content-Disposition"] = content_disposition_header(is_attachment, filename) or "inline"
    response["Cache-Control"] = "private, no-cache"  # ask again each time: it may have been revoked
    response["ETag"] = f'"{hashlib.sha256(content).hexdigest()}"'
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


@require_safe
def certificate_credential(request: UserRequest, number: str) -> HttpResponse:
    """Send the digital credential (Open Badges 3.0) to its holder, in any state: its status list tells the state."""
    certificate = _mine(request, number)
    token = credentials.credential_jwt(certificate=certificate, now=timezone.now())
    return _download(token, f"{certificate.number}.jwt", "application/vc+jwt")


@require_safe
def certificate_proof(request: UserRequest, number: str) -> HttpResponse:
    """Send what proves the certificate's history in the transparency log, to check without us."""
    certificate = _mine(request, number)
    try:
        bundle = logbook.bundle(certificate=certificate, now=timezone.now())
    except logbook.NoSuchProof as refusal:
        messages.error(request, str(refusal))
        return redirect("certificates:certificate_detail", certificate.number)
    text = json.dumps(bundle, ensure_ascii=False, indent=1)
    return _download(text, f"{certificate.number}-log.json", "application/json")


@require_POST
def share(request: UserRequest, number: str) -> HttpResponse:
    """Make the link that shows this certificate."""
    certificate = _mine(request, number)
    sharing.share(certificate=certificate, now=timezone.now())
    messages.success(request, "分享链接已生成。得到链接的人不用输入姓名就能看到证书，你可以随时收回。")
    return redirect("certificates:certificate_detail", certificate.number)


@require_POST
def unshare(request: UserRequest, number: str) -> HttpResponse:
    """Withdraw the link."""
    certificate = _mine(request, number)
    sharing.withdraw(certificate=certificate, now=timezone.now())
    messages.success(request, "分享链接已收回，打开它的人只会看到“已收回”。")
    return redirect("certificates:certificate_detail", certificate.number)


@require_POST
def choose_public(request: UserRequest, number: str) -> HttpResponse:
    """Store what the look-up may show."""
    certificate = _mine(request, number)
    form = PublicChoiceForm(request.POST)
    form.full_clean()  # two boxes: nothing can be wrong with them
    sharing.choose(certificate=certificate, now=timezone.now(), **form.cleaned_data)
    messages.success(request, "公开内容已保存，立即生效。")
    return redirect("certificates:certificate_detail", certificate.number)


@require_http_methods(["GET", "HEAD", "POST"])
def petition(request: UserRequest, number: str, kind: str) -> HttpResponse:
    """File a correction of the name or an appeal."""
    certificate, chosen = _mine(request, number), Petition.Kind[kind]
    form = (CorrectionForm if chosen == Petition.Kind.CORRECTION else AppealForm)(request.POST or None)
    if form.is_valid():
        try:
            petitions.file(certificate=certificate, kind=chosen, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "已收到，处理结果会显示在这里。")
            return redirect("certificates:certificate_detail", certificate.number)
    context = {"certificate": certificate, "form": form, "kind": chosen}
    return render(request, "certificates/petition.html", context)


@require_POST
def petition_cancel(request: UserRequest, pk: int) -> HttpResponse:
    """Take my petition back."""
    found = get_object_or_404(Petition.objects.of(request.user).select_related("certificate"), pk=pk)
    try:
        petitions.cancel(petition=found, person=request.user, now=timezone.now())
    except petitions.PetitionClosed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "申请已撤回。")
    return redirect("certificates:certificate_detail", found.certificate.number)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: UserRequest, number: str) -> HttpResponse:
    """End my own certificate for ever, after I have typed its number."""
    certificate = _mine(request, number)
    form = WithdrawForm(request.POST or None, number=certificate.number)
    if form.is_valid():
        reason = "持证人本人申请注销"
        try:
            lifecycle.withdraw(certificate=certificate, reason=reason, person=request.user, now=timezone.now())
        except lifecycle.StatusRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "证书已注销。核验页会如实显示“注销”。")
        return redirect("certificates:certificate_detail", certificate.number)
    return render(request, "certificates/withdraw.html", {"certificate": certificate, "form": form})


def _mine(request: UserRequest, number: str) -> Certificate:
    return get_object_or_404(Certificate.objects.of(request.user), number=numbering.parse(number))


def _download(text: str, filename: str, content_type: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{content_type}; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename)
    response["Cache-Control"] = "private, no-store"
    return response
