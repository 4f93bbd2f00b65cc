"""What people suppose, and how fast they study. Everything stands in the address; nothing is stored."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from certificates.masking import name_key
from certificates.staffing import ratio
from certificates.staffing.live import LiveRoster, Row
from certificates.staffing.planning import schedule
from certificates.staffing.planning.whatif import OF_A_PERSON, Change, Kind

MOST_CHANGES = 8
MOST_PEOPLE = 10_000
KINDS = {
    Kind.HIRE: "新增服务管理人员",
    Kind.SHRINK: "减少服务管理人员",
    Kind.LEAVE: "某人离职",
    Kind.CERTIFY: "某人取得或换发证书",
    Kind.HOLDERS: "新增持证人员",
    Kind.LOSE: "某人的证书暂停或撤销",
}
DATE_ERRORS = {"required": "请填写日期。", "invalid": "请写成 2026-11-22 这样的日期。"}


def date_field(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=DATE_ERRORS,
        **options,
    )


class ChangeForm(forms.Form):
    """One supposition; an untouched form supposes nothing. Source: docs/rules/planning.md, rule F3."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label="假设",
        choices=[("", "不假设"), *((kind.value, text) for kind, text in KINDS.items())],
        required=False,
        error_messages={"invalid_choice": "请从列表里选。"},
    )
    day = date_field("日期", required=False)
    count = forms.IntegerField(
        label="人数",
        required=False,
        min_value=1,
        max_value=MOST_PEOPLE,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": "请填写整数。",
            "min_value": "至少 1 人。",
            "max_value": f"最多 {MOST_PEOPLE} 人。",
        },
    )
    person = forms.CharField(
        label="姓名或工号", required=False, max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, data: Mapping[str, Any] | None, *, roster: LiveRoster, as_of: date, prefix: str) -> None:
        super().__init__(data, prefix=prefix)
        self.roster, self.as_of = roster, as_of

    def clean(self) -> None:
        filled = self.cleaned_data
        if not filled.get("kind"):
            return
        kind, day = Kind(filled["kind"]), filled.get("day")
        if "day" in filled and not (day and self.as_of <= day <= ratio.add_months(self.as_of, ratio.HORIZON_MONTHS)):
            self.add_error("day", "请填写今天起 36 个月以内的日期。")
            return
        if kind in OF_A_PERSON:
            self._find_person(filled.get("person", ""), day)

    def change(self) -> Change | None:
        """Return what a valid form supposes."""
        filled = self.cleaned_data
        if not filled.get("kind"):
            return None
        return Change(Kind(filled["kind"]), filled["day"], count=filled.get("count") or 1, row=filled.get("row"))

    def _find_person(self, written: str, day: date | None) -> None:
        if not written:
            self.add_error("person", "请填写姓名或工号。")
            return
        key = name_key(written)
        rows = [row for row in self.roster.rows if row.staff_number and row.staff_number == written]
        rows = rows or [row for row in self.roster.rows if name_key(row.name) == key]
        if not rows:
            self.add_error("person", "花名册上没有这个人，请核对姓名或工号。")
        elif len({row.person_pk for row in rows}) > 1:
            self.add_error("person", f"有 {len({row.person_pk for row in rows})} 位同名，请改填工号。")
        elif employed := [row for row in rows if day and _is_employed(row, day)]:
            self.cleaned_data["row"] = employed[0].row
        elif day:
            self.add_error("person", "这一天这个人不在职，请核对日期。")


def _is_employed(row: Row, day: date) -> bool:
    return (row.joined_on or date.min) <= day <= (row.left_on or date.max)


class PlanForm(forms.Form):
    """By when, and how many hours a week. Source: docs/rules/planning.md, rules F4 and F6."""

    use_required_attribute = False

    due = date_field("希望补齐的日期", required=False, help_text="空着就按首次不足日或下一次审核日。")
    hours = forms.IntegerField(
        label="每人每周学习小时数",
        required=False,
        min_value=1,
        max_value=40,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=f"空着按 {schedule.HOURS_PER_WEEK} 小时算。",
        error_messages={"invalid": "请填写整数。", "min_value": "至少 1 小时。", "max_value": "最多 40 小时。"},
    )

    def __init__(self, data: Mapping[str, Any] | None, *, as_of: date) -> None:
        super().__init__(data)
        self.as_of = as_of

    def clean_due(self) -> date | None:
        due: date | None = self.cleaned_data["due"]
        if due and not self.as_of < due <= ratio.add_months(self.as_of, ratio.HORIZON_MONTHS):
            raise forms.ValidationError("请填写明天起 36 个月以内的日期。")
        return due
