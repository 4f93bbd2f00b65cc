"""What people fill in for readiness."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from certificates.staffing.models import (
    AssessmentFinding,
    CertificationCycle,
    Company,
    Indicator,
    Member,
    SpecialDeduction,
)
from certificates.staffing.readiness import actions, checklist, indicators
from certificates.staffing.readiness.assessments import Judged, Section, Standing
from certificates.staffing.readiness.scoring import Typed, Verdict
from exams.models.fields import PointsFormField

MOST_SAMPLES = 100_000
SHOWN_SPECIALS = 2  # empty rows beside those that are filled in
DATE_ERRORS = {"required": "请填写日期。", "invalid": "请写成 2026-11-22 这样的日期。"}
NUMBER_ERRORS = {"invalid": "请填写整数。", "min_value": "不能是负数。", "max_value": "太大了，请核对。"}


def date_field(label: str, *, required: bool = False, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=DATE_ERRORS,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """The four fields of one clause; none where the roster answers."""

    leaf: Indicator
    verdict: forms.BoundField | None = None
    samples: forms.BoundField | None = None
    failed: forms.BoundField | None = None
    reason: forms.BoundField | None = None


class AssessmentForm(forms.Form):
    """A whole self-assessment on one page. Source: docs/rules/readiness.md, rules A3-A6."""

    use_required_attribute = False

    as_of = date_field("自评日", required=True, help_text="5.1.2.2 按这一天的花名册和证书计算。")
    bonus_reason = forms.CharField(
        label="特别加分的理由",
        required=False,
        max_length=300,
        help_text="高于法律要求、行业领先的特别优势。没有就空着；写了就加 1 分。",
        error_messages={"max_length": "最多 %(limit_value)s 个字。"},
    )

    def __init__(self, data: Mapping[str, Any] | None, *, standing: Standing, initial: dict[str, Any]) -> None:
        self.standing = standing
        super().__init__(data, initial=initial | _initial(standing))
        for section in standing.sections:
            self._add_section(section)
        for n in range(len(standing.specials) + SHOWN_SPECIALS):
            self.fields[f"trigger-{n}"] = forms.ChoiceField(
                label="情形", required=False, choices=[("", "没有"), *SpecialDeduction.Trigger.choices]
            )
            self.fields[f"fact-{n}"] = forms.CharField(label="事实", required=False, max_length=300)

    def rows(self) -> list[tuple[Section, list[Row], list[forms.BoundField]]]:
        """Return each section with its clauses and the two fields of its whole."""
        return [
            (
                section,
                [self._row(leaf) for leaf, _ in section.leaves],
                [] if section.by_clause else [self[f"deleted-{section.top.code}"], self[f"lost-{section.top.code}"]],
            )
            for section in self.standing.sections
        ]

    def specials_shown(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"trigger-{n}"], self[f"fact-{n}"]) for n in range(len(self.standing.specials) + SHOWN_SPECIALS)]

    def clean(self) -> None:
        for trigger, fact in self.specials_shown():
            chosen, written = self.cleaned_data.get(trigger.name), self.cleaned_data.get(fact.name)
            if chosen and not written:
                self.add_error(fact.name, "请写明事实。")
            if written and not chosen:
                self.add_error(trigger.name, "请选择情形。")

    def findings(self) -> dict[str, Judged]:
        filled, found = self.cleaned_data, {}
        for section in self.standing.sections:
            for leaf, _ in section.leaves:
                verdict = filled.get(f"verdict-{leaf.code}")
                if verdict:
                    is_partly = verdict == Verdict.PARTLY
                    found[leaf.code] = Judged(
                        Verdict(verdict),
                        samples=(filled.get(f"samples-{leaf.code}") or 0) if is_partly else 1,
                        failed=(filled.get(f"failed-{leaf.code}") or 0) if is_partly else 0,
                        reason=filled.get(f"reason-{leaf.code}") or "",
                    )
        return found

    def sections(self) -> dict[str, Typed]:
        found = {}
        for section in self.standing.sections:
            code = section.top.code
            lost = self.cleaned_data.get(f"lost-{code}")
            if lost is not None:
                found[code] = Typed(self.cleaned_data.get(f"deleted-{code}") or 0, lost)
        return found

    def specials(self) -> Sequence[tuple[str, str]]:
        pairs = ((self.cleaned_data[t.name], self.cleaned_data[f.name]) for t, f in self.specials_shown())
        return [(trigger, fact) for trigger, fact in pairs if trigger]

    def _add_section(self, section: Section) -> None:
        for leaf, _ in section.leaves:
            if leaf.code == indicators.STAFFING:
                continue
            choices = [
                choice
                for choice in AssessmentFinding.Verdict.choices
                if leaf.is_deletable or choice[0] != Verdict.DELETED
            ]
            self.fields |= {
                f"verdict-{leaf.code}": forms.ChoiceField(
                    label=f"{leaf.code} 的判断", required=False, choices=[("", "还没判断"), *choices]
                ),
                f"samples-{leaf.code}": _count(f"{leaf.code} 抽查数"),
                f"failed-{leaf.code}": _count(f"{leaf.code} 不符合数"),
                f"reason-{leaf.code}": forms.CharField(label=f"{leaf.code} 说明", required=False, max_length=300),
            }
        if not section.by_clause:
            top, points = section.top, (section.top.points_centi or 0) / 100
            for name, label in (("deleted", "删减"), ("lost", "扣分")):
                self.fields[f"{name}-{top.code}"] = PointsFormField(
                    label=f"{top.code} {label}（分）", required=False, min_value=0, max_value=points
                )

    def _row(self, leaf: Indicator) -> Row:
        if leaf.code == indicators.STAFFING:
            return Row(leaf)
        names = ("verdict", "samples", "failed", "reason")
        return Row(leaf, *(self[f"{name}-{leaf.code}"] for name in names))


def _count(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=MOST_SAMPLES,
        error_messages=NUMBER_ERRORS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


def _initial(standing: Standing) -> dict[str, object]:
    found: dict[str, object] = {}
    for section in standing.sections:
        for leaf, one in section.leaves:
            if one:
                found |= {f"verdict-{leaf.code}": one.verdict, f"reason-{leaf.code}": one.reason}
            if one and one.verdict == Verdict.PARTLY:
                found |= {f"samples-{leaf.code}": one.samples, f"failed-{leaf.code}": one.failed}
        if section.typed:
            found[f"deleted-{section.top.code}"] = section.typed.deleted_centi
            found[f"lost-{section.top.code}"] = section.typed.lost_centi
    for n, special in enumerate(standing.specials):
        found |= {f"trigger-{n}": special.trigger, f"fact-{n}": special.fact}
    return found


class CycleForm(forms.ModelForm[CertificationCycle]):
    """The days of a cycle. Source: docs/rules/readiness.md, rules A11 and A12."""

    use_required_attribute = False

    initial_audit_date = date_field("初审日", help_text="还没有初审的，填计划的日期。")
    certified_date = date_field("发证日", help_text="证书上的发证日期；还没有就空着。")
    first_audit_date = date_field("第一次监督审核的实际日期")
    second_audit_date = date_field("第二次监督审核的实际日期")

    class Meta:
        model = CertificationCycle
        fields = ["body", "initial_audit_date", "certified_date", "first_audit_date", "second_audit_date"]

    def _post_clean(self) -> None:
        """The verb writes and refuses; the row itself stays as it is."""


class NextCycleForm(forms.Form):
    certified_on = date_field("新证书的发证日", required=True)


class ChecklistForm(forms.Form):
    """A tick and a note for everything an application needs. Source: docs/rules/readiness.md, rule A16."""

    def __init__(self, data: Mapping[str, Any] | None, *, company: Company) -> None:
        super().__init__(data)
        known = {row.code: row for row in company.checklist_marks.all()}
        for code, text in checklist.ALL.items():
            row = known.get(code)
            self.fields[f"ready-{code}"] = forms.BooleanField(
                label=text, required=False, initial=bool(row and row.is_ready)
            )
            self.fields[f"note-{code}"] = forms.CharField(
                label=f"{text} 备注",
                required=False,
                max_length=200,
                initial=row.note if row else "",
                widget=forms.TextInput(attrs={"placeholder": "备注"}),
            )

    def groups(self) -> list[tuple[str, list[tuple[forms.BoundField, forms.BoundField]]]]:
        return [
            (title, [(self[f"ready-{code}"], self[f"note-{code}"]) for code in codes])
            for title, codes in (("申请条件", checklist.CONDITIONS), ("申请材料", checklist.PAPERS))
        ]

    def marks(self) -> dict[str, tuple[bool, str]]:
        filled = self.cleaned_data
        return {code: (filled[f"ready-{code}"], filled[f"note-{code}"]) for code in checklist.ALL}


class OwnerField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no parameter at run time
    def label_from_instance(self, member: Any) -> str:
        return str(member.user.get_full_name())


class AssignForm(forms.Form):
    """Who is to do it, and by when."""

    owner = OwnerField(
        label="负责人",
        queryset=Member.objects.none(),
        empty_label=None,
        error_messages={"required": "请选择负责人。", "invalid_choice": "负责人要是本企业的成员。"},
    )
    due = date_field("完成期限", required=True)

    def __init__(self, data: Mapping[str, Any] | None, *, company: Company, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        members = Member.objects.of(company).select_related("user").order_by("joined_at", "pk")
        cast("forms.ModelChoiceField[Member]", self.fields["owner"]).queryset = members

    def clean_due(self) -> date:
        due: date = self.cleaned_data["due"]
        if not timezone.localdate() <= due <= date(2100, 12, 31):
            raise forms.ValidationError("期限应是今天或以后的日期。")
        return due


class ActionForm(AssignForm):
    """What is to be put right."""

    problem = forms.CharField(
        label="问题",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明问题。", "max_length": "最多 %(limit_value)s 个字。"},
    )
    code = forms.CharField(
        label="对应的条", required=False, max_length=10, help_text="如 5.1.4.1，可以空着。",
        error_messages={"max_length": "条号写成 5.1.4.1。"},
    )  # fmt: skip
    field_order = ["problem", "code", "owner", "due"]


class OutcomeForm(forms.Form):
    outcome = forms.CharField(
        label="做了什么",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明做了什么。", "max_length": "最多 %(limit_value)s 个字。"},
    )


class FileForm(forms.Form):
    file = forms.FileField(
        label="证据文件",
        help_text=f"PDF、PNG、JPEG、XLSX 或 DOCX，最大 {actions.MAX_BYTES // 1024 // 1024} MB。",
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.xlsx,.docx"}),
        error_messages={"required": "请选择文件。", "empty": "文件是空的。", "invalid": "没有收到文件，请重新选择。"},
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > actions.MAX_BYTES:
            raise forms.ValidationError(actions.FileRefused.message)
        return upload
