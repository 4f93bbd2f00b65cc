"""Composing: enemies, and the parallel papers of an exam with fixed cells."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from exams import composing
from exams.models import BlueprintCell, EnemyGroup, Exam, Item
from lms.errors import DomainError
from lms.http import UserRequest


class EnemyGroupForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    """A group with its items by their codes."""

    codes = forms.CharField(
        label="题号",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="一行一个，至少两题。一份试卷至多出现其中一题；一题只能在一个组里。",
    )

    class Meta:
        model = EnemyGroup
        fields = ["reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            codes = self.instance.members.order_by("item__code").values_list("item__code", flat=True)
            self.initial["codes"] = "\n".join(codes)

    def clean_codes(self) -> list[Item]:
        codes = list(dict.fromkeys(self.cleaned_data["codes"].upper().split()))
        items = {item.code: item for item in Item.objects.filter(code__in=codes, case=None).select_related("enemy")}
        if missing := [code for code in codes if code not in items]:
            raise ValidationError(f"没有这些题，或者它们是案例的小题：{'、'.join(missing[:10])}。")
        taken = [code for code, item in items.items() if self._is_elsewhere(item)]
        if taken:
            raise ValidationError(f"已经在别的互斥题组里：{'、'.join(taken[:10])}。")
        if len(codes) < 2:
            raise ValidationError("至少要两题。")
        return [items[code] for code in codes]

    def save(self, commit: bool = True) -> EnemyGroup:  # noqa: FBT001, FBT002  # Django's signature
        group: EnemyGroup = super().save(commit)
        composing.set_enemies(group=group, items=self.cleaned_data["codes"])
        return group

    def _is_elsewhere(self, item: Item) -> bool:
        member = getattr(item, "enemy", None)
        return member is not None and member.group_id != self.instance.pk


class IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[EnemyGroup]:
        return EnemyGroup.objects.annotate(size=Count("members"))


class EnemyGroupViewSet(ModelViewSet):
    model = EnemyGroup
    name = url_prefix = "exam_enemies"
    menu_label = "互斥题组"
    icon = "no-view"
    index_view_class = IndexView
    form_class = EnemyGroupForm
    copy_view_enabled = False
    add_to_reference_index = False
    ordering = ["pk"]
    list_display = ["reason", Column("size", label="题数")]
    search_fields = ["reason", "members__item__code"]
    search_backend_name = None

    def get_form_class(self, for_update: bool = False) -> type[EnemyGroupForm]:  # noqa: ARG002, FBT001, FBT002  # Wagtail's signature
        return EnemyGroupForm


def blueprint_report(exam: Exam) -> dict[str, object]:
    """What a template prints about whether the saved blueprint can be published, and its prepared papers."""
    rows = list(exam.cells.all()) if exam.pk else []
    if not rows:
        return {"verdict": None}
    verdict = composing.verdict_of(rows=rows, papers=exam.papers_wanted, exposure_cap=exam.exposure_cap)
    has_fixed = any(row.is_fixed for row in rows)
    return {
        "verdict": verdict,
        "papers": exam.papers_wanted,
        "has_random": not all(row.is_fixed for row in rows),
        "has_fixed": has_fixed,
        "forms": composing.reports_of(exam) if has_fixed else [],
    }


def problems_of(*, exam: Exam, rows: list[BlueprintCell], papers: int, exposure_cap: int) -> list[str]:
    """Say why an exam with this blueprint may not be opened. Source: docs/rules/blueprint.md, rules B8 and B11."""
    problems = list(composing.verdict_of(rows=rows, papers=papers, exposure_cap=exposure_cap).problems)
    if not problems and any(row.is_fixed for row in rows) and composing.count_forms(exam=exam, rows=rows) != papers:
        problems.append("固定卷还没有按这份蓝图组好，不能开放。请先保存蓝图，在考试设置的查看页按“组卷”，再开放。")
    return problems


@require_POST
@permission_required("exams.change_exam", raise_exception=True)
def compose_forms(request: UserRequest, pk: int) -> HttpResponse:
    """Make the exam's parallel papers anew."""
    exam = get_object_or_404(Exam, pk=pk)
    try:
        is_proven = composing.compose(exam=exam, person=request.user, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        proof = "难度的均衡已证明最优" if is_proven else "这是限定时间里找到的最均衡的一组"
        messages.success(request, f"组好 {exam.papers_wanted} 套固定卷，{proof}。")
    return redirect("exam_settings:inspect", pk)
