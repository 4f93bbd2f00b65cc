"""The room beside the answers: what invigilators have to say, what the page noticed, what the candidate explains."""

from datetime import datetime

from django.http import JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from exams import attempts
from exams.forms import TooLarge
from exams.models import Attempt, RoomEvent
from exams.room_forms import NoteForm, UnreadableEvents, read_events, read_object
from lms.errors import DomainError
from lms.http import UserRequest

STATUS_OF: dict[type[DomainError], int] = {
    UnreadableEvents: 400,
    attempts.RoomClosed: 409,
    TooLarge: 413,
    attempts.BadEvents: 422,
    attempts.TooManyEvents: 429,
}
REFUSALS = tuple(STATUS_OF)
NOT_YOURS = {"message": "没有找到这次考试。请用开始考试的账号登录。"}
LATEST = 20  # messages and extensions that a page is told


@never_cache
@require_GET
def attempt_news(request: UserRequest, pk: int) -> JsonResponse:
    """
    What the open page has to be told: the bell, messages, extensions, and the answers that stand.

    `after` is the news that the page knows; with nothing newer the lists stay away. Answers are told because an older
    device may have delivered some; the page takes those with a higher seq than its own.
    """
    now = timezone.now()
    attempt = Attempt.objects.of(request.user).filter(pk=pk).first()
    if attempt is None:
        return JsonResponse(NOT_YOURS, status=404)
    news: dict[str, object] = {
        "news": attempt.news,
        "status": attempt.status,
        "server_now": _stamp(now),
        "deadline_at": _stamp(attempt.deadline_at),
        "messages": [],
        "extensions": [],
        "result_url": reverse("exams:attempt_detail", args=[pk]),
    }
    after = request.GET.get("after", "")
    if not after.isdecimal() or int(after[:10]) < attempt.news:
        news |= _lists(attempt, now)
    return JsonResponse(news)


def _lists(attempt: Attempt, now: datetime) -> dict[str, object]:
    messages = attempts.show_messages(attempt=attempt, limit=LATEST, now=now)
    return {
        "messages": [{"pk": row.pk, "text": row.text, "sent_at": _stamp(row.sent_at)} for row in messages],
        "extensions": [
            {"pk": row.pk, "minutes": row.minutes, "reason": row.reason, "granted_at": _stamp(row.granted_at)}
            for row in attempt.extensions.order_by("-pk")[:LATEST]
        ],
        "answers": {
            position: {"seq": seq, "answer": answer} for position, (seq, answer) in attempt.entries.standing().items()
        },
    }


@require_POST
def attempt_events(request: UserRequest, pk: int) -> JsonResponse:
    """
    Put events on record and say how often and how long the candidate has been away.

    Refusals: 400 not JSON, 404 not yours, 409 a day after closing, 413 too large, 422 bad event, 429 too many.
    """
    attempt = Attempt.objects.of(request.user).filter(pk=pk).only("pk").first()
    if attempt is None:
        return JsonResponse(NOT_YOURS, status=404)
    try:
        session, events = read_events(request)
        tally = attempts.record_events(attempt=attempt, session_number=session, events=events, now=timezone.now())
    except REFUSALS as refusal:
        return JsonResponse({"message": str(refusal)}, status=STATUS_OF[type(refusal)])
    return JsonResponse(
        {"recorded": tally.recorded, "away_count": tally.away_count, "away_seconds": tally.away_seconds}
    )


@require_POST
def attempt_event_note(request: UserRequest, pk: int, number: int) -> JsonResponse:
    """Keep what the candidate says about one of their events: `{"session": 1, "note": "…"}`."""
    try:
        form = NoteForm(read_object(request))
        if not form.is_valid():
            return JsonResponse({"message": "".join(map(str, form.errors[next(iter(form.errors))]))}, status=422)
        event = RoomEvent.objects.filter(
            attempt__candidate=request.user,
            attempt=pk,
            session_number=form.cleaned_data["session"],
            number=number,
        ).first()
        if event is None:
            return JsonResponse(NOT_YOURS, status=404)
        attempts.explain_event(event=event, note=form.cleaned_data["note"], now=timezone.now())
    except REFUSALS as refusal:
        return JsonResponse({"message": str(refusal)}, status=STATUS_OF[type(refusal)])
    return JsonResponse({"note": form.cleaned_data["note"]})


def _stamp(moment: datetime) -> str:
    """Write a moment so that every browser reads it: UTC, milliseconds."""
    return moment.astimezone(timezone.get_fixed_timezone(0)).isoformat(timespec="milliseconds")
