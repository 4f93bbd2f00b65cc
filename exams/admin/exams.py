"""Exams with their blueprint, and what the bank can supply for each cell."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import URLPattern, path
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, InlinePanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from exams import attempts, drawing
from exams.admin.composing import blueprint_report, compose_forms, problems_of
from exams.models import Exam, Item

KEY = re.compile(r"[0-9a-f]{64}")


def supply_report(exam: Exam) -> dict[str, object]:
    """What a template prints about an exam's blueprint and the bank."""
    rows = list(exam.cells.order_by("module", "kind")) if exam.pk else []
    supplies = attempts.supplies_of(cells=attempts.cells_of(rows))
    return {
        "supplies": [(row, supply) for row, supply in zip(rows, supplies, strict=True)],
        "question_count": sum(row.count for row in rows),
        "total_centi": sum(row.count * row.points_centi for row in rows),
    }


def shortages_of(exam: Exam) -> list[drawing.Supply]:
    """Name the cells that the practice pool cannot fill. Source: docs/rules/exam-room.md, rule R3."""
    rows = list(exam.cells.order_by("module", "kind")) if exam.pk else []
    supplies = attempts.supplies_of(cells=attempts.cells_of(rows), pool=Item.Pool.PRACTICE)
    return [supply for supply in supplies if not supply.is_enough]


class KeysField(forms.CharField):
    """Keys of Safe Exam Browser, one a line; stored as a list of lower-case texts."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False} | kwargs)
        self.widget.attrs |= {"rows": 3, "spellcheck": "false"}

    def prepare_value(self, value: object) -> object:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: str) -> list[str]:
        keys = [line.strip().lower() for line in super().clean(value).splitlines() if line.strip()]
        for number, key in enumerate(keys, start=1):
            if not KEY.fullmatch(key):
                raise ValidationError(
                    f"第 {number} 个密钥不对：要是 64 位十六进制数（0-9、a-f），现在有 {len(key)} 个字符。"
                )
        return list(dict.fromkeys(keys))

    def has_changed(self, initial: object, data: object) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class ExamForm(WagtailAdminModelForm):
    safe_browser_config_keys = KeysField(
        label="SEB 配置密钥（Config Key）", help_text="一行一个，64 位十六进制。从 SEB 配置工具复制；改了配置就会变。"
    )
    safe_browser_exam_keys = KeysField(
        label="SEB 浏览器考试密钥（Browser Exam Key）",
        help_text="一行一个，64 位十六进制。每个操作系统、每个 SEB 版本一个；不要求版本的，留空。",
    )

    def is_valid(self) -> bool:
        """Refuse to open an exam without a possible paper; the cells are known only after their own validation."""
        if not super().is_valid():
            return False
        cells = self.formsets["cells"]
        rows = [form.instance for form in cells.forms if form not in cells.deleted_forms and form.cleaned_data]
        total = sum(row.count * row.points_centi for row in rows)
        if len({(row.module, row.kind, row.difficulty, row.point) for row in rows}) < len(rows):
            self.add_error(None, "有两个组卷格的模块、题型、难度、知识点完全相同。请合并成一格。")
        elif self.cleaned_data["is_open"]:
            papers, cap = self.cleaned_data["papers_wanted"], self.cleaned_data["exposure_cap"]
            for problem in problems_of(exam=self.instance, rows=rows, papers=papers, exposure_cap=cap):
                self.add_error("is_open", problem)
        if rows and self.cleaned_data["pass_centi"] > total:
            self.add_error("pass_centi", f"及格分比满分 {total / 100:g} 分还高，没有人能通过。")
        return not self.errors


class SupplyPanel(HelpPanel):
    """The supply of the saved blueprint, beside the form that changes it."""

    class BoundPanel(HelpPanel.BoundPanel):
        def get_context_data(self, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
            report = supply_report(self.instance) | blueprint_report(self.instance)
            return super().get_context_data(parent_context) | report


class MockPanel(HelpPanel):
    """Which cells the practice pool cannot fill, so that there is no mock exam."""

    class BoundPanel(HelpPanel.BoundPanel):
        def get_context_data(self, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
            report = {"shortages": shortages_of(self.instance), "has_cells": bool(self.instance.pk)}
            return super().get_context_data(parent_context) | report


class InspectView(generic.InspectView):
    page_title = "考试设置"

    def get_is_open_display_value(self) -> str:
        return "是" if self.object.is_open else "否"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report = supply_report(self.object) | {"shortages": shortages_of(self.object), "has_cells": True}
        report |= blueprint_report(self.object)
        report["may_compose"] = report.get("has_fixed") and self.request.user.has_perm("exams.change_exam")
        return super().get_context_data(**kwargs, **report)


class ExamViewSet(ModelViewSet):
    model = Exam
    name = url_prefix = "exam_settings"
    icon = "form"
    menu_label = "考试设置"
    inspect_view_class = InspectView
    inspect_view_enabled = True
    inspect_template_name = "exams/admin/exam_inspect.html"
    inspect_view_fields = ["title", "course", "minutes", "max_attempts", "cooldown_hours", "is_open"]
    copy_view_enabled = False
    add_to_reference_index = False
    ordering = ["title"]
    list_display = [
        "title",
        "course",
        "minutes",
        "max_attempts",
        "cooldown_hours",
        BooleanColumn("is_open", label="开放"),
    ]
    list_filter = ["course", "is_open"]
    search_fields = ["title"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            FieldPanel("course"),
            FieldPanel("title"),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [
                            FieldPanel("minutes", help_text="便利安排另按每人的比例加时。"),
                            FieldPanel("pass_centi", help_text="开始考试时写进试卷，以后改动不影响已开始的。"),
                        ]
                    ),
                    FieldRowPanel(
                        [
                            FieldPanel("max_attempts", help_text="含补考，补考不收费。从报名之日起计。"),
                            FieldPanel("cooldown_hours", help_text="从上一次收卷算起。0 = 不用等。"),
                        ]
                    ),
                    FieldPanel("is_open", help_text="题库组不成试卷时不能开放。要限定考试时间的，在“考期”里设。"),
                ],
                "规则",
            ),
            MultiFieldPanel([FieldPanel("has_mock"), MockPanel(template="exams/admin/mock_panel.html")], "模拟考试"),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [
                            FieldPanel("review", help_text="答案与解析公布以后，这些题就不宜再考。"),
                            FieldPanel("review_from", help_text="“考期结束后”对没有考期的考试等于交卷后。"),
                        ]
                    ),
                    FieldPanel("appeal_days"),
                ],
                "交卷以后",
            ),
            MultiFieldPanel(
                [
                    FieldPanel("away_seconds"),
                    FieldPanel("has_watermark", help_text="试卷背景印考生姓名，防止拍照外传。"),
                    FieldPanel("needs_safe_browser", help_text="打开后，只有配置正确的 SEB 能开始和作答。"),
                    FieldPanel("safe_browser_config_keys"),
                    FieldPanel("safe_browser_exam_keys"),
                ],
                "诚信",
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("partial"), FieldPanel("wrong_percent")]),
                    FieldRowPanel([FieldPanel("marks_twice"), FieldPanel("marking_gap_percent")]),
                ],
                "评分",
            ),
            MultiFieldPanel([FieldRowPanel([FieldPanel("papers_wanted"), FieldPanel("exposure_cap")])], "组卷要求"),
            SupplyPanel(template="exams/admin/supply_panel.html", heading="题库供应"),
            InlinePanel(
                "cells",
                heading="组卷蓝图",
                label="组卷格",
                panels=[
                    FieldRowPanel([FieldPanel("module"), FieldPanel("kind")]),
                    FieldRowPanel([FieldPanel("difficulty"), FieldPanel("point")]),
                    FieldRowPanel([FieldPanel("count"), FieldPanel("points_centi"), FieldPanel("is_fixed")]),
                ],
            ),
        ],
        base_form_class=ExamForm,
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<pk:pk>/compose/", compose_forms, name="compose")]
