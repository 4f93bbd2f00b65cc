"""The room itself: the sitting page, saving, handing in. What a candidate reads here never contains a key."""

from dataclasses import asdict
from datetime import datetime

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from exams import attempts
from exams.attempts import printing
from exams.forms import TooLarge, Unreadable, read_entries
from exams.models import Attempt
from exams.views.results import result_page
from lms.errors import DomainError
from lms.http import UserRequest

STATUS_OF: dict[type[DomainError], int] = {
    Unreadable: 400,
    attempts.AttemptClosed: 409,
    TooLarge: 413,
    attempts.BadEntries: 422,
}
REFUSALS = tuple(STATUS_OF)
NOT_YOURS = "没有找到这次考试。请用开始考试的账号登录。"


@never_cache
@ensure_csrf_cookie
@require_GET
def attempt_detail(request: UserRequest, pk: int) -> HttpResponse:
    """The sitting page while the attempt is open, the result afterwards."""
    now = timezone.now()
    attempt = get_object_or_404(Attempt.objects.of(request.user).select_related("exam"), pk=pk)
    attempt = attempts.close_if_overdue(attempt=attempt, now=now)
    if attempt.status == Attempt.Status.OPEN:
        sections = printing.sections_of(attempt)
        context = {
            "attempt": attempt,
            "sections": sections,
            "question_count": len(attempt.paper),
            "next_seq": attempts.next_seq(attempt=attempt),
            "server_now": _stamp(now),
            "deadline_at": _stamp(attempt.deadline_at),
        }
        return render(request, "exams/attempt_sitting.html", context)
    return result_page(request, attempt, now=now)


@require_POST
def attempt_save(request: UserRequest, pk: int) -> JsonResponse:
    """
    Store answers and reply with a receipt: `acked_seq` lists what is durable, `conflicts` what found its number taken.

    Refusals: 400 not JSON, 404 not yours, 409 handed in, 413 too large, 422 not of this paper (`problems` by seq).
    """
    now = timezone.now()
    attempt = Attempt.objects.of(request.user).filter(pk=pk).only("pk").first()
    if attempt is None:
        return JsonResponse({"message": NOT_YOURS}, status=404)
    try:
        receipt = attempts.save_answers(attempt=attempt, entries=read_entries(request), now=now)
    except REFUSALS as refusal:
        return _refused(refusal, attempt)
    return JsonResponse(_receipt(receipt, now) | {"result_url": reverse("exams:attempt_detail", args=[pk])})


@require_POST
def attempt_hand_in(request: UserRequest, pk: int) -> HttpResponse:
    """
    Hand in for good. A JSON request may carry the last entries; a plain form post carries none and is redirected.

    Handing in twice gives the same receipt. Entries whose numbers are taken are reported as by attempt_save, and the
    attempt stays open until they come with new ones. Refusals as for attempt_save.
    """
    now = timezone.now()
    attempt = Attempt.objects.of(request.user).filter(pk=pk).first()
    if attempt is None:
        return JsonResponse({"message": NOT_YOURS}, status=404)
    if request.content_type != "application/json":
        attempts.hand_in(attempt=attempt, now=now)
        return redirect("exams:attempt_detail", pk=pk)
    unsaved: list[int] = []
    try:
        entries = read_entries(request)
        receipt = attempts.save_answers(attempt=attempt, entries=entries, now=now)
    except attempts.AttemptClosed:
        stored = set(attempt.entries.filter(seq__in=[entry.seq for entry in entries]).values_list("seq", flat=True))
        unsaved = [entry.seq for entry in entries if entry.seq not in stored]
    except REFUSALS as refusal:
        return _refused(refusal, attempt)
    else:
        if receipt.conflicts:
            return JsonResponse(_receipt(receipt, now))
    attempt = attempts.hand_in(attempt=attempt, now=now)
    return JsonResponse(
        {
            "receipt_number": attempt.receipt_number,
            "server_now": _stamp(now),
            "unsaved": unsaved,
            "result_url": reverse("exams:attempt_detail", args=[pk]),
        }
    )


def _receipt(receipt: attempts.Receipt, now: datetime) -> dict[str, object]:
    return {
        "acked_seq": receipt.acked,
        "conflicts": receipt.conflicts,
        "last_seq": receipt.last_seq,
        "is_late": receipt.is_late,
        "server_now": _stamp(now),
        "deadline_at": _stamp(receipt.deadline_at),
    }


def _refused(refusal: DomainError, attempt: Attempt) -> JsonResponse:
    problems = [asdict(problem) for problem in refusal.problems] if isinstance(refusal, attempts.BadEntries) else []
    return JsonResponse(
        {
            "message": str(refusal),
            "problems": problems,
            "result_url": reverse("exams:attempt_detail", args=[attempt.pk]),
        },
        status=STATUS_OF[type(refusal)],
    )


def _stamp(moment: datetime) -> str:
    """Write a moment so that every browser reads it: UTC, milliseconds."""
    return moment.astimezone(timezone.get_fixed_timezone(0)).isoformat(timespec="milliseconds")
