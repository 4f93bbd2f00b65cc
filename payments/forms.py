"""What a buyer fills in: the coupon, the confirmation before an order is placed, the reason of a refund."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict

from courses.models import CoursePage
from lms.errors import DomainError
from lms.money import format_fen
from lms.users.models import User
from payments import coupons


class CouponForm(forms.Form):
    """
    A coupon code, tried out. The cleaned value is the offer, or None without a code.

    Source: docs/rules/money.md, rule P13.
    """

    coupon = forms.CharField(
        label="优惠码",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, data: QueryDict | None = None, *, buyer: User, course: CoursePage, now: datetime) -> None:
        super().__init__(data)
        self.buyer, self.course, self.now = buyer, course, now

    def clean_coupon(self) -> coupons.Offer | None:
        code = self.cleaned_data["coupon"]
        if not code:
            return None
        try:
            return coupons.offer(code=code, buyer=self.buyer, course=self.course, now=self.now)
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class OrderForm(forms.Form):
    """
    The buyer's tick, and the price that the buyer saw.

    Source: docs/rules/money.md, rule P3.
    """

    shown_fen = forms.IntegerField(widget=forms.HiddenInput)
    accepts_refund_rule = forms.BooleanField(
        label="我已阅读退款规则",
        error_messages={"required": "请先阅读退款规则，并勾选“我已阅读退款规则”。"},
    )

    def __init__(self, data: QueryDict | None = None, *, payable_fen: int) -> None:
        super().__init__(data, initial={"shown_fen": payable_fen})
        self.payable_fen = payable_fen

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("shown_fen") != self.payable_fen:
            # The page that comes back shows the price of now.
            self.data = dict(self.data.items()) | {"shown_fen": str(self.payable_fen)}
            price = format_fen(self.payable_fen)
            self.add_error(None, f"应付金额现在是 {price}，与你刚才看到的不同。请确认后重新提交。")
        return cleaned


class RefundForm(forms.Form):
    """Why the money shall come back; under the full-refund rule nobody has to say."""

    reason = forms.CharField(label="退款原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: QueryDict | None = None, *, needs_reason: bool) -> None:
        super().__init__(data)
        self.fields["reason"].required = needs_reason
        if needs_reason:
            self.fields["reason"].error_messages["required"] = "请说明情况：工作人员要据此决定退多少。"
