"""What is filled in about 学时证明: which course and days; the two keys of a look-up."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from courses.models import CoursePage, LessonProgress
from lms.users.models import User


class ProofForm(forms.Form):
    course: "forms.ModelChoiceField[CoursePage]" = forms.ModelChoiceField(
        label="课程", queryset=CoursePage.objects.none(), empty_label=None
    )
    from_date = forms.DateField(label="从", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    to_date = forms.DateField(label="到（含当天）", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, learner: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = LessonProgress.objects.of(learner).order_by("first_opened_at").first()
        studied = CoursePage.objects.filter(enrolments__learner=learner).distinct().order_by("title")
        self.fields["course"].queryset = studied  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["from_date"].initial = timezone.localdate(first.first_opened_at) if first else today
        self.fields["to_date"].initial = today
        self.today = today
        self.has_courses = first is not None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        start, end = data.get("from_date"), data.get("to_date")
        if start and end and start > end:
            self.add_error("to_date", "结束日期在开始日期之前。")
        if end and end > self.today:
            self.add_error("to_date", "结束日期不能在今天以后。")
        return data


class ProofVerifyForm(forms.Form):
    number = forms.CharField(
        label="学时证明编号",
        max_length=40,
        widget=forms.TextInput(
            attrs={"placeholder": "XS-20261122-XXXXXXXX", "autocomplete": "off", "autocapitalize": "characters"}
        ),
        error_messages={"required": "请填写编号，它印在证明上方。"},
    )
    name = forms.CharField(
        label="姓名",
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="填写证明上的全名。",
        error_messages={"required": "请填写姓名，要与证明上的完全一致。"},
    )
