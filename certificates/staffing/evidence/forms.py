"""What people fill in for a pack, and for a link to it."""

from datetime import date

from django import forms
from django.utils import timezone

from certificates.staffing import checks
from certificates.staffing.evidence import links


class PackForm(forms.Form):
    """For which day. Source: docs/rules/evidence.md, rule E1."""

    as_of_date = forms.DateField(
        label="基准日",
        initial=timezone.localdate,
        help_text="按哪一天的在职情况和证书有效期来算，通常填审核当天。",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请选择基准日。", "invalid": "请写成 2026-11-22 这样的日期。"},
    )

    def clean_as_of_date(self) -> date:
        day: date = self.cleaned_data["as_of_date"]
        if not checks.FIRST_AS_OF <= day <= checks.LAST_AS_OF:
            raise forms.ValidationError(checks.AsOfOutOfRange.message)
        return day


class LinkForm(forms.Form):
    """For whom, and for how long. Source: docs/rules/evidence.md, rule E8."""

    recipient = forms.CharField(
        label="给谁",
        max_length=100,
        help_text="例如认证机构和评审组长的名字，只用来分清链接。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写明给谁，以后好分清。", "max_length": "最多 %(limit_value)s 个字。"},
    )
    days = forms.IntegerField(
        label="有效天数",
        initial=links.DEFAULT_DAYS,
        min_value=1,
        max_value=links.MOST_DAYS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": "请填写天数。",
            "invalid": "请填写整数。",
            "min_value": "至少 1 天。",
            "max_value": "最多 %(limit_value)s 天。",
        },
    )
