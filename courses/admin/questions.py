"""Learners' questions in the back office: the waiting ones first; answered, published, pinned and closed by verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.permissions import register_permission_policy

from courses import questions
from courses.models import LessonQuestion
from courses.models.questions import ANSWER_LENGTH, QUESTION_LENGTH
from lms.errors import DomainError
from lms.policies import LookOnlyViewSet, ReadOnlyPolicy

ANSWER = "courses.answer_lessonquestion"
State = LessonQuestion.State

register_permission_policy(LessonQuestion, ReadOnlyPolicy(LessonQuestion))


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="回答", max_length=ANSWER_LENGTH, widget=forms.Textarea(attrs={"rows": 8}), help_text="提问人会收到邮件。"
    )
    is_public = forms.BooleanField(label="公开给学这一课的所有学员", required=False, help_text="不写提问人是谁。")
    public_text = forms.CharField(
        label="公开的问题",
        max_length=QUESTION_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="可以改写，去掉与人、与单位有关的内容；空着就用原文。提问人看到的仍是原文。",
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label="理由（提问人会看到）", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


@dataclass(frozen=True, kw_only=True)
class Action:
    """`is_open` says whether the question lets it be done now; `act` is the verb, `form` what it asks besides."""

    label: str
    consequence: str
    is_open: Callable[[LessonQuestion], bool]
    act: Callable[..., LessonQuestion]
    form: type[forms.Form] = forms.Form

    @property
    def is_signed(self) -> bool:
        """Say whether the verb records who did it, and when."""
        return self.form is not forms.Form


ACTIONS = {
    "answer": Action(
        label="回答 / 修改回答",
        consequence="只答给提问人，或公开给学这一课的所有学员。回答改了会再通知提问人。",
        is_open=lambda _question: True,
        act=questions.answer,
        form=AnswerForm,
    ),
    "pin": Action(
        label="置顶为常见问题",
        consequence="显示在这一课的最前面，一课至多 5 条。",
        is_open=lambda question: question.is_published and not question.is_pinned,
        act=questions.pin,
    ),
    "unpin": Action(
        label="取消置顶",
        consequence="仍然公开，只是不再排在最前。",
        is_open=lambda question: question.is_pinned,
        act=questions.unpin,
    ),
    "hide": Action(
        label="撤下公开",
        consequence="其他学员不再看到，提问人仍看得到问题和回答。",
        is_open=lambda question: question.is_published,
        act=questions.hide,
    ),
    "decline": Action(
        label="不予回答",
        consequence="与课程无关或不适当的提问，写明理由后关闭。",
        is_open=lambda question: question.state == State.WAITING,
        act=questions.decline,
        form=ReasonForm,
    ),
}


def questions_act(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Show one action's form on one question, and take the action."""
    user: Any = request.user
    if not user.has_perm(ANSWER):
        raise PermissionDenied
    action = ACTIONS.get(name)
    if action is None:
        raise Http404
    question = get_object_or_404(LessonQuestion.objects.select_related("lesson", "asker"), pk=pk)
    address = reverse("lesson_question:inspect", args=[question.pk])
    initial = {
        "answer": question.answer,
        "is_public": question.state in (State.WAITING, State.PUBLISHED),
        "public_text": question.public_text,
    }
    form = action.form(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        signature = {"by": user, "now": timezone.now()} if action.is_signed else {}
        try:
            action.act(question=question, **signature, **form.cleaned_data)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{action.label}：已记下。")
        return redirect(address)
    context = {
        "action": action,
        "question": question,
        "form": form,
        "inspect_url": address,
        "header_title": action.label,
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": reverse("lesson_question:index"), "label": "课程提问"},
            {"url": "", "label": action.label},
        ],
    }
    return render(request, "courses/admin/question_action.html", context)


class QuestionFilterSet(WagtailFilterSet):
    class Meta:
        model = LessonQuestion
        fields = ["state", "is_pinned"]


class QuestionIndexView(generic.IndexView):
    # Wagtail writes times in UTC; people read a spreadsheet in their own time.
    custom_value_preprocess = generic.IndexView.custom_value_preprocess | {datetime: {"xlsx": timezone.make_naive}}

    def get_base_queryset(self) -> QuerySet[LessonQuestion]:
        found = super().get_base_queryset().select_related("lesson", "asker").defer("lesson__body")
        waiting = Case(When(state=State.WAITING, then=Value(0)), default=Value(1), output_field=IntegerField())
        return found.annotate(turn=waiting)


class QuestionInspectView(generic.InspectView):
    def get_field_display_value(self, field_name: str, field: object) -> object:
        value = getattr(self.object, field_name)
        if isinstance(value, datetime):  # Wagtail would write it in UTC
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
        if isinstance(value, bool):
            return "是" if value else "否"
        return super().get_field_display_value(field_name, field) or "—"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm(ANSWER)
        deeds = [
            (action.label, reverse("questions_act", args=[name, self.object.pk]))
            for name, action in ACTIONS.items()
            if may and action.is_open(self.object)
        ]
        return super().get_context_data(**kwargs, deeds=deeds)


class QuestionViewSet(LookOnlyViewSet):
    model = LessonQuestion
    icon = "help"
    menu_label = "课程提问"
    menu_order = 225
    add_to_admin_menu = True
    index_view_class = QuestionIndexView
    inspect_view_class = QuestionInspectView
    inspect_template_name = "courses/admin/question_inspect.html"
    list_per_page = 50
    export_formats = ["xlsx", "csv"]
    search_fields = ["text", "answer", "lesson__title", "asker__email"]
    filterset_class = QuestionFilterSet
    ordering = ["turn", "-asked_at"]
    list_display = [
        TitleColumn("opening", label="问题", url_name="lesson_question:inspect"),
        Column("lesson", label="课", accessor="lesson.title"),
        Column("get_state_display", label="状态", sort_key="state"),
        BooleanColumn("is_pinned", label="置顶"),
        DateColumn("asked_at", label="提问时间", sort_key="asked_at"),
        DateColumn("answered_at", label="回答时间", sort_key="answered_at"),
    ]
    list_export = ["lesson.title", "text", "get_state_display", "answer", "asked_at", "answered_at"]
    export_headings = {"lesson.title": "课", "get_state_display": "状态"}
    export_filename = "questions"
    inspect_view_fields = [
        "lesson",
        "asker",
        "text",
        "asked_at",
        "state",
        "answer",
        "answered_by",
        "answered_at",
        "public_text",
        "is_pinned",
    ]


viewset = QuestionViewSet("lesson_question")
