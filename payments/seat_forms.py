"""What a person fills in who buys seats for a company."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict

from courses.models import CoursePage
from lms.errors import DomainError
from lms.money import format_fen
from lms.users.models import User
from payments import coupons, invoice_rules, seat_prices
from payments.models import MAX_QUANTITY


@dataclass(frozen=True, slots=True)
class Sum:
    """What an order of seats would come to now, in fen."""

    quantity: int
    unit_fen: int
    discount_fen: int = 0

    @property
    def full_fen(self) -> int:
        return self.unit_fen * self.quantity

    @property
    def payable_fen(self) -> int:
        return self.full_fen - self.discount_fen


class SeatSumForm(forms.Form):
    """How many, and with which coupon: enough to say the price."""

    quantity = forms.IntegerField(
        label="席位数",
        min_value=1,
        max_value=MAX_QUANTITY,
        help_text=f"1 到 {MAX_QUANTITY}。先购买，付款后再指定学员。",
        error_messages={
            "required": "请填写要买几个席位。",
            "invalid": "席位数要写成整数，例如 10。",
            "min_value": "席位数至少是 1。",
            "max_value": f"一张订单最多 {MAX_QUANTITY} 个席位。需要更多，请分几张订单，或联系客服。",
        },
    )
    coupon = forms.CharField(
        label="优惠码",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(
        self, data: QueryDict | None = None, *, buyer: User, course: CoursePage, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.buyer, self.course, self.now = buyer, course, now

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if "quantity" in cleaned:
            cleaned["sum"] = self._sum(cleaned["quantity"], cleaned.get("coupon", ""))
        return cleaned

    def _sum(self, quantity: int, code: str) -> Sum:
        unit_fen = seat_prices.unit_fen(self.course, quantity)
        if not code.strip():
            return Sum(quantity, unit_fen)
        try:
            offer = coupons.offer(
                code=code, buyer=self.buyer, course=self.course, full_fen=unit_fen * quantity, now=self.now
            )
        except DomainError as refusal:
            self.add_error("coupon", str(refusal))
            return Sum(quantity, unit_fen)
        return Sum(quantity, unit_fen, offer.discount_fen)


class SeatOrderForm(SeatSumForm):
    """
    The whole order, and the price that the buyer saw.

    Source: docs/rules/money.md, rules P3, P18 and P19.
    """

    shown_fen = forms.IntegerField(required=False)
    company_title = forms.CharField(
        label="企业名称",
        max_length=100,
        help_text="与营业执照一致，发票抬头默认用它。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填写企业名称，订单和发票都要用。"},
    )
    company_code = forms.CharField(label="统一社会信用代码", required=False, max_length=40)
    accepts_refund_rule = forms.BooleanField(
        label="我已阅读退款规则",
        error_messages={"required": "请先阅读退款规则，并勾选“我已阅读退款规则”。"},
    )
    field_order = ["quantity", "company_title", "company_code", "coupon"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        self._check_company(cleaned)
        total = cleaned.get("sum")
        if total and cleaned.get("shown_fen") != total.payable_fen:
            # The page that comes back shows the price of now.
            self.data = dict(self.data.items()) | {"shown_fen": str(total.payable_fen)}
            self.add_error(None, f"应付金额是 {format_fen(total.payable_fen)}，请核对后再提交一次。")
        return cleaned

    def _check_company(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("company_title"):
            return
        typed = invoice_rules.Title(
            is_company=True,
            is_special=False,
            title=cleaned["company_title"],
            tax_number=cleaned.get("company_code", ""),
        )
        normal, problems = invoice_rules.check_title(typed)
        cleaned["company_title"], cleaned["company_code"] = normal.title, normal.tax_number
        if "title" in problems:
            self.add_error("company_title", problems["title"])
        if normal.tax_number and "tax_number" in problems:
            self.add_error("company_code", problems["tax_number"])
