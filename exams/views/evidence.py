"""答题存证 for the candidate: the page, a table for spreadsheets, and JSON with the fingerprint."""

import csv
from collections import Counter

from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from exams import attempts
from exams.attempts.evidence import Evidence, Save, evidence_of
from exams.models import Attempt
from lms.http import UserRequest

PER_PAGE = 100
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet compute a cell
HEADINGS = ("序号", "服务器收到", "设备时间", "设备时间差", "题号", "题干", "作答", "状态")
TIMES = "时间是 Asia/Shanghai（UTC+8），精确到毫秒。"
DIGEST = (
    "把 hand_in 的 receipt_number、at、by 用制表符连成第一行；再按序号，把每条 saves 的 "
    "seq、received_at、device_at、question、letters、state 用制表符各连成一行。每行以换行符（LF）结尾，"
    "按 UTF-8 编码后计算 SHA-256。"
)
PROVES = "两份记录的指纹相同，就说明交卷信息和每一条作答都一致；改动、增加或删去任何一条，指纹就不同。"
NOT_PROVED = (
    "指纹不证明作答的是本人，不证明设备的钟准确，也不证明指纹算出以前记录没有变动：它没有签名，也没有第三方的时间证明。"
)


@never_cache
@require_GET
def attempt_evidence(request: UserRequest, pk: int) -> HttpResponse:
    """Every save of one's own attempt, with `?question=7` those of one question; an open attempt is entered again."""
    attempt = _own_attempt(request, pk)
    if attempt.status == Attempt.Status.OPEN:
        return redirect("exams:attempt_detail", pk=pk)
    evidence = evidence_of(attempt)
    counts = Counter(save.number for save in evidence.saves)
    numbers = range(1, len(attempt.paper) + 1)
    chosen = next((number for number in numbers if str(number) == request.GET.get("question")), None)
    saves = [save for save in evidence.saves if chosen in (None, save.number)]
    context = {
        "attempt": attempt,
        "evidence": evidence,
        "page_obj": Paginator(saves, PER_PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "query": f"question={chosen}&" if chosen else "",
        "questions": [(number, counts[number]) for number in numbers],
        "proves": PROVES,
        "not_proved": NOT_PROVED,
    }
    return render(request, "exams/attempt_evidence.html", context)


@never_cache
@require_GET
def attempt_evidence_csv(request: UserRequest, pk: int) -> HttpResponse:
    """The saves as a table that spreadsheets open: UTF-8 with its mark, no cell a formula."""
    attempt = _own_attempt(request, pk)
    if attempt.status == Attempt.Status.OPEN:
        return redirect("exams:attempt_detail", pk=pk)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8", headers=_download(attempt, "csv"))
    table = csv.writer(response)
    table.writerow(HEADINGS)
    table.writerows([_plain(cell) for cell in _cells(save)] for save in evidence_of(attempt).saves)
    return response


@never_cache
@require_GET
def attempt_evidence_json(request: UserRequest, pk: int) -> HttpResponse:
    """The whole record with its fingerprint, and in words how it is computed and what it proves."""
    attempt = _own_attempt(request, pk)
    if attempt.status == Attempt.Status.OPEN:
        return redirect("exams:attempt_detail", pk=pk)
    return JsonResponse(
        _document(evidence_of(attempt)),
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers=_download(attempt, "json"),
    )


def _own_attempt(request: UserRequest, pk: int) -> Attempt:
    attempt = get_object_or_404(Attempt.objects.of(request.user).select_related("exam"), pk=pk)
    return attempts.close_if_overdue(attempt=attempt, now=timezone.now())


def _download(attempt: Attempt, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="evidence-{attempt.receipt_number}.{ending}"'}


def _cells(save: Save) -> tuple[str, ...]:
    return (
        str(save.seq),
        save.received,
        save.device,
        save.offset,
        str(save.number),
        save.stem,
        save.words,
        save.state.label,
    )


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


def _document(evidence: Evidence) -> dict[str, object]:
    attempt = evidence.attempt
    return {
        "exam": attempt.exam.title,
        "attempt": attempt.number,
        "hand_in": {
            "receipt_number": attempt.receipt_number,
            "at": evidence.closed,
            "by": attempt.closed_by,
            "by_text": attempt.get_closed_by_display(),
        },
        "saves": [
            {
                "seq": save.seq,
                "received_at": save.received,
                "device_at": save.device,
                "device_offset_ms": save.offset_ms,
                "question": save.number,
                "stem": save.stem,
                "letters": save.letters,
                "words": save.words,
                "state": save.state,
                "state_text": save.state.label,
            }
            for save in evidence.saves
        ],
        "times": TIMES,
        "sha256": evidence.sha256,
        "sha256_of": DIGEST,
        "proves": PROVES,
        "does_not_prove": NOT_PROVED,
    }
