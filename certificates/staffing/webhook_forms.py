"""What an owner types to have changes sent to the company's own system."""

from django import forms

from certificates.staffing import webhooks
from certificates.staffing.company_forms import text_field


class EndpointForm(forms.Form):
    """An address, and what it wants to hear."""

    url = text_field(
        "地址", most=500, required=True, help_text="你们系统接收推送的地址，以 https:// 开头，外网可以访问。"
    )
    events = forms.MultipleChoiceField(
        label="事件",
        choices=[(kind.value, f"{kind.label}（{kind.value}）") for kind in webhooks.CHOSEN],
        widget=forms.CheckboxSelectMultiple,
        help_text="只勾选这个系统用得到的。",
        error_messages={"required": "请至少勾选一项事件。", "invalid_choice": "请从列表里选择事件。"},
    )
