"""Enrolments in the back office: look, search, export; grant one; withdraw one."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets import Button
from wagtail.log_actions import log
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from courses import enrolment
from courses.models import CoursePage, Enrolment
from courses.models.enrolments import EnrolmentQuerySet
from lms.errors import DomainError
from lms.users.models import User


class EnrolmentPolicy(ModelPermissionPolicy):
    """`add` is to grant, `change` is to withdraw; a row is never deleted."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action != "delete" and super().user_has_permission(user, action)


register_permission_policy(Enrolment, EnrolmentPolicy(Enrolment))


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    email = forms.EmailField(label="学员邮箱", help_text="对方要先用这个邮箱注册账号。")
    reason = forms.CharField(label="赠与原因", max_length=200, help_text="记在这条报名上，同事能看到。")

    class Meta:
        model = Enrolment
        fields = ["email", "course", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = CoursePage.objects.live().order_by("title", "edition")  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_email(self) -> User:
        email = self.cleaned_data["email"].lower()
        learner = User.objects.filter(email=email, is_active=True).first()
        if learner is None:
            raise ValidationError(f"没有使用 {email} 的账号，或账号已停用。请核对邮箱，或请对方先注册。")
        return learner

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        learner, course = data.get("email"), data.get("course")
        if learner and course and Enrolment.objects.standing().of(learner).in_any_edition(course).exists():
            raise ValidationError("这位学员已有这门课的有效报名，不用再赠与。")
        return data


class WithdrawForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    reason = forms.CharField(
        label="撤回原因",
        max_length=200,
        help_text="撤回后学员立即不能再学这门课，学习记录保留。撤回不能取消，只能重新报名。",
    )

    class Meta:
        model = Enrolment
        fields = ["reason"]


class GrantView(generic.CreateView):
    page_subtitle = "赠与报名"
    submit_button_label = "赠与"
    submit_button_active_label = "正在赠与…"
    success_message = "已赠与。学员现在就可以开始学习。"
    error_message = "没有赠与成功，请看下面的说明。"

    def save_instance(self) -> Enrolment:
        data = self.form.cleaned_data
        made = enrolment.enrol(
            learner=data["email"],
            course=data["course"],
            source=Enrolment.Source.GRANT,
            source_ref=data["reason"],
            now=timezone.now(),
        )
        log(made, "wagtail.create", user=self.request.user, data={"reason": data["reason"]})
        return made

    def get_success_buttons(self) -> list[object]:
        return []


class WithdrawView(generic.EditView):
    submit_button_label = "撤回"
    submit_button_active_label = "正在撤回…"
    success_message = "已撤回。学习记录保留。"
    error_message = "没有撤回成功，请看下面的说明。"

    def get_queryset(self) -> EnrolmentQuerySet:
        return Enrolment.objects.standing().select_related("learner", "course")

    def get_page_subtitle(self) -> str:
        return f"撤回报名：{self.object.learner}，{self.object.course.title}"

    def save_instance(self) -> Enrolment:
        reason = self.form.cleaned_data["reason"]
        ended = enrolment.withdraw(enrolment=self.object, reason=reason, now=timezone.now())
        log(ended, "wagtail.edit", user=self.request.user, data={"reason": reason})
        return ended

    def form_valid(self, form: "forms.ModelForm[Enrolment]") -> HttpResponse:
        try:
            return super().form_valid(form)
        except DomainError as refusal:  # a colleague was quicker
            form.add_error(None, str(refusal))
            self.produced_error_message = self.error_message
            return self.form_invalid(form)

    def get_success_buttons(self) -> list[object]:
        return []


class EnrolmentFilterSet(WagtailFilterSet):
    state = django_filters.TypedChoiceFilter(
        field_name="withdrawn_at",
        lookup_expr="isnull",
        label="状态",
        choices=[("standing", "有效"), ("withdrawn", "已撤回")],
        coerce=lambda value: value == "standing",
    )

    class Meta:
        model = Enrolment
        fields = ["course", "source"]


class EnrolmentIndexView(generic.IndexView):
    add_item_label = "赠与报名"
    # Wagtail writes times in UTC; people read a spreadsheet in their own time.
    custom_value_preprocess = generic.IndexView.custom_value_preprocess | {datetime: {"xlsx": timezone.make_naive}}

    def get_base_queryset(self) -> EnrolmentQuerySet:
        return super().get_base_queryset().select_related("learner", "course")

    def get_edit_url(self, instance: Enrolment) -> str | None:
        return None if instance.withdrawn_at else super().get_edit_url(instance)

    def get_list_more_buttons(self, instance: Enrolment) -> list[Button]:
        links = [
            ("撤回", self.get_edit_url(instance), "cross"),
            ("查看", self.get_inspect_url(instance), "info-circle"),
        ]
        return [Button(text, url=url, icon_name=icon) for text, url, icon in links if url]


class EnrolmentInspectView(generic.InspectView):
    def get_field_display_value(self, field_name: str, field: object) -> object:
        value = getattr(self.object, field_name)
        if isinstance(value, datetime):  # Wagtail would write it in UTC
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
        return super().get_field_display_value(field_name, field) or "—"


class EnrolmentViewSet(ModelViewSet):
    model = Enrolment
    icon = "user"
    menu_label = "报名"
    add_to_admin_menu = True
    index_view_class = EnrolmentIndexView
    add_view_class = GrantView
    edit_view_class = WithdrawView
    inspect_view_class = EnrolmentInspectView
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_fields = [
        "learner",
        "course",
        "state",
        "source",
        "source_ref",
        "enrolled_at",
        "withdrawn_at",
        "withdrawn_reason",
    ]
    ordering = ["-enrolled_at", "-pk"]
    search_fields = ["learner__email", "learner__name"]
    search_backend_name = None
    filterset_class = EnrolmentFilterSet
    list_display = [
        "learner",
        Column("course", label="课程", accessor="course.title"),
        "source",
        "state",
        DateColumn("enrolled_at", label="报名时间", sort_key="enrolled_at"),
    ]
    list_export = [
        "learner.email",
        "learner.name",
        "course.title",
        "get_source_display",
        "source_ref",
        "state",
        "enrolled_at",
        "withdrawn_at",
        "withdrawn_reason",
    ]
    export_headings = {
        "learner.email": "邮箱",
        "learner.name": "称呼",
        "course.title": "课程",
        "get_source_display": "来源",
    }
    export_filename = "enrolments"

    def get_form_class(self, for_update: bool = False) -> "type[forms.ModelForm[Enrolment]]":  # noqa: FBT001, FBT002  # Wagtail's signature
        return WithdrawForm if for_update else GrantForm


viewset = EnrolmentViewSet("enrolments")
