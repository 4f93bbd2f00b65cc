"""What people type about certificates."""

from typing import Any, cast

from django import forms
from django.http import QueryDict

from certificates import numbering
from certificates.models import StatusChange

MAX_NUMBERS = 500  # certificates in one bulk change


class VerifyForm(forms.Form):
    """The two keys of a look-up."""

    number = forms.CharField(
        label="证书编号",
        max_length=60,
        widget=forms.TextInput(
            attrs={
                "placeholder": "SHFW-2026-XXXXXXXX-X",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "请填写证书编号，它印在证书右上角。"},
    )
    name = forms.CharField(
        label="持证人姓名",
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="填写证书上的全名。",
        error_messages={"required": "请填写持证人姓名，要与证书上的完全一致。"},
    )


class FileForm(forms.Form):
    """A file to judge. Its type is not asked: what it is, its bytes say."""

    file = forms.FileField(
        label="证书文件",
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jwt,application/pdf"}),
        help_text="下载到的 PDF 原件，或数字凭证（.jwt），不超过 1 MB。文件只用来核对，不保存。",
        error_messages={"required": "请选择一个文件：下载到的 PDF 原件，或数字凭证。"},
    )


class StateChangeForm(forms.Form):
    """Why a certificate changes its status."""

    why = forms.ChoiceField(
        label="原因类别", choices=StatusChange.ReasonClass.choices, help_text="公众在核验页看得到这个类别。"
    )
    reason = forms.CharField(
        label="原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写清事实和依据，200 字以内。持证人看得到，公众看不到；请不要写他人的个人信息。",
        error_messages={"required": "请写明原因，原因会与这次变更一起留存。"},
    )

    def clean_why(self) -> StatusChange.ReasonClass:
        return StatusChange.ReasonClass(self.cleaned_data["why"])


class BulkForm(StateChangeForm):
    """Many certificates, one action, one reason."""

    action = forms.ChoiceField(label="变更为")
    numbers = forms.CharField(
        label="证书编号",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        max_length=40 * MAX_NUMBERS,
        error_messages={"required": "请填写编号，每行一个。"},
    )

    field_order = ["numbers", "action", "why", "reason"]

    def __init__(self, *args: Any, actions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["action"]).choices = actions

    def clean_numbers(self) -> list[str]:
        """Return each number once, in the order typed."""
        numbers = list(
            dict.fromkeys(line.strip() for line in self.cleaned_data["numbers"].splitlines() if line.strip())
        )
        if len(numbers) > MAX_NUMBERS:
            raise forms.ValidationError(f"一次最多 {MAX_NUMBERS} 个编号，这里有 {len(numbers)} 个。请分几次。")
        return numbers


class ApprovalForm(forms.Form):
    """The attempts that were ticked, or all that wait."""

    everybody = forms.BooleanField(required=False)
    attempts = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        ticked = [text for text in data.getlist("attempts") if text.isascii() and text.isdigit() and len(text) < 16]
        cast(forms.TypedMultipleChoiceField, self.fields["attempts"]).choices = [(text, text) for text in ticked]

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("attempts") and not self.cleaned_data.get("everybody"):
            raise forms.ValidationError("没有选中待签发的人。")
        return self.cleaned_data

    def chosen(self) -> list[int] | None:
        """Return the attempts' keys, or None for everybody."""
        return None if self.cleaned_data["everybody"] else self.cleaned_data["attempts"]


class DecisionForm(forms.Form):
    """Why somebody decides as they do."""

    text = forms.CharField(
        label="意见",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写清看了什么、依据什么，200 字以内，会留存。",
        error_messages={"required": "请写明意见，意见会留存。"},
    )


class PublicChoiceForm(forms.Form):
    """What the look-up may show beyond, or short of, the rule."""

    shows_full_name = forms.BooleanField(
        label="在分享链接和徽章上显示我的全名",
        required=False,
        help_text="不勾选时姓名中间的字显示为 *。勾选即单独同意公开全名，可随时取消。",
    )
    shows_score = forms.BooleanField(
        label="核验页显示我的成绩", required=False, initial=True, help_text="不勾选时只显示“合格”。"
    )


class CorrectionForm(forms.Form):
    """The right name, and how we can see that it is."""

    wished_name = forms.CharField(
        label="正确的姓名",
        max_length=50,
        help_text="与身份证件一致。",
        error_messages={"required": "请填写正确的姓名。"},
    )
    text = forms.CharField(
        label="说明",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明错在哪里，例如录入错误或依法改名。不要上传证件照片；需要时教务会联系你。",
        error_messages={"required": "请说明错在哪里。"},
    )


class AppealForm(forms.Form):
    """Why a holder thinks that a decision is wrong."""

    text = forms.CharField(
        label="申诉理由",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="写明哪一项事实或依据有误，1000 字以内。",
        error_messages={"required": "请写明申诉理由。"},
    )


class WithdrawForm(forms.Form):
    """The number, typed again: ending a certificate cannot be undone."""

    typed = forms.CharField(
        label="再输入一次证书编号",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "请输入证书编号，确认是这一张。"},
    )

    def __init__(self, *args: Any, number: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number = number

    def clean_typed(self) -> str:
        if numbering.parse(self.cleaned_data["typed"]) != self.number:
            raise forms.ValidationError("编号与这张证书不同，没有注销。请照着证书编号输入。")
        return self.number
