"""What an invigilator can do from the board: choose people, see who they are, confirm. The verbs decide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from exams import attempts
from exams.admin.room_choice import INVIGILATE, Choice, keys_in
from exams.attempts.board import seats_of
from exams.attempts.invigilation import MAX_MINUTES, MAX_REASON, MAX_TEXT
from exams.models import Attempt, Exam
from lms.errors import DomainError
from lms.http import UserRequest

MAX_FORCED = 200  # each is marked within the request
MAX_NAMED = 20
ALL = "all"


class PeopleForm(forms.Form):
    """Whom it is about, as confirmed: the keys of their attempts, separated by commas."""

    rows = forms.CharField(widget=forms.HiddenInput, max_length=200_000)

    def clean_rows(self) -> list[int]:
        parts = self.cleaned_data["rows"].split(",")
        rows = keys_in(parts)
        if len(rows) != len(parts):
            raise ValidationError("名单无法读出。请回到考场重新选择。")
        return rows


class ExtendForm(PeopleForm):
    minutes = forms.IntegerField(label="延长（分钟）", min_value=1, max_value=MAX_MINUTES)
    reason = forms.CharField(label="原因（考生看得到）", max_length=MAX_REASON)


class ForceForm(PeopleForm):
    reason = forms.CharField(label="原因（考生看得到）", max_length=MAX_REASON)


class MessageForm(PeopleForm):
    text = forms.CharField(label="消息", max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3}))


@dataclass(frozen=True)
class Action:
    """One thing to do: its words, its form, whether it cannot be undone, and how it is done."""

    label: str
    explanation: str
    form: type[PeopleForm]
    do: Callable[[UserRequest, Sequence[Attempt], dict[str, Any]], str]
    is_final: bool = False


def _extend(request: UserRequest, people: Sequence[Attempt], data: dict[str, Any]) -> str:
    done = len(
        attempts.extend_all(
            attempts=people, minutes=data["minutes"], reason=data["reason"], person=request.user, now=timezone.now()
        )
    )
    return f"已给 {done} 人延长 {data['minutes']} 分钟。{_left_out(len(people) - done)}"


def _force(request: UserRequest, people: Sequence[Attempt], data: dict[str, Any]) -> str:
    done = 0
    for attempt in people[:MAX_FORCED]:
        try:
            attempts.force_hand_in(attempt=attempt, reason=data["reason"], person=request.user, now=timezone.now())
        except attempts.AttemptNotOpen:
            continue
        done += 1
    rest = len(people) - MAX_FORCED
    more = f"一次最多收 {MAX_FORCED} 份，还有 {rest} 份没有处理，请再收一次。" if rest > 0 else ""
    return f"已收卷 {done} 份。{_left_out(min(len(people), MAX_FORCED) - done)}{more}"


def _send(request: UserRequest, people: Sequence[Attempt], data: dict[str, Any]) -> str:
    done = attempts.send_message(attempts=people, text=data["text"], person=request.user, now=timezone.now())
    return f"消息已发给 {done} 人。{_left_out(len(people) - done)}"


def _left_out(count: int) -> str:
    return f"另有 {count} 人已经收卷，没有改动。" if count else ""


ACTIONS = {
    "extend": Action("延时", "截止时间顺延，考生页面随即显示新的时间和原因。加上的时间不能收回。", ExtendForm, _extend),
    "force": Action(
        "收卷", "立即结束考试，按已保存的作答评分。收卷以后不能恢复作答。", ForceForm, _force, is_final=True
    ),
    "message": Action("发消息", "显示在考生打开的考试页面上，不影响计时。", MessageForm, _send),
}


@require_http_methods(["GET", "POST"])
@permission_required(INVIGILATE, raise_exception=True)
def room_action(request: UserRequest, pk: int, name: str) -> HttpResponse:
    """Show whom it is about and ask for the words; after that, do it and go back to the board."""
    exam = get_object_or_404(Exam, pk=pk)
    action = ACTIONS.get(name)
    if action is None:
        raise Http404
    back = _back(request, exam)
    if request.method == "GET":
        form = action.form(initial={"rows": ",".join(map(str, _asked_for(request, exam)))})
        return _page(request, exam, action, form, back)
    form = action.form(request.POST)
    if not form.is_valid():
        return _page(request, exam, action, form, back, status=422)
    people = list(_people(exam, form.cleaned_data["rows"]))
    try:
        messages.success(request, action.do(request, people, form.cleaned_data))
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, exam, action, form, back, status=422)
    return redirect(back)


def _asked_for(request: HttpRequest, exam: Exam) -> list[int]:
    """The rows that were ticked, or everybody who is sitting among what the filter shows."""
    if request.GET.get("who") != ALL:
        return keys_in(request.GET.getlist("row"))
    choice = Choice.of(request, exam)
    seats = choice.arranged(seats_of(exam=exam, window=choice.window, now=timezone.now()))
    return [seat.attempt for seat in seats if seat.attempt is not None and seat.is_open]


def _people(exam: Exam, pks: Sequence[int]) -> QuerySet[Attempt]:
    """The attempts meant, of this exam only."""
    return Attempt.objects.formal().filter(exam=exam, pk__in=pks).only("pk", "status", "deadline_at").order_by("pk")


def _back(request: HttpRequest, exam: Exam) -> str:
    asked = request.POST.get("back") or request.META.get("HTTP_REFERER", "")
    board = reverse("exam_room:board", args=[exam.pk])
    is_board = f"{board}?" in asked or asked.endswith(board)
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if is_board and is_ours else board


def _page(
    request: UserRequest, exam: Exam, action: Action, form: PeopleForm, back: str, status: int = 200
) -> HttpResponse:
    pks = keys_in(str(form["rows"].value() or "").split(","))
    chosen = _people(exam, pks).filter(status=Attempt.Status.OPEN)
    named = chosen.values_list("candidate__identity__real_name", "candidate__name", "candidate__email")[:MAX_NAMED]
    count = chosen.count()
    context = {
        "exam": exam,
        "action": action,
        "form": form,
        "back": back,
        "count": count,
        "names": [real or name or email for real, name, email in named],
        "unnamed": max(0, count - MAX_NAMED),
        "closed": len(set(pks)) - count,
    }
    return render(request, "exams/admin/room_action.html", context, status=status)
