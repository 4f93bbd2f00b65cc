"""The public calculator's three ways in, and the upload of a roster."""

from typing import ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from certificates.staffing import checks, ratio, rosters

LARGEST_COUNT = 1_000_000


class CountField(forms.IntegerField):
    """A whole number of people."""

    default_error_messages = {"invalid": "请填写整数，如 12。"}

    def __init__(self, label: str, *, least: int = 0, initial: int | None = None, help_text: str = "") -> None:
        super().__init__(
            label=label,
            min_value=least,
            max_value=LARGEST_COUNT,
            initial=initial,
            help_text=help_text,
            error_messages={
                "required": "请填写人数，没有就填 0。",
                "min_value": "不能小于 %(limit_value)s。",
                "max_value": "不能大于 %(limit_value)s，请核对。",
            },
            widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        )


class CalculatorForm(forms.Form):
    """How many service managers there are; each subclass asks in one way. Source: docs/rules/staffing.md, rule S1."""

    title: ClassVar[str]
    is_estimate: ClassVar[bool] = False

    def manager_count(self) -> int:
        """Return the service managers of a valid form."""
        raise NotImplementedError


class ByLayersForm(CalculatorForm):
    title = "分两层数"
    hq = CountField("总部的服务管理人员", help_text="服务相关部门、环节、岗位的负责人，从基层到中高层。")
    outlets = CountField("分公司和网点的管理人员", help_text="所有下属机构合计，如站长、副站长。")
    held = CountField("现有售后服务管理师", initial=0, help_text="在职并且证书有效的人数。")

    def clean(self) -> None:
        if {"hq", "outlets"} <= self.cleaned_data.keys() and self.manager_count() == 0:
            self.add_error("hq", "两层合计不能为 0。请按组织结构图数一数总部和网点的负责人。")

    def manager_count(self) -> int:
        return int(self.cleaned_data["hq"] + self.cleaned_data["outlets"])


class ByTotalForm(CalculatorForm):
    title = "已知总数"
    managers = CountField("服务管理人员总数", least=1, help_text="总部和网点合计，不是全体员工。")
    held = CountField("现有售后服务管理师", initial=0, help_text="在职并且证书有效的人数。")

    def manager_count(self) -> int:
        return int(self.cleaned_data["managers"])


class ByStaffForm(CalculatorForm):
    title = "只知道员工总数"
    is_estimate = True
    staff = CountField("员工总数", least=1, help_text="按行业粗略说法“服务管理人员约占 15%”估算，不能代替逐个点名。")
    held = CountField("现有售后服务管理师", initial=0, help_text="在职并且证书有效的人数。")

    def manager_count(self) -> int:
        return ratio.managers_among(self.cleaned_data["staff"])


CALCULATORS: dict[str, type[CalculatorForm]] = {"layers": ByLayersForm, "managers": ByTotalForm, "staff": ByStaffForm}


class CheckForm(forms.Form):
    """A roster to be checked on a day."""

    company_name = forms.CharField(
        label="企业名称",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": "请填写企业名称。", "max_length": "企业名称最多 %(limit_value)s 个字。"},
    )
    as_of_date = forms.DateField(
        label="基准日",
        initial=timezone.localdate,
        help_text="按哪一天的在职情况和证书有效期来算，可以选审核当天。",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请选择基准日。", "invalid": "请写成 2026-11-22 这样的日期。"},
    )
    roster = forms.FileField(
        label="花名册",
        help_text=f"按模板填写的 .xlsx，或 .csv；最大 {rosters.MAX_BYTES // 1024 // 1024} MB，"
        f"{rosters.MAX_ROWS:,} 行。不要包含身份证号码。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": "请选择花名册文件。",
            "empty": "文件是空的。请下载模板，填写后再上传。",
            "invalid": "没有收到文件，请重新选择。",
        },
    )

    def clean_company_name(self) -> str:
        name: str = self.cleaned_data["company_name"]
        if not name[0].isalnum() and name[0] not in "（(《":  # "=…" would be a formula in an exported list
            raise forms.ValidationError("企业名称不能以符号开头，请填写营业执照上的名称。")
        return name

    def clean_as_of_date(self) -> object:
        day = self.cleaned_data["as_of_date"]
        if not checks.FIRST_AS_OF <= day <= checks.LAST_AS_OF:
            raise forms.ValidationError(checks.AsOfOutOfRange.message)
        return day

    def clean_roster(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["roster"]
        if (upload.size or 0) > rosters.MAX_BYTES:
            raise forms.ValidationError(
                f"文件超过 {rosters.MAX_BYTES // 1024 // 1024} MB。请删去图片和不需要的列，或分成几份。"
            )
        return upload
