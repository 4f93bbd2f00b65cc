"""The look-up for everybody: by number and name, by a file, by a link, and as a badge."""

from dataclasses import asdict, fields
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from certificates import inspection, keys, numbering, register
from certificates.forms import FileForm, VerifyForm
from certificates.inspection import Verdict
from certificates.models import Certificate
from certificates.views.caching import same_for_all
from certificates.views.limits import asks_too_often

LOOK_UPS_PER_MINUTE = 20  # from one network: docs/rules/certificates.md, rule N9
FILES_PER_MINUTE = 6  # each may cost a second of a processor: rule N29
BADGE_SECONDS = 60
TOO_MANY = f"查询太频繁：同一网络每分钟最多查询 {LOOK_UPS_PER_MINUTE} 次。请一分钟后再试。"
TOO_MANY_FILES = f"核对文件太频繁：同一网络每分钟最多 {FILES_PER_MINUTE} 个。请一分钟后再试，或用编号和姓名查询。"
NOT_FOUND = "没有查到编号与姓名同时相符的证书。请对照证书逐字核对；核对无误仍查不到的，请联系发证机构。"
MESSAGES = {
    "VALID": "证书有效。",
    "SUSPENDED": "证书已暂停，恢复之前不应采信。",
    "REVOKED": "证书已被撤销，不再有效。",
    "WITHDRAWN": "证书已应持证人要求注销，不再有效。",
    "REPLACED": "证书已被新证替代，不再有效。请查验新证。",
    "EXPIRED": "证书已过有效期，不再有效。",
    register.UNCONFIRMED: "这条登记与公开日志不符，可能不是按签发程序产生的，不应采信。请联系发证机构。",
}
INCOMPLETE = "请同时提供证书编号（number）和持证人姓名（name），各不超过 60 和 50 个字。"
VERDICTS = {
    Verdict.OURS: "文件是本机构签发的原件，没有改动。",
    Verdict.STUDY_PROOF: "文件是本机构开具的学时证明原件，没有改动。它只说明学习时间，不是培训考核合格证书。",
    Verdict.CREDENTIAL: "数字凭证的签名是本机构的，内容没有改动。请核对出示人就是凭证上的人。",
    Verdict.EDITED: "文件带有本机构的签名，但签名之后被改动过。不是原件，不应采信。",
    Verdict.UNREGISTERED: "文件的签名是本机构的，但登记簿里没有这个文件。不应采信，请联系发证机构。",
    Verdict.NOT_OURS: "文件上没有本机构的签名：不是本机构签发的原件。纸面内容、二维码都可以照抄，请用编号和姓名查询。",
    Verdict.TOO_BIG: "文件超过 1 MB，没有核对。本机构签发的证书约 60 KB，请上传下载到的原件。",
    Verdict.TOO_MUCH: "文件页数、签名太多或太复杂，没有核对。本机构签发的证书只有一页，请上传下载到的原件。",
    Verdict.ENCRYPTED: "文件加了密，没有核对。本机构签发的证书不加密，请上传下载到的原件。",
    Verdict.UNREADABLE: "文件读不出来，不是完好的 PDF 或数字凭证。请上传下载到的原件，扫描件和照片不能核对。",
}


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
    if asks_too_often(request, kind="look-ups", per_minute=LOOK_UPS_PER_MINUTE):
        return _wait(_answer(request, form, message=TOO_MANY, status=HTTPStatus.TOO_MANY_REQUESTS))
    certificate = register.look_up(number=form.cleaned_data["number"], name=form.cleaned_data["name"])
    return _answer(request, form, is_answered=True, certificate=certificate)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@vary_on_headers("Accept")
def check_file(request: HttpRequest) -> HttpResponse:
    """Take a PDF or a digital credential, say whether it is ours and unchanged, and what the register says now."""
    if request.method != "POST":
        return _file_answer(request, FileForm())
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _file_answer(request, form, status=HTTPStatus.BAD_REQUEST)
    if asks_too_often(request, kind="files", per_minute=FILES_PER_MINUTE):
        return _wait(_file_answer(request, form, refusal=TOO_MANY_FILES, status=HTTPStatus.TOO_MANY_REQUESTS))
    file = form.cleaned_data["file"]
    is_big = file.size > inspection.MAX_BYTES
    result = inspection.Result(Verdict.TOO_BIG) if is_big else inspection.inspect(file.read())
    return _file_answer(request, FileForm(), result=result)


@login_not_required
@require_safe
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show the certificate whose holder made this link; a withdrawn link says so, and no more."""
    certificate = register.shared(token=token)
    if certificate is None:
        return render(request, "certificates/shared.html", {"facts": None}, status=HTTPStatus.NOT_FOUND)
    facts = register.public_facts(certificate=certificate, today=timezone.localdate(), is_shared=True)
    context = {"facts": facts, "message": MESSAGES[facts.status], "is_demo": keys.is_demo(), "token": token}
    return render(request, "certificates/shared.html", context)


@login_not_required
@require_safe
@same_for_all(seconds=BADGE_SECONDS)
def badge(request: HttpRequest, token: str) -> HttpResponse:
    """Draw a small picture of the present state for other sites to embed; its holder's link decides which."""
    certificate = register.shared(token=token)
    if certificate is None:
        raise Http404
    facts = register.public_facts(certificate=certificate, today=timezone.localdate(), is_shared=True)
    drawing = render_to_string("certificates/badge.svg", {"facts": facts})
    response = HttpResponse(drawing, content_type="image/svg+xml; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _wait(response: HttpResponse) -> HttpResponse:
    response["Retry-After"] = "60"
    return response


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
    facts = _facts(certificate)
    message = MESSAGES[facts.status] if facts else message
    if _wants_json(request):
        found = facts is not None if is_answered else None
        return _json({"found": found, **_known(facts), "message": message}, status)
    context = {
        "form": VerifyForm() if facts else form,
        "is_answered": is_answered,
        "is_misspelt": is_answered and numbering.parse(form.cleaned_data["number"]) is None,
        "facts": facts,
        "message": message,
        "refusal": message if status == HTTPStatus.TOO_MANY_REQUESTS else "",
    }
    return render(request, "certificates/verify.html", context, status=status)


def _file_answer(
    request: HttpRequest,
    form: FileForm,
    *,
    result: inspection.Result | None = None,
    refusal: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    facts = _facts(result.certificate) if result else None
    said = VERDICTS[result.verdict] if result else refusal
    message = MESSAGES[facts.status] if facts else ""
    if _wants_json(request) and request.method == "POST":
        verdict = result.verdict if result else None
        said = said or "请用 file 字段上传一个 PDF 或数字凭证。"
        return _json({"verdict": verdict, **_known(facts), "message": f"{said}{message}"}, status)
    context = {
        "form": form,
        "verdict": result.verdict if result else None,
        "said": said,
        "facts": facts,
        "message": message,
        "refusal": refusal,
        "is_demo": keys.is_demo(),
    }
    return render(request, "certificates/check_file.html", context, status=status)


def _facts(certificate: Certificate | None) -> register.PublicFacts | None:
    return register.public_facts(certificate=certificate, today=timezone.localdate()) if certificate else None


def _known(facts: register.PublicFacts | None) -> dict[str, object]:
    return asdict(facts) if facts else dict.fromkeys(field.name for field in fields(register.PublicFacts))


def _json(answer: dict[str, object], status: HTTPStatus) -> JsonResponse:
    return JsonResponse(answer, status=status, json_dumps_params={"ensure_ascii": False})
