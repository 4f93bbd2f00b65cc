"""What an owner types to make a token."""

from django import forms

from certificates.staffing.company_forms import text_field
from certificates.staffing.models import ApiToken


class TokenForm(forms.Form):
    """A name, what the token may do, how long it lasts."""

    name = text_field("名称", most=50, required=True, help_text="写明用在哪个系统，例如“人事系统同步”。")
    scopes = forms.MultipleChoiceField(
        label="权限",
        choices=ApiToken.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="只勾选这个系统用得到的。",
        error_messages={"required": "请至少勾选一项权限。", "invalid_choice": "请从列表里选择权限。"},
    )
    valid_days = forms.TypedChoiceField(
        label="有效期",
        choices=[(30, "30 天"), (90, "90 天"), (180, "180 天"), (365, "365 天")],
        coerce=int,
        initial=180,
        error_messages={"required": "请选择有效期。", "invalid_choice": "请从列表里选择有效期。"},
    )
