"""考期 and who registered: windows are made and changed here, registrations only looked at and exported."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from exams import windows
from exams.models import Attempt, ExamWindow, Registration
from lms.policies import LookOnlyViewSet


def minute(value: datetime | None) -> str:
    """Write a moment as people read it; Wagtail would write it in UTC."""
    return "" if value is None else f"{timezone.localtime(value):%Y-%m-%d %H:%M}"


def unused() -> QuerySet[ExamWindow]:
    """Windows that nobody ever registered for or sat in: they may be deleted."""
    places, sittings = Registration.objects.filter(window=OuterRef("pk")), Attempt.objects.filter(window=OuterRef("pk"))
    return ExamWindow.objects.filter(~Exists(places), ~Exists(sittings))


class WindowForm(WagtailAdminModelForm):
    told = 0  # people who got a mail because of what was saved

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        opens, closes = data.get("registration_opens_at"), data.get("registration_closes_at")
        begins, ends = data.get("opens_at"), data.get("closes_at")
        if opens and closes and opens >= closes:
            self.add_error("registration_closes_at", "报考截止要晚于报考开始。")
        if begins and ends and begins >= ends:
            self.add_error("closes_at", "考试结束要晚于考试开始。")
        if closes and ends and closes > ends:
            self.add_error("registration_closes_at", "报考截止不能晚于考试结束。")
        capacity = data.get("capacity")
        if self.instance.pk and capacity is not None:
            taken = Registration.objects.standing().filter(window=self.instance).count()
            if capacity < taken:
                self.add_error("capacity", f"已有 {taken} 人报考，名额不能少于这个数。")
        return data

    def save(self, commit: bool = True) -> ExamWindow:  # noqa: FBT001, FBT002  # Django's signature
        window: ExamWindow = super().save(commit=False)
        if not commit:
            return window
        if window.pk:
            self.told = windows.change(window=window, now=timezone.now())
        else:
            window.save()
        return window


class WindowFilterSet(WagtailFilterSet):
    class Meta:
        model = ExamWindow
        fields = ["exam"]


class WindowIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[ExamWindow]:
        taken = Count("registrations", filter=Q(registrations__cancelled_at=None), distinct=True)
        kept = Exists(Attempt.objects.filter(window=OuterRef("pk")))
        return ExamWindow.objects.select_related("exam").annotate(
            taken=taken, ever=Count("registrations", distinct=True), was_sat_in=kept
        )

    def get_delete_url(self, instance: Any) -> str | None:
        return None if instance.ever or instance.was_sat_in else super().get_delete_url(instance)


class WindowEditView(generic.EditView):
    def get_success_message(self) -> str:
        notice = f"考试时间有变，已发邮件通知报考的 {self.form.told} 人。" if self.form.told else ""
        return f"已保存考期“{self.object}”。{notice}"

    @property
    def can_delete(self) -> bool:
        return unused().filter(pk=self.object.pk).exists() and super().can_delete


class WindowDeleteView(generic.DeleteView):
    def get_queryset(self) -> QuerySet[ExamWindow]:
        return unused()


class WindowViewSet(ModelViewSet):
    model = ExamWindow
    name = url_prefix = "exam_windows"
    icon = "calendar-alt"
    menu_label = "考期"
    index_view_class, edit_view_class, delete_view_class = WindowIndexView, WindowEditView, WindowDeleteView
    copy_view_enabled = False
    add_to_reference_index = False
    ordering = ["-opens_at", "-pk"]
    list_per_page = 50
    list_display = [
        "title",
        Column("exam", label="考试", accessor="exam.title", sort_key="exam__title"),
        Column(
            "registration",
            label="报考",
            accessor=lambda row: _span(row.registration_opens_at, row.registration_closes_at),
        ),
        Column(
            "sitting", label="考试时间", accessor=lambda row: _span(row.opens_at, row.closes_at), sort_key="opens_at"
        ),
        Column(
            "taken",
            label="已报 / 名额",
            accessor=lambda row: f"{row.taken} / {'不限' if row.capacity is None else row.capacity}",
        ),
    ]
    filterset_class = WindowFilterSet
    search_fields = ["title", "exam__title"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            FieldPanel("exam", help_text="有考期的考试，只有报考了的人能在考期内开始；没有考期的考试，随时可以开始。"),
            FieldPanel("title", help_text="考生看到的名字，例如：2026 年 12 月考期。"),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("registration_opens_at"), FieldPanel("registration_closes_at")]),
                    FieldPanel("capacity"),
                ],
                "报考",
                help_text="报考截止以后不能再报，也不能再取消。截止可以晚于考试开始，不能晚于考试结束。",
            ),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")])],
                "考试",
                help_text="在这段时间里可以开始；到结束时间收卷。有便利安排的人，多出的时间照样顺延。",
            ),
        ],
        base_form_class=WindowForm,
    )


class RegistrationFilterSet(WagtailFilterSet):
    class Meta:
        model = Registration
        fields = ["window__exam", "window"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["window__exam"].label = "考试"


class RegistrationIndexView(generic.IndexView):
    custom_value_preprocess = generic.IndexView.custom_value_preprocess | {datetime: {"xlsx": minute, "csv": minute}}

    def get_base_queryset(self) -> QuerySet[Registration]:
        return Registration.objects.select_related("window__exam", "candidate__identity")


class RegistrationInspectView(generic.InspectView):
    page_title = "报考"

    def get_field_display_value(self, field_name: str, field: object) -> object:
        value = getattr(self.object, field_name)
        if isinstance(value, datetime):
            return minute(value)
        return super().get_field_display_value(field_name, field) or "—"


class RegistrationViewSet(LookOnlyViewSet):
    model = Registration
    name = url_prefix = "exam_registrations"
    icon = "tick"
    menu_label = "报考"
    index_view_class, inspect_view_class = RegistrationIndexView, RegistrationInspectView
    inspect_view_fields = ["candidate", "window", "registered_at", "cancelled_at"]
    add_to_reference_index = False
    ordering = ["-registered_at", "-pk"]
    list_per_page = 50
    list_display = [
        "candidate",
        Column("exam", label="考试", accessor="window.exam.title", sort_key="window__exam__title"),
        Column("window", label="考期", accessor="window.title", sort_key="window__title"),
        Column(
            "registered_at", label="报考时间", accessor=lambda row: minute(row.registered_at), sort_key="registered_at"
        ),
        Column(
            "state",
            label="状态",
            accessor=lambda row: "已取消" if row.cancelled_at else "有效",
            sort_key="cancelled_at",
        ),
    ]
    filterset_class = RegistrationFilterSet
    search_fields = ["candidate__email", "candidate__name", "candidate__identity__real_name"]
    list_export = [
        "window.exam.title",
        "window.title",
        "candidate.email",
        "candidate.name",
        "candidate.identity.real_name",
        "registered_at",
        "cancelled_at",
    ]
    export_headings = {
        "window.exam.title": "考试",
        "window.title": "考期",
        "candidate.email": "邮箱",
        "candidate.name": "称呼",
        "candidate.identity.real_name": "姓名",
    }
    export_filename = "registrations"


def _span(first: datetime, last: datetime) -> str:
    return f"{minute(first)} 至 {minute(last)}"
