"""What the page of a lesson posts: "I am here", "I have watched this", "I have finished", "I think this of it"."""

import json
import math
import re

from django.contrib import messages
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from courses import learning
from courses.learning import ratings, videos
from courses.models import LessonPage
from courses.study_forms import RatingForm
from courses.timing.watching import Range
from lms.http import UserRequest

PAGE = re.compile(r"[0-9a-f-]{8,36}")
MOST_IDLE_SECONDS = 24 * 3600
MOST_RANGES = 50


@require_POST
def lesson_presence(request: UserRequest, pk: int) -> JsonResponse:
    """
    Take one heartbeat: `opened=1` the learner has just come (or come back), `hidden=1` is just leaving the page.

    `page` names the page in the browser, `idle` is the age of the last action in seconds. Answers seconds credited and
    needed, whether 学完本课 may be pressed, whether this page is the one that counts, and the reason of this moment.
    """
    lesson = get_object_or_404(LessonPage.objects.live().defer("body"), pk=pk)
    page, now = _page(request.POST), timezone.now()
    try:
        if request.POST.get("opened"):
            row = learning.open_lesson(learner=request.user, lesson=lesson, page=page, now=now)
        else:
            row = learning.record_presence(
                learner=request.user,
                lesson=lesson,
                page=page,
                idle=_idle(request.POST),
                is_visible="hidden" not in request.POST,
                now=now,
            )
    except learning.NotEnrolled as refusal:
        return JsonResponse({"error": str(refusal)}, status=403)
    return JsonResponse(
        {
            "seconds": row.seconds,
            "needed": row.needed_seconds,
            "may_complete": row.may_complete,
            "is_counting": learning.is_counting(row, page=page),
            "reason": row.reason,
        }
    )


@require_http_methods(["GET", "POST"])
def lesson_video(request: UserRequest, pk: int, document_pk: int) -> JsonResponse:
    """Say how far I am in a video of the lesson; take what the player has played: `played=[[0, 12.5]]`, `position`."""
    lesson = get_object_or_404(LessonPage.objects.live(), pk=pk)
    try:
        if request.method == "POST":
            found = videos.report(
                learner=request.user,
                lesson=lesson,
                document_pk=document_pk,
                page=_page(request.POST),
                position=_number(request.POST.get("position")),
                played=_played(request.POST.get("played", "")),
                now=timezone.now(),
            )
        else:
            found = videos.standing(learner=request.user, lesson=lesson, document_pk=document_pk)
    except learning.NotEnrolled as refusal:
        return JsonResponse({"error": str(refusal)}, status=403)
    except videos.NoSuchVideo as refusal:
        return JsonResponse({"error": str(refusal)}, status=404)
    return JsonResponse(
        {
            "percent": found.percent,
            "required": found.required,
            "position": found.position,
            "reached": found.reached,
            "may_skip": found.may_skip,
        }
    )


@require_POST
def lesson_complete(request: UserRequest, pk: int) -> HttpResponse:
    """Complete a lesson and come back to it: its panel then says so, and what comes next."""
    lesson = get_object_or_404(LessonPage.objects.live(), pk=pk)
    try:
        learning.complete_lesson(learner=request.user, lesson=lesson, now=timezone.now())
    except (learning.NotEnrolled, learning.NotOpened, learning.TooEarly, learning.VideosLeft) as refusal:
        messages.error(request, str(refusal))
        return redirect(lesson.get_url(request))
    return redirect(f"{lesson.get_url(request)}#study")


@require_POST
def lesson_rate(request: UserRequest, pk: int) -> HttpResponse:
    """Take stars and a word about a lesson, and come back to it."""
    lesson = get_object_or_404(LessonPage.objects.live().defer("body"), pk=pk)
    form = RatingForm(request.POST)
    if not form.is_valid():
        messages.error(request, "评价没有保存：请选 1 到 5 分，意见不超过 500 个字。")
        return redirect(f"{lesson.get_url(request)}#rating")
    try:
        ratings.rate(learner=request.user, lesson=lesson, now=timezone.now(), **form.cleaned_data)
    except (learning.NotEnrolled, ratings.NothingToRate) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "评价已保存，谢谢。教务会看到，其他学员看不到。")
    return redirect(f"{lesson.get_url(request)}#rating")


def _page(data: QueryDict) -> str:
    """Read the page's name; anything that is none is as good as no name."""
    said = data.get("page", "")
    return said if PAGE.fullmatch(said) else ""


def _idle(data: QueryDict) -> int:
    return int(min(_number(data.get("idle")), MOST_IDLE_SECONDS))


def _number(text: str | None) -> float:
    """Read a number of seconds; what is none, or below zero, is 0."""
    try:
        value = float(text or 0)
    except ValueError:
        return 0.0
    return max(0.0, value) if math.isfinite(value) else 0.0


def _played(text: str) -> list[Range]:
    """Read the ranges of a player; what is malformed counts for nothing."""
    try:
        said = json.loads(text[:4000])
        ranges = [(float(start), float(end)) for start, end in said[:MOST_RANGES]]
    except (TypeError, ValueError, KeyError, RecursionError, OverflowError):
        return []
    return [one for one in ranges if all(map(math.isfinite, one))]
