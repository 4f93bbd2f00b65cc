"""Practice on a phone in the evening: one page to choose from, one question a page, 错题本 and 收藏."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from courses.models import CoursePage, Enrolment
from courses.syllabus import MODULE_CHOICES, MODULES
from exams import practice
from exams.models import Item, ItemVersion, PracticeCard, PracticeRun
from exams.practice import Figures
from exams.results.paper import ReviewedQuestion, single
from lms.errors import DomainError
from lms.http import UserRequest

PER_PAGE = 20
RUNS_SHOWN = 5
KINDS = [(kind.value, kind.label) for kind in practice.KINDS]
SHELVES = {"wrong": "错题本", "starred": "收藏"}


class BeginForm(forms.Form):
    mode = forms.ChoiceField(choices=PracticeRun.Mode.choices)
    module = forms.ChoiceField(label="模块", choices=[("", "全部模块"), *MODULE_CHOICES], required=False)
    kind = forms.ChoiceField(label="题型", choices=[("", "全部题型"), *KINDS], required=False)
    is_study = forms.BooleanField(label="背题：直接显示答案和解析，不记录对错", required=False)


class GoalForm(forms.Form):
    daily_goal = forms.IntegerField(label="每天几题", min_value=1, max_value=200)


@dataclass(frozen=True)
class Step:
    """One question of a finished or running round, for its summary."""

    number: int
    state: str


@require_GET
def practice_home(request: UserRequest) -> HttpResponse:
    """Go to the course that one studies; somebody with several chooses, somebody with none learns how to get in."""
    courses = list(_courses(request).order_by("title", "pk"))
    if len(courses) == 1:
        return redirect("exams:practice_course", pk=courses[0].pk)
    return render(request, "exams/practice_home.html", {"courses": courses})


@never_cache
@require_GET
def practice_course(request: UserRequest, pk: int) -> HttpResponse:
    """Where one stands today, and the ways to practise."""
    return _course_page(request, _course(request, pk), GoalForm())


@require_POST
def practice_begin(request: UserRequest, pk: int) -> HttpResponse:
    """Begin a round and go to its first question."""
    course = _course(request, pk)
    form = BeginForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有这种练习方式，请重新选择。")
        return redirect("exams:practice_course", pk=pk)
    try:
        run = practice.begin(learner=request.user, course=course, now=timezone.now(), **form.cleaned_data)
    except practice.NothingToPractise as refusal:
        messages.info(request, str(refusal))
        return redirect("exams:practice_course", pk=pk)
    return redirect("exams:practice_question", pk=run.pk, number=1)


@require_POST
def practice_goal(request: UserRequest, pk: int) -> HttpResponse:
    """Set the daily goal."""
    course = _course(request, pk)
    form = GoalForm(request.POST)
    if not form.is_valid():
        return _course_page(request, course, form, status=422)
    practice.set_goal(learner=request.user, daily_goal=form.cleaned_data["daily_goal"])
    messages.success(request, f"每日目标是 {form.cleaned_data['daily_goal']} 题。")
    return redirect("exams:practice_course", pk=pk)


@never_cache
@require_GET
def practice_cards(request: UserRequest, pk: int) -> HttpResponse:
    """错题本 or 收藏: what is in it, and a round of it."""
    course = _course(request, pk)
    shelf = "starred" if request.GET.get("shelf") == "starred" else "wrong"
    practice.catch_up(learner=request.user)
    cards = PracticeCard.objects.of(request.user).filter(item__in=practice.practisable())
    chosen = (
        cards.wrong().order_by("-wrong_at", "pk") if shelf == "wrong" else cards.starred().order_by("-starred_at", "pk")
    )
    context = {
        "course": course,
        "shelf": shelf,
        "title": SHELVES[shelf],
        "mode": PracticeRun.Mode.WRONG if shelf == "wrong" else PracticeRun.Mode.STARRED,
        "page_obj": Paginator(chosen.select_related("item__current"), PER_PAGE).get_page(request.GET.get("page")),
        "clears_after": practice.clears_after(),
    }
    return render(request, "exams/practice_cards.html", context)


@require_POST
def practice_star(request: UserRequest, pk: int, item: int) -> HttpResponse:
    """Put an item among the 收藏, or take it out."""
    _course(request, pk)
    chosen = get_object_or_404(practice.practisable(), pk=item)
    practice.star(learner=request.user, item=chosen, is_starred="off" not in request.POST, now=timezone.now())
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(back)
    return redirect("exams:practice_course", pk=pk)


@never_cache
@require_GET
def practice_run(request: UserRequest, pk: int) -> HttpResponse:
    """How a round went so far."""
    run = get_object_or_404(_runs(request), pk=pk)
    right = sum(one["right"] for one in run.answers.values())
    steps = [Step(place + 1, _state(run, place)) for place in range(len(run.items))]
    following = next((step.number for step in steps if step.state == "open"), None)
    context = {
        "run": run,
        "course": run.course,
        "steps": steps,
        "answered": len(run.answers),
        "right": right,
        "wrong": len(run.answers) - right,
        "following": following,
        "module": MODULES.get(run.module, ""),
    }
    return render(request, "exams/practice_run.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def practice_question(request: UserRequest, pk: int, number: int) -> HttpResponse:
    """One question of a round. The key is on the page only once it has been answered, or when one studies."""
    run = get_object_or_404(_runs(request), pk=pk)
    if not 1 <= number <= len(run.items):
        raise Http404
    refusal = ""
    if request.method == "POST":
        given = "".join(request.POST.getlist("answer"))
        try:
            practice.answer(run=run, place=number - 1, answer=given, now=timezone.now())
        except DomainError as problem:
            refusal = str(problem)
        else:
            return redirect("exams:practice_question", pk=pk, number=number)
    return _question_page(request, run, number, refusal)


def _question_page(request: UserRequest, run: PracticeRun, number: int, refusal: str) -> HttpResponse:
    answered = run.answers.get(str(number - 1))
    is_open = answered is None and not run.is_study
    item = practice.practisable().select_related("current", "case__current").filter(pk=run.items[number - 1]).first()
    context = {
        "run": run,
        "number": number,
        "count": len(run.items),
        "item": item,
        "is_open": is_open,
        "refusal": refusal,
        "question": _question(run, item, number, answered) if item else None,
        "is_multi": item is not None and item.kind == Item.Kind.MULTI,
        "is_starred": item is not None and PracticeCard.objects.of(request.user).starred().filter(item=item).exists(),
        "is_right": bool(answered and answered["right"]),
        "done": len(run.answers),
        "module": MODULES[item.module] if item else "",
    }
    return render(request, "exams/practice_question.html", context, status=422 if refusal else 200)


def _question(run: PracticeRun, item: Item, number: int, answered: dict[str, Any] | None) -> ReviewedQuestion:
    """Read the question with the version that was answered; without its key as long as it may be answered."""
    version = item.current
    if answered and version and answered["version"] != version.pk:
        version = ItemVersion.objects.get(pk=answered["version"])
    if version is None:
        raise Http404
    return single(
        number=number,
        question=practice.question_of(item, version),
        version=version,
        case=item.case.current if item.case else None,
        answer=str(answered["answer"]) if answered else "",
        course=run.course if answered or run.is_study else None,
    )


def _course_page(request: UserRequest, course: CoursePage, form: GoalForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    practice.catch_up(learner=request.user)
    figures: Figures = practice.figures_of(learner=request.user, now=now)
    runs = PracticeRun.objects.of(request.user).filter(course=course, is_study=False).order_by("-started_at", "-pk")
    context = {
        "course": course,
        "figures": figures,
        "left": max(0, figures.goal - figures.today),
        "modules": MODULE_CHOICES,
        "begin_form": BeginForm(),
        "goal_form": form if form.is_bound else GoalForm(initial={"daily_goal": figures.goal}),
        "unfinished": next((run for run in runs[:RUNS_SHOWN] if 0 < len(run.answers) < len(run.items)), None),
    }
    return render(request, "exams/practice_course.html", context, status=status)


def _state(run: PracticeRun, place: int) -> str:
    one = run.answers.get(str(place))
    return "open" if one is None else "right" if one["right"] else "wrong"


def _courses(request: UserRequest) -> QuerySet[CoursePage]:
    return CoursePage.objects.filter(enrolments__in=Enrolment.objects.standing().of(request.user))


def _course(request: UserRequest, pk: int) -> CoursePage:
    return get_object_or_404(_courses(request), pk=pk)


def _runs(request: UserRequest) -> QuerySet[PracticeRun]:
    """Rounds of one's own, in courses that one may study today. Source: docs/rules/practice.md, rule P1."""
    return PracticeRun.objects.of(request.user).filter(course__in=_courses(request)).select_related("course")
