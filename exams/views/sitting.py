"""The room itself: the sitting page, saving, handing in. What a candidate reads here never contains a key."""

from dataclasses import asdict
from datetime import datetime

from allauth.account.adapter import get_adapter
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
from exams.models import SESSION_SPAN, Attempt
from exams.paper_html import paper_section
from exams.views.answers import NOT_YOURS, receipt_of, stamp
from exams.views.results import result_page
from exams.views.safe_browser import refused_json, refused_page
from lms.errors import DomainError
from lms.http import UserRequest

STATUS_OF: dict[type[DomainError], int] = {
    Unreadable: 400,
    attempts.AttemptClosed: 409,
    TooLarge: 413,
    attempts.BadEntries: 422,
}
REFUSALS = tuple(STATUS_OF)
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}  # all else is read, so that no answer is dropped


@never_cache
@ensure_csrf_cookie
@require_GET
def attempt_detail(request: UserRequest, pk: int) -> HttpResponse:
    """The sitting page while the attempt is open, the result afterwards."""
    now = timezone.now()
    attempt = get_object_or_404(Attempt.objects.of(request.user).select_related("exam"), pk=pk)
    attempt = attempts.close_if_overdue(attempt=attempt, now=now)
    if attempt.status == Attempt.Status.OPEN:
        if kept_out := refused_page(request, attempt.exam, way_back=request.path):
            return kept_out
        sections = [paper_section(section, attempt.rule) for section in printing.sections_of(attempt)]
        context = {
            "attempt": attempt,
            "sections": sections,
            "question_count": len(attempt.paper),
            "wrong_words": attempt.rule.wrong_words,
        }
        return render(request, "exams/attempt_sitting.html", context)
    return result_page(request, attempt, now=now)


@require_POST
def attempt_session(request: UserRequest, pk: int) -> JsonResponse:
    """Open a session for a page that has just been loaded: its token, its numbers, and every answer that stands."""
    now = timezone.now()
    attempt = Attempt.objects.of(request.user).select_related("exam").filter(pk=pk).first()
    if attempt is None:
        return JsonResponse({"message": NOT_YOURS}, status=404)
    if kept_out := refused_json(request, attempt.exam, candidate=request.user.pk):
        return kept_out
    attempt = attempts.close_if_overdue(attempt=attempt, now=now)
    try:
        session = attempts.open_session(
            attempt=attempt,
            user_agent=request.headers.get("User-Agent", ""),
            ip=get_adapter(request).get_client_ip(request),
            now=now,
        )
    except attempts.AttemptClosed as refusal:
        return _refused(refusal, attempt)
    answers = attempt.entries.standing().items()
    return JsonResponse(
        {
            "session": session.number,
            "token": attempts.token_of(session=session, attempt=attempt),
            "first_seq": session.number * SESSION_SPAN + 1,
            "server_now": stamp(now),
            "deadline_at": stamp(attempt.deadline_at),
            "news": attempt.news,
            "away_seconds": attempt.exam.away_seconds,
            "answers": {position: {"seq": seq, "answer": answer} for position, (seq, answer) in answers},
        },
        status=201,
    )


@require_POST
def attempt_hand_in(request: UserRequest, pk: int) -> HttpResponse:
    """
    Hand in for good. A JSON request may carry the last entries; a plain form post carries none and is redirected.

    Handing in twice gives the same receipt. Entries whose numbers are taken are reported as by attempt_save, and the
    attempt stays open until they come with new ones. Refusals as for attempt_save.
    """
    now = timezone.now()
    attempt = Attempt.objects.of(request.user).select_related("exam").defer("paper").filter(pk=pk).first()
    if attempt is None:
        return JsonResponse({"message": NOT_YOURS}, status=404)
    if kept_out := refused_json(request, attempt.exam, candidate=request.user.pk):
        return kept_out
    if request.content_type in FORMS:
        attempts.hand_in(attempt=attempt, now=now)
        return redirect("exams:attempt_detail", pk=pk)
    unsaved: list[int] = []
    result_url = reverse("exams:attempt_detail", args=[pk])
    try:
        entries = read_entries(request)
        receipt = attempts.save_answers(attempt=attempt, entries=entries, now=now)
    except attempts.AttemptClosed:
        rows = attempt.entries.filter(seq__in=[entry.seq for entry in entries])
        stored = set(rows.values_list("seq", "position", "answer"))
        unsaved = sorted({entry.seq for entry in entries if (entry.seq, *entry.content) not in stored})
    except REFUSALS as refusal:
        return _refused(refusal, attempt)
    else:
        if receipt.conflicts:
            page = _session_of_page(request, now=now) or receipt.session_number
            return JsonResponse(receipt_of(receipt, session=page, result_url=result_url, now=now))
    attempt = attempts.hand_in(attempt=attempt, now=now)
    return JsonResponse(
        {
            "receipt_number": attempt.receipt_number,
            "server_now": stamp(now),
            "unsaved": unsaved,
            "result_url": result_url,
        }
    )


def _session_of_page(request: UserRequest, *, now: datetime) -> int | None:
    """Return the session of the page that hands in, if its token came along: handing in needs none."""
    try:
        return attempts.read_token(request.headers.get("X-Attempt-Token", ""), now=now).session
    except attempts.PageUnknown:
        return None


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
