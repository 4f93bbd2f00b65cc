"""Exams with their blueprint, and what the bank can supply for each cell."""

from typing import Any

from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, InlinePanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from exams import attempts, drawing
from exams.models import BlueprintCell, Exam


def cells_of(rows: list[BlueprintCell]) -> list[drawing.Cell]:
    return [drawing.Cell(row.module, row.kind, row.count, row.points_centi) for row in rows]


def supply_report(exam: Exam) -> dict[str, object]:
    """What a template prints about an exam's blueprint and the bank."""
    rows = list(exam.cells.order_by("module", "kind")) if exam.pk else []
    supplies = attempts.supplies_of(cells=cells_of(rows))
    return {
        "supplies": [(row, supply) for row, supply in zip(rows, supplies, strict=True)],
        "question_count": sum(row.count for row in rows),
        "total_centi": sum(row.count * row.points_centi for row in rows),
    }


class ExamForm(WagtailAdminModelForm):
    def is_valid(self) -> bool:
        """Refuse to open an exam without a possible paper; the cells are known only after their own validation."""
        if not super().is_valid():
            return False
        forms = [form for form in self.formsets["cells"].forms if form not in self.formsets["cells"].deleted_forms]
        rows = [form.instance for form in forms if form.cleaned_data]
        total = sum(row.count * row.points_centi for row in rows)
        if self.cleaned_data["is_open"]:
            if not rows:
                self.add_error("is_open", "还没有组卷蓝图，不能开放。请先填写组卷格。")
            for supply in attempts.supplies_of(cells=cells_of(rows)):
                if not supply.is_enough:
                    self.add_error("is_open", f"题库组不成试卷，不能开放。{supply}。请补题或调整蓝图。")
        if rows and self.cleaned_data["pass_centi"] > total:
            self.add_error("pass_centi", f"及格分比满分 {total / 100:g} 分还高，没有人能通过。")
        return not self.errors


class SupplyPanel(HelpPanel):
    """The supply of the saved blueprint, beside the form that changes it."""

    class BoundPanel(HelpPanel.BoundPanel):
        def get_context_data(self, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
            return super().get_context_data(parent_context) | supply_report(self.instance)


class InspectView(generic.InspectView):
    page_title = "考试设置"

    def get_is_open_display_value(self) -> str:
        return "是" if self.object.is_open else "否"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, **supply_report(self.object))


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
                    FieldRowPanel([FieldPanel("minutes"), FieldPanel("pass_centi")]),
                    FieldRowPanel([FieldPanel("max_attempts"), FieldPanel("cooldown_hours")]),
                    FieldPanel("is_open", help_text="题库组不成试卷时不能开放。"),
                ],
                "规则",
            ),
            SupplyPanel(template="exams/admin/supply_panel.html", heading="题库供应"),
            InlinePanel(
                "cells",
                heading="组卷蓝图",
                label="组卷格",
                panels=[
                    FieldRowPanel([FieldPanel("module"), FieldPanel("kind")]),
                    FieldRowPanel([FieldPanel("count"), FieldPanel("points_centi")]),
                ],
            ),
        ],
        base_form_class=ExamForm,
    )
