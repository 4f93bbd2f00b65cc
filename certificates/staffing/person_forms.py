"""What is typed about one person: facts, days of employment, the guide, consent, certificates of other issuers."""

from datetime import date
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile

from certificates.staffing import externals, people
from certificates.staffing.company_forms import EMAIL_ERRORS, day_field, in_range, plain_text, text_field
from certificates.staffing.counting import Advice, Layer, advise
from certificates.staffing.models import Company, Employment, Person, Site
from certificates.staffing.rosters import cells

SINCE_HELP = "改动“是否服务管理人员”时用：这天以前按原来的算。空着表示原来填错了，一并更正。"


class PersonForm(forms.Form):
    """A person of the roster."""

    name = text_field("姓名", most=50, required=True)
    staff_number = text_field("工号", most=100, help_text="有同名的人时必须填。")
    department = text_field("部门", most=100)
    site = forms.ModelChoiceField(
        queryset=Site.objects.none(),
        label="网点",
        required=False,
        empty_label="没有网点",
        error_messages={"invalid_choice": "请从列表里选择。"},
    )
    level = text_field("层级", most=100)
    post = text_field("职务", most=100)
    is_manager = forms.TypedChoiceField(
        label="是否服务管理人员",
        choices=[("1", "是"), ("0", "否")],
        coerce=lambda value: value == "1",
        initial="0",
    )
    since_on = day_field("从哪天起", help_text=SINCE_HELP)
    certificate_number = text_field("证书编号", most=60)

    def __init__(self, *args: Any, company: Company, is_new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_new:
            del self.fields["since_on"]
        cast("forms.ModelChoiceField[Any]", self.fields["site"]).queryset = Site.objects.of(company).order_by("name")

    def clean_name(self) -> str:
        try:
            return cells.name(self.cleaned_data["name"])
        except ValueError as error:
            raise forms.ValidationError("，".join(error.args) + "。") from error

    def clean_staff_number(self) -> str:
        return plain_text(self.cleaned_data["staff_number"])

    def clean_department(self) -> str:
        return plain_text(self.cleaned_data["department"])

    def clean_level(self) -> str:
        return plain_text(self.cleaned_data["level"])

    def clean_post(self) -> str:
        return plain_text(self.cleaned_data["post"])

    def clean_certificate_number(self) -> str:
        try:
            return cells.certificate_number(self.cleaned_data["certificate_number"])
        except ValueError as error:
            raise forms.ValidationError("，".join(error.args) + "。") from error

    def clean_since_on(self) -> date | None:
        return in_range(self.cleaned_data["since_on"])

    def facts(self) -> people.Facts:
        """Return what a valid form says of the person."""
        return people.Facts(**self.cleaned_data)

    @classmethod
    def initial_of(cls, person: Person, today: date) -> dict[str, object]:
        """Return what the form shows for a person."""
        shown = {name: getattr(person, name) for name in cls.base_fields if hasattr(person, name)}
        is_manager = person.judged_on(today).is_manager
        return shown | {"is_manager": str(int(is_manager)), "site": person.site_id, "since_on": today}


class DaysForm(forms.Form):
    """One stretch of employment; `employment` empty: another one."""

    employment = forms.ModelChoiceField(
        queryset=Employment.objects.none(), required=False, label="哪一段", empty_label="再加一段"
    )
    joined_on = day_field("入职日期", help_text="空着表示一直在职。")
    left_on = day_field("离职日期", help_text="空着表示仍在职。")

    def __init__(self, *args: Any, person: Person | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if person is None:
            del self.fields["employment"]
        else:
            mine = person.employments.order_by("joined_on")
            cast("forms.ModelChoiceField[Any]", self.fields["employment"]).queryset = mine

    def clean_joined_on(self) -> date | None:
        return in_range(self.cleaned_data["joined_on"])

    def clean_left_on(self) -> date | None:
        return in_range(self.cleaned_data["left_on"])


class GuideForm(forms.Form):
    """The three questions of rule C6."""

    YES_NO = (("", "请选择"), ("1", "是"), ("0", "否"))

    does_service = forms.TypedChoiceField(
        label="是否做服务相关的工作？",
        help_text="派单、维修、安装、配件、客服、投诉、回访、退换货、服务质量都算。",
        choices=YES_NO,
        coerce=lambda value: value == "1",
        error_messages={"required": "请选择“是”或“否”。"},
    )
    leads = forms.TypedChoiceField(
        label="是否带人，或者是某个环节、岗位、网点的负责人？",
        help_text="副职和基层班组长也算。",
        choices=YES_NO,
        coerce=lambda value: value == "1",
        error_messages={"required": "请选择“是”或“否”。"},
    )
    layer = forms.ChoiceField(
        label="在哪里工作？",
        choices=[("", "请选择"), (Layer.HQ.value, "总部"), (Layer.OUTLET.value, "分公司或网点")],
        error_messages={"required": "请选择一项。"},
    )
    since_on = day_field("从哪天起", help_text=SINCE_HELP)

    def clean_since_on(self) -> date | None:
        return in_range(self.cleaned_data["since_on"])

    def advice(self) -> Advice:
        """Return the advice for a valid form."""
        answers = self.cleaned_data
        return advise(does_service=answers["does_service"], leads=answers["leads"], layer=Layer(answers["layer"]))


class ConsentInviteForm(forms.Form):
    """Where to write to a person."""

    email = forms.EmailField(label="本人的邮箱", error_messages=EMAIL_ERRORS)


class ConsentForm(forms.Form):
    """The person's own word."""

    agrees = forms.BooleanField(label="我同意", error_messages={"required": "同意后请勾选；不同意请点“不同意”。"})


class ExternalForm(forms.Form):
    """A certificate of another issuer."""

    issuer = text_field("发证机构", most=100, required=True)
    number = text_field("证书编号", most=50, required=True)
    holder_name = text_field("证书上的姓名", most=50, required=True)
    issued_on = day_field("发证日期", required=True)
    expires_on = day_field("有效期至", help_text="证书上没有写就空着。")
    scan = forms.FileField(
        label="扫描件",
        help_text="PDF、PNG 或 JPEG，最大 10 MB。",
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        error_messages={"required": "请选择扫描件。", "empty": "文件是空的。", "invalid": "没有收到文件，请重新选择。"},
    )

    def clean_issuer(self) -> str:
        return plain_text(self.cleaned_data["issuer"])

    def clean_number(self) -> str:
        return plain_text(self.cleaned_data["number"])

    def clean_holder_name(self) -> str:
        return plain_text(self.cleaned_data["holder_name"])

    def clean_issued_on(self) -> date | None:
        return in_range(self.cleaned_data["issued_on"])

    def clean_expires_on(self) -> date | None:
        return in_range(self.cleaned_data["expires_on"])

    def clean_scan(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["scan"]
        if (upload.size or 0) > externals.MAX_BYTES:
            raise forms.ValidationError(externals.ScanRefused.message)
        return upload

    def clean(self) -> None:
        issued_on, expires_on = self.cleaned_data.get("issued_on"), self.cleaned_data.get("expires_on")
        if issued_on and expires_on and expires_on < issued_on:
            self.add_error("expires_on", "有效期不能早于发证日期。")

    def facts(self) -> externals.Facts:
        """Return what a valid form says of the certificate."""
        names = ("issuer", "number", "holder_name", "issued_on", "expires_on")
        return externals.Facts(**{name: self.cleaned_data[name] for name in names})
