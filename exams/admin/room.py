"""The invigilators' board: who is in the room, refreshed without a reload, and what can be done for them."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Page, Paginator
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.functional import cached_property
from django.views.decorators.http import require_GET
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet

from exams.admin.room_actions import ACTIONS, room_action
from exams.admin.room_choice import INVIGILATE, Choice
from exams.attempts.board import Details, Order, Presence, Seat, counts_of, details_of, seats_of
from exams.models import Attempt, Exam, ExamWindow
from lms.http import UserRequest

PER_PAGE = 50
MAX_ROOMS = 100
REFRESH_SECONDS = 7
SHAPES = {Presence.LOST: "▲", Presence.SITTING: "●", Presence.ABSENT: "○", Presence.DONE: "■"}


@require_GET
@permission_required(INVIGILATE, raise_exception=True)
def room_list(request: UserRequest) -> HttpResponse:
    """The exams that people sit or may sit, with their windows: pick one."""
    now = timezone.now()
    recent = ExamWindow.objects.filter(closes_at__gt=now - timedelta(days=7)).order_by("opens_at")
    sitting = Count("attempts", filter=Q(attempts__status=Attempt.Status.OPEN, attempts__is_mock=False))
    exams = Exam.objects.annotate(sitting=sitting).filter(Q(is_open=True) | Q(sitting__gt=0))
    rooms = exams.prefetch_related(Prefetch("windows", recent, to_attr="recent")).order_by("-sitting", "title")
    return render(request, "exams/admin/room_list.html", {"exams": rooms[:MAX_ROOMS], "now": now})


@require_GET
@permission_required(INVIGILATE, raise_exception=True)
def room_board(request: UserRequest, pk: int) -> HttpResponse:
    """The board of one exam, or of one of its windows."""
    exam = get_object_or_404(Exam, pk=pk)
    context = _rows(request, exam) | {
        "windows": exam.windows.order_by("-opens_at")[:MAX_ROOMS],
        "presences": Presence.choices,
        "orders": Order.choices,
        "refresh_seconds": REFRESH_SECONDS,
        "server_now": timezone.now().isoformat(),
    }
    return render(request, "exams/admin/room_board.html", context)


@require_GET
@permission_required(INVIGILATE, raise_exception=True)
def room_rows(request: UserRequest, pk: int) -> HttpResponse:
    """The same rows again, for the refresh: 304 as long as nothing has changed."""
    exam = get_object_or_404(Exam, pk=pk)
    body = render_to_string("exams/admin/room_rows.html", _rows(request, exam))
    etag = f'"{sha256(body.encode()).hexdigest()[:32]}"'
    response = get_conditional_response(request, etag=etag, response=HttpResponse(body)) or HttpResponse(body)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _rows(request: HttpRequest, exam: Exam) -> dict[str, Any]:
    choice = Choice.of(request, exam)
    seats = seats_of(exam=exam, window=choice.window, now=timezone.now())
    shown = choice.arranged(seats)
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    return {
        "exam": exam,
        "choice": choice,
        "counts": [(presence, SHAPES[presence], count) for presence, count in counts_of(seats).items()],
        "total": len(seats),
        "page_obj": page,
        "query": f"{choice.query}&",
        "rows": _lines(page),
        "actions": [(action.label, reverse("exam_room:act", args=[exam.pk, name])) for name, action in ACTIONS.items()],
        "rows_url": f"{reverse('exam_room:rows', args=[exam.pk])}?{choice.query}&page={page.number}",
    }


def _lines(page: Page[Seat]) -> list[tuple[Seat, str, Details]]:
    details = details_of(list(page.object_list))
    nothing = Details()
    return [(seat, SHAPES[seat.presence], details.get(seat.attempt or 0, nothing)) for seat in page.object_list]


class RoomMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(INVIGILATE)


class RoomViewSet(ViewSet):
    name = "exam_room"
    menu_label = "考场"
    icon = menu_icon = "view"
    menu_item_class = RoomMenuItem

    @cached_property
    def menu_url(self) -> str:
        return reverse("exam_room:index")

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", room_list, name="index"),
            path("<pk:pk>/", room_board, name="board"),
            path("<pk:pk>/rows/", room_rows, name="rows"),
            path("<pk:pk>/<slug:name>/", room_action, name="act"),
        ]
