"""What people type about certificates."""

from django import forms


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


class StateChangeForm(forms.Form):
    """Why a certificate changes its status."""

    reason = forms.CharField(
        label="原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写清事实和依据，200 字以内。持证人看得到；请不要写他人的个人信息。",
        error_messages={"required": "请写明原因，原因会与这次变更一起留存。"},
    )
