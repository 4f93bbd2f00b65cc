"""学时证明: the learner's own, and the look-up for everybody."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certificates import keys, proof_printing, study_proofs
from certificates.models import StudyProof
from certificates.proof_forms import ProofForm, ProofVerifyForm
from certificates.views.limits import asks_too_often
from certificates.views.public import LOOK_UPS_PER_MINUTE, NOT_FOUND, TOO_MANY
from lms.errors import DomainError
from lms.http import UserRequest
from lms.users.models import Identity

PER_PAGE = 10


@require_http_methods(["GET", "HEAD", "POST"])
def study_proof_list(request: UserRequest) -> HttpResponse:
    """Show my 学时证明; make one."""
    today = timezone.localdate()
    form = ProofForm(request.POST if request.method == "POST" else None, learner=request.user, today=today)
    if form.is_valid():
        try:
            made = study_proofs.make(learner=request.user, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"学时证明 {made.reference} 已开具，可以下载。")
            return redirect("certificates:study_proof_list")
    mine = StudyProof.objects.of(request.user).order_by("-made_at", "-pk")
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "form": form,
        "page_obj": page,
        "proofs": [(proof, proof_printing.hours_text(proof.seconds)) for proof in page],
        "has_courses": form.has_courses,
        "needs_identity": not Identity.objects.filter(user=request.user).exists(),
        "is_demo": keys.is_demo(),
    }
    return render(request, "certificates/study_proof_list.html", context)


@require_safe
def study_proof_pdf(request: UserRequest, pk: int) -> HttpResponse:
    """Send the signed PDF to its learner."""
    proof = get_object_or_404(StudyProof.objects.of(request.user), pk=pk)
    response = HttpResponse(study_proofs.signed_pdf(proof), content_type="application/pdf")
    name = f"学时证明-{proof.reference}.pdf"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    return response


@login_not_required
@require_safe
@never_cache
def study_proof_verify(request: HttpRequest) -> HttpResponse:
    """Look up a proof by number and name; the QR code brings the number alone."""
    asked = request.GET.get("number", "")
    if "name" not in request.GET:
        return _answer(request, ProofVerifyForm(initial={"number": asked[:40]}), is_prefilled=bool(asked))
    form = ProofVerifyForm(request.GET)
    if not form.is_valid():
        return _answer(request, form, status=HTTPStatus.BAD_REQUEST)
    if asks_too_often(request, kind="look-ups", per_minute=LOOK_UPS_PER_MINUTE):
        response = _answer(request, form, refusal=TOO_MANY, status=HTTPStatus.TOO_MANY_REQUESTS)
        response["Retry-After"] = "60"
        return response
    facts = study_proofs.look_up(reference=form.cleaned_data["number"], name=form.cleaned_data["name"])
    if facts is None:
        return _answer(request, form, refusal=NOT_FOUND.replace("证书", "学时证明").replace("发证机构", "开具机构"))
    return _answer(request, ProofVerifyForm(), facts=facts)


def _answer(
    request: HttpRequest, form: ProofVerifyForm, *, status: HTTPStatus = HTTPStatus.OK, **said: Any
) -> HttpResponse:
    context = {"form": form, "is_demo": keys.is_demo(), "notice": proof_printing.NOTICE, **said}
    return render(request, "certificates/study_proof_verify.html", context, status=status)
