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
from exams.attempts.evidence import evidence_of
from exams.attempts.evidence_files import NOT_PROVED, PROVES, document_of, table_of
from exams.attempts.record import lines_of
from exams.models import Attempt
from lms.http import UserRequest

PER_PAGE = 100
MAX_LINES = 300


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
    lines = lines_of(attempt)
    context = {
        "attempt": attempt,
        "evidence": evidence,
        "page_obj": Paginator(saves, PER_PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "query": f"question={chosen}&" if chosen else "",
        "questions": [(number, counts[number]) for number in numbers],
        "lines": lines[:MAX_LINES],
        "lines_left_out": max(0, len(lines) - MAX_LINES),
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
    csv.writer(response).writerows(table_of(evidence_of(attempt)))
    return response


@never_cache
@require_GET
def attempt_evidence_json(request: UserRequest, pk: int) -> HttpResponse:
    """The whole record with its fingerprint, and in words how it is computed and what it proves."""
    attempt = _own_attempt(request, pk)
    if attempt.status == Attempt.Status.OPEN:
        return redirect("exams:attempt_detail", pk=pk)
    return JsonResponse(
        document_of(evidence_of(attempt), lines_of(attempt)),
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers=_download(attempt, "json"),
    )


def _own_attempt(request: UserRequest, pk: int) -> Attempt:
    attempt = get_object_or_404(Attempt.objects.of(request.user).select_related("exam"), pk=pk)
    return attempts.close_if_overdue(attempt=attempt, now=timezone.now())


def _download(attempt: Attempt, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="evidence-{attempt.receipt_number}.{ending}"'}
