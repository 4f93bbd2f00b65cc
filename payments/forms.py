"""The confirmation before an order is placed."""

from typing import Any

from django import forms
from django.http import QueryDict

from courses.models import CoursePage
from lms.money import format_fen


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

    def __init__(self, data: QueryDict | None = None, *, course: CoursePage) -> None:
        super().__init__(data, initial={"shown_fen": course.price_fen})
        self.course = course

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("shown_fen") != self.course.price_fen:
            # The page that comes back shows the price of now.
            self.data = dict(self.data.items()) | {"shown_fen": str(self.course.price_fen)}
            price = format_fen(self.course.price_fen)
            self.add_error(None, f"课程价格现在是 {price}，与你刚才看到的不同。请确认后重新提交。")
        return cleaned
