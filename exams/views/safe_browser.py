"""Safe Exam Browser: the check at the door, the refusal that says how to get in, the way in for SEB on iPad and Mac."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from exams.models import Exam
from exams.safe_browser import CONFIG_HEADER, EXAM_HEADER, Demand, Proof
from lms.http import UserRequest

PASS_SECONDS = 12 * 3600
SALT = "exams.safe_browser"
REFUSAL = (
    "这场考试要用 Safe Exam Browser 参加，这次请求不是从配置好的 SEB 发来的。已保存的作答不受影响，请在 SEB 里继续。"
)
NO_MATCH = "SEB 的配置与这场考试的要求不符。请退出 SEB，用培训机构发给你的配置文件重新打开；仍然不行，请联系监考人员。"


class ProofForm(forms.Form):
    """What SEB's JavaScript interface told the page, and which page that was."""

    page = forms.CharField(max_length=500)
    config_hash = forms.CharField(max_length=64, required=False)
    exam_hash = forms.CharField(max_length=64, required=False)


def is_admitted(request: HttpRequest, exam: Exam, *, candidate: int) -> bool:
    """
    Whether this request may touch an attempt of `exam`: no demand, the right hashes, or the pass of an earlier check.

    Source: docs/rules/exam-room.md, rule R7.
    """
    if not exam.needs_safe_browser:
        return True
    proof = Proof(request.headers.get(CONFIG_HEADER, ""), request.headers.get(EXAM_HEADER, ""))
    if demand_of(exam).is_met(proof, _addresses(request)):
        return True
    held = request.get_signed_cookie(_cookie(exam), default="", salt=SALT, max_age=PASS_SECONDS)
    return held == str(candidate)


def demand_of(exam: Exam) -> Demand:
    return Demand(exam.safe_browser_config_keys, exam.safe_browser_exam_keys)


def refused_page(request: UserRequest, exam: Exam, *, way_back: str) -> HttpResponse | None:
    """Return the page that keeps a browser out, or None. `way_back` is where a checked SEB goes on."""
    if is_admitted(request, exam, candidate=request.user.pk):
        return None
    return _page(request, exam, way_back=way_back, is_refused=True)


def refused_json(request: HttpRequest, exam: Exam, *, candidate: int) -> JsonResponse | None:
    """Return the 403 that keeps a browser out, or None."""
    if is_admitted(request, exam, candidate=candidate):
        return None
    way_in = reverse("exams:safe_browser", args=[exam.pk])
    return JsonResponse({"message": REFUSAL, "problems": [], "result_url": way_in}, status=403)


@never_cache
@require_GET
def safe_browser(request: UserRequest, pk: int) -> HttpResponse:
    """How to get into an exam that asks for Safe Exam Browser."""
    exam = get_object_or_404(Exam.objects.visible_to(request.user), pk=pk)
    return _page(request, exam, way_back=reverse("exams:exam_detail", args=[pk]), is_refused=False)


@require_POST
def safe_browser_check(request: UserRequest, pk: int) -> JsonResponse:
    """
    Let in a SEB that cannot send headers: its page reads the hashes and sends them here; a pass is the answer.

    Refusals: 404 no such exam, 422 something is missing, 403 the hashes do not fit.
    """
    exam = get_object_or_404(Exam.objects.visible_to(request.user), pk=pk)
    form = ProofForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"message": NO_MATCH}, status=422)
    page = form.cleaned_data["page"]
    is_ours = any(page.startswith(f"{origin}/") for origin in _origins(request))
    proof = Proof(form.cleaned_data["config_hash"], form.cleaned_data["exam_hash"])
    if not is_ours or not demand_of(exam).is_met(proof, [page]):
        return JsonResponse({"message": NO_MATCH}, status=403)
    response = JsonResponse({"message": "SEB 验证通过。"})
    response.set_signed_cookie(
        _cookie(exam),
        str(request.user.pk),
        salt=SALT,
        max_age=PASS_SECONDS,
        path=reverse("exams:attempt_list").removesuffix("attempts/"),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def _page(request: UserRequest, exam: Exam, *, way_back: str, is_refused: bool) -> HttpResponse:
    context = {"exam": exam, "way_back": way_back, "is_refused": is_refused}
    return render(request, "exams/safe_browser.html", context, status=403 if is_refused else 200)


def _cookie(exam: Exam) -> str:
    return f"safe-browser-{exam.pk}"


def _origins(request: HttpRequest) -> set[str]:
    """Where the browser may have reached us: as the request says, and as the operator says, whose proxy may differ."""
    return {request.build_absolute_uri("/").rstrip("/"), settings.SITE_URL.rstrip("/")} - {""}


def _addresses(request: HttpRequest) -> list[str]:
    return [origin + request.get_full_path() for origin in _origins(request)]
