"""What people of a company type: the company, its members, its places, its people, its rosters."""

from datetime import date
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from certificates.staffing import checks, rosters
from certificates.staffing.models import Company, Member, Site, Training
from certificates.staffing.rosters import cells
from courses.models import SeatBatch
from lms.users.models import User

EMAIL_ERRORS = {"required": "请填写邮箱。", "invalid": "邮箱的写法不对，应像 name@example.com。"}


def day_field(label: str, *, required: bool = False, help_text: str = "", **more: Any) -> forms.DateField:
    """Make a field for a day."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请选择日期。", "invalid": "请写成 2026-11-22 这样的日期。"},
        **more,
    )


def text_field(label: str, *, most: int, required: bool = False, help_text: str = "") -> forms.CharField:
    """Make a field for one line of text."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        help_text=help_text,
        error_messages={"required": f"请填写{label}。", "max_length": f"{label}最多 %(limit_value)s 个字。"},
    )


def in_range(day: date | None) -> date | None:
    """Return a day that a roster may name, or refuse it."""
    if day and not cells.FIRST_DAY <= day <= cells.LAST_DAY:
        raise forms.ValidationError(f"请核对年份，应在 {cells.FIRST_DAY.year} 至 {cells.LAST_DAY.year} 年之间。")
    return day


class AsOfForm(forms.Form):
    """The day of the answer."""

    as_of = day_field("基准日")

    def clean_as_of(self) -> date | None:
        day: date | None = self.cleaned_data["as_of"]
        if day and not checks.FIRST_AS_OF <= day <= checks.LAST_AS_OF:
            raise forms.ValidationError(checks.AsOfOutOfRange.message)
        return day


class CompanyForm(forms.Form):
    """A company to be registered."""

    name = text_field("企业名称", most=100, required=True, help_text="营业执照上的名称。")
    uscc = forms.CharField(
        label="统一社会信用代码",
        max_length=40,
        help_text="18 位，在营业执照上。",
        error_messages={"required": "请填写统一社会信用代码。", "max_length": "统一社会信用代码是 18 位。"},
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
    )


class DomainForm(forms.Form):
    """A mailbox of the company's own domain."""

    email = forms.EmailField(
        label="本单位域名的邮箱", error_messages=EMAIL_ERRORS, help_text="不能用 qq.com、163.com 这样的公共邮箱。"
    )


class GroupForm(forms.Form):
    """Which company's group to join."""

    other = forms.ModelChoiceField(
        queryset=Company.objects.none(),
        label="和哪家企业放在一起",
        empty_label="请选择",
        error_messages={"required": "请选择企业。", "invalid_choice": "请从列表里选择。"},
    )
    name = text_field("集团名称", most=100, help_text="已有集团时不用填。")

    def __init__(self, *args: Any, user: User, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Company.objects.owned_by(user).exclude(pk=company.pk).exclude(status=Company.Status.REJECTED)
        cast("forms.ModelChoiceField[Any]", self.fields["other"]).queryset = others.order_by("name")


class InviteForm(forms.Form):
    """Whom to invite as a member."""

    email = forms.EmailField(label="邮箱", error_messages=EMAIL_ERRORS)
    role = forms.ChoiceField(label="角色", choices=Member.Role.choices, initial=Member.Role.MANAGER)


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label="角色", choices=Member.Role.choices)


class SiteForm(forms.Form):
    """A place of the company."""

    name = text_field("名称", most=100, required=True)
    kind = forms.ChoiceField(label="类别", choices=Site.Kind.choices, initial=Site.Kind.OUTLET)
    parent = forms.ModelChoiceField(
        queryset=Site.objects.none(),
        label="上级",
        required=False,
        empty_label="没有上级",
        error_messages={"invalid_choice": "请从列表里选择。"},
    )

    def __init__(self, *args: Any, company: Company, own: Site | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = Site.objects.of(company).exclude(pk=own.pk if own else 0).order_by("name")
        cast("forms.ModelChoiceField[Any]", self.fields["parent"]).queryset = sites

    def clean_name(self) -> str:
        return plain_text(self.cleaned_data["name"])


def plain_text(written: str) -> str:
    """Read a text as a roster's cell would be read."""
    try:
        return cells.plain(written)
    except ValueError as error:
        raise forms.ValidationError("，".join(error.args) + "。") from error


class UploadForm(forms.Form):
    """A roster file."""

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

    def clean_roster(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["roster"]
        if (upload.size or 0) > rosters.MAX_BYTES:
            raise forms.ValidationError(
                f"文件超过 {rosters.MAX_BYTES // 1024 // 1024} MB。请删去图片和不需要的列，或分成几份。"
            )
        return upload


class ConfirmForm(forms.Form):
    """What happens to people who are not in the file. Source: docs/rules/companies.md, rule C13."""

    is_full = forms.TypedChoiceField(
        label="名单外仍在职的人",
        choices=[("", "请选择"), ("1", "这是完整名单，他们已经离职"), ("0", "这只是部分名单，他们不变")],
        coerce=lambda value: value == "1",
        error_messages={"required": "请选择一项。"},
    )
    left_on = day_field("他们的离职日期", help_text="选“完整名单”时用，空着按今天。")

    judged_since = day_field(
        "“是否服务管理人员”的改动从哪天起",
        initial=timezone.localdate,
        help_text="这天以前按原来的算。空着表示原来填错了，一并更正。",
    )

    def clean_left_on(self) -> date | None:
        day = in_range(self.cleaned_data["left_on"])
        if day and day > timezone.localdate():
            raise forms.ValidationError("离职日期不能晚于今天。")
        return day

    def clean_judged_since(self) -> date | None:
        return in_range(self.cleaned_data["judged_since"])


class BatchField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no parameter at run time
    def label_from_instance(self, batch: Any) -> str:
        return f"{batch.course.title}（订单 {batch.order_number}，{batch.size} 席）"


class DueForm(forms.Form):
    """A day for the certificates of some people in training. Source: docs/rules/companies.md, rule C20."""

    trainings = forms.ModelMultipleChoiceField(
        queryset=Training.objects.none(),
        error_messages={
            "required": "请先在表里勾选要改的人。",
            "invalid_choice": "名单有变化，请刷新页面重新勾选。",
            "invalid_pk_value": "名单有变化，请刷新页面重新勾选。",
        },
    )
    due_on = day_field("希望取证日期", help_text="勾选的人一起改。空着表示不定日期。")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = cast("forms.ModelMultipleChoiceField[Any]", self.fields["trainings"])
        every.queryset = Training.objects.of(company)

    def clean_due_on(self) -> date | None:
        return in_range(self.cleaned_data["due_on"])


class AssignForm(forms.Form):
    """A seat for a person of the roster."""

    batch = BatchField(
        queryset=SeatBatch.objects.none(),
        label="用哪一批席位",
        empty_label="请选择",
        error_messages={"required": "请选择一批席位。", "invalid_choice": "请从列表里选择。"},
    )
    email = forms.EmailField(label="本人的邮箱", error_messages=EMAIL_ERRORS)
    due_on = day_field("希望取证日期")

    def __init__(self, *args: Any, user: User, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = SeatBatch.objects.of_company(user, company.uscc)
        batches = mine.select_related("course").order_by("-made_at")
        cast("forms.ModelChoiceField[Any]", self.fields["batch"]).queryset = batches
