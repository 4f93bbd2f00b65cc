"""Questions about a lesson, as its learners see them. Teachers answer in the back office."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses import media_access, questions
from courses.lesson_forms import QuestionForm
from courses.models import LessonPage, LessonQuestion
from lms.errors import DomainError
from lms.http import UserRequest

QUESTIONS_A_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def question_list(request: UserRequest, pk: int) -> HttpResponse:
    """The questions of one lesson (frequent ones first, then mine and everybody's), and the form that asks another."""
    lesson: LessonPage = get_object_or_404(LessonPage.objects.live().defer("body"), pk=pk)
    if not media_access.is_enrolled(user=request.user, lesson=lesson):
        raise Http404
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            questions.ask(learner=request.user, lesson=lesson, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("text", str(refusal))
        else:
            messages.success(request, "问题已提交。老师回答后，会给你发邮件，学习中心也会提示。")
            return redirect("courses:question_list", pk)
    readable = LessonQuestion.objects.about(lesson).readable_by(request.user)
    page = Paginator(readable.order_by("-is_pinned", "-asked_at", "-pk"), QUESTIONS_A_PAGE)
    context = {"lesson": lesson, "form": form, "page_obj": page.get_page(request.GET.get("page"))}
    return render(request, "courses/question_list.html", context)


@require_safe
def question_mine(request: UserRequest) -> HttpResponse:
    """Everything that I asked, newest first."""
    page = Paginator(_mine(request).order_by("-asked_at", "-pk"), QUESTIONS_A_PAGE)
    return render(request, "courses/question_mine.html", {"page_obj": page.get_page(request.GET.get("page"))})


@require_safe
def question_detail(request: UserRequest, pk: int) -> HttpResponse:
    """One question of mine with its answer, which is then seen."""
    question = get_object_or_404(_mine(request), pk=pk)
    questions.mark_seen(question=question)
    return render(request, "courses/question_detail.html", {"question": question})


@require_POST
def question_withdraw(request: UserRequest, pk: int) -> HttpResponse:
    """Take back a question of mine that nobody has answered."""
    question = get_object_or_404(_mine(request), pk=pk)
    try:
        questions.withdraw(question=question)
    except questions.AlreadyAnswered as refusal:
        messages.error(request, str(refusal))
        return redirect("courses:question_detail", pk)
    messages.success(request, "提问已删除。")
    return redirect("courses:question_mine")


def _mine(request: UserRequest) -> QuerySet[LessonQuestion]:
    return LessonQuestion.objects.of(request.user).select_related("lesson").defer("lesson__body")
