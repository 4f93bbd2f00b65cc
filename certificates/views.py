"""A holder's own certificates, and the public look-up."""

import hashlib
import ipaddress
from dataclasses import asdict, fields
from http import HTTPStatus

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from certificates import numbering, register, rendering
from certificates.forms import VerifyForm
from certificates.models import Certificate
from exams.models import Attempt
from lms.http import UserRequest
from lms.users.models import Identity

PER_PAGE = 10
LOOK_UPS_PER_MINUTE = 20  # from one address: docs/rules/certificates.md, rule N9
TOO_MANY = f"查询太频繁：同一网络每分钟最多查询 {LOOK_UPS_PER_MINUTE} 次。请一分钟后再试。"
NOT_FOUND = "没有查到编号与姓名同时相符的证书。请对照证书逐字核对；核对无误仍查不到的，请联系发证机构。"
MESSAGES = {
    "VALID": "证书有效。",
    "SUSPENDED": "证书已暂停，恢复之前不应采信。",
    "REVOKED": "证书已被撤销，不再有效。",
    "WITHDRAWN": "证书已应持证人要求注销，不再有效。",
    "EXPIRED": "证书已过有效期，不再有效。",
}
INCOMPLETE = "请同时提供证书编号（number）和持证人姓名（name），各不超过 60 和 50 个字。"


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
    }
    return render(request, "certificates/certificate_list.html", context)


@require_safe
def certificate_pdf(request: UserRequest, number: str) -> HttpResponse:
    """Send the PDF to its holder; the same file again costs only a 304."""
    certificate = get_object_or_404(Certificate.objects.of(request.user), number=numbering.parse(number))
    try:
        content = rendering.pdf(certificate=certificate, today=timezone.localdate())
    except (rendering.NotInForce, rendering.CharacterMissing) as refusal:
        messages.error(request, str(refusal))
        return redirect("certificates:certificate_list")
    response = HttpResponse(content, content_type="application/pdf")
    filename = f"{certificate.title}-{certificate.number}.pdf"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename)
    response["Cache-Control"] = "private, no-cache"  # ask again each time: it may have been revoked
    response["ETag"] = f'"{hashlib.sha256(content).hexdigest()}"'
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


@login_not_required
@require_safe
@never_cache
@vary_on_headers("Accept")
def verify(request: HttpRequest, number: str = "") -> HttpResponse:
    """Look up a certificate by number and name, as a page or as JSON; the QR code brings the number alone."""
    asked = request.GET.get("number", number)
    if "name" not in request.GET and not _wants_json(request):
        form = VerifyForm(initial={"number": numbering.parse(asked) or asked[:60]})
        return render(request, "certificates/verify.html", {"form": form, "is_prefilled": bool(asked)})
    form = VerifyForm({"number": asked, "name": request.GET.get("name", "")})
    if not form.is_valid():
        return _answer(request, form, message=INCOMPLETE, status=HTTPStatus.BAD_REQUEST)
    if _asks_too_often(request):
        refusal = _answer(request, form, message=TOO_MANY, status=HTTPStatus.TOO_MANY_REQUESTS)
        refusal["Retry-After"] = "60"
        return refusal
    certificate = register.look_up(number=form.cleaned_data["number"], name=form.cleaned_data["name"])
    return _answer(request, form, is_answered=True, certificate=certificate)


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _answer(
    request: HttpRequest,
    form: VerifyForm,
    *,
    certificate: Certificate | None = None,
    is_answered: bool = False,
    message: str = NOT_FOUND,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """Say the same to a person and to a machine. `found` is null where the question was not looked at."""
    facts = register.public_facts(certificate=certificate, today=timezone.localdate()) if certificate else None
    message = MESSAGES[facts.status] if facts else message
    if _wants_json(request):
        found = facts is not None if is_answered else None
        known = asdict(facts) if facts else dict.fromkeys(field.name for field in fields(register.PublicFacts))
        answer = {"found": found, **known, "message": message}
        return JsonResponse(answer, status=status, json_dumps_params={"ensure_ascii": False})
    context = {
        "form": VerifyForm() if facts else form,
        "is_answered": is_answered,
        "is_misspelt": is_answered and numbering.parse(form.cleaned_data["number"]) is None,
        "facts": facts,
        "message": message,
        "refusal": message if status == HTTPStatus.TOO_MANY_REQUESTS else "",
    }
    return render(request, "certificates/verify.html", context, status=status)


def _asks_too_often(request: HttpRequest) -> bool:
    """Count this look-up for its network (an IPv6 /64 is one) and tell whether the minute's share is used up."""
    address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    network = ipaddress.ip_network((address, 64 if address.version == 6 else 32), strict=False)
    key = f"certificates:look-ups:{network.network_address}:{int(timezone.now().timestamp()) // 60}"
    if cache.add(key, 1, 120):
        return False
    try:
        return cache.incr(key) > LOOK_UPS_PER_MINUTE
    except ValueError:  # the cache dropped the counter in between
        return False
