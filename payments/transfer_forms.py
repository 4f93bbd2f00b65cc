"""What buyers and 财务 fill in about transfers."""

from django import forms

from payments.models import Order
from payments.receipts import MAX_BYTES


class ReceiptForm(forms.Form):
    file = forms.FileField(
        label="转账回单",
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text="PDF、PNG 或 JPEG，不超过 5 MB。回单能让财务更快找到这笔钱，以实际到账为准。",
        error_messages={"required": "请选择回单文件。"},
    )

    def content(self) -> bytes:
        """Read the file, and of one that is too big only so much that it is seen to be."""
        return bytes(self.cleaned_data["file"].read(MAX_BYTES + 1))


class EntryForm(forms.Form):
    """One sum, as the bank shows it."""

    serial = forms.CharField(label="银行流水号", max_length=64, help_text="回单或网银明细上的交易流水号。")
    booked_on = forms.DateField(label="入账日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    amount = forms.DecimalField(label="金额（元）", min_value=0, max_digits=12, decimal_places=2)
    payer_name = forms.CharField(label="付款户名", max_length=100, required=False)
    payer_account = forms.CharField(label="付款账号", max_length=40, required=False)
    remark = forms.CharField(label="附言", max_length=200, required=False)

    def clean_amount(self) -> int:
        return int(self.cleaned_data["amount"] * 100)  # exact: a Decimal of two places


class MatchForm(forms.Form):
    number = forms.CharField(label="订单号", max_length=40, help_text="20 位数字。")

    def clean_number(self) -> Order:
        number = "".join(self.cleaned_data["number"].split())
        order = Order.objects.filter(number=number).first()
        if order is None:
            raise forms.ValidationError("没有这张订单，请核对订单号。")
        return order


class StatementForm(forms.Form):
    file = forms.FileField(
        label="银行流水文件",
        allow_empty_file=True,
        help_text="网银下载的 .xlsx 或 .csv，5 MB 以内。先预览，确认之前什么也不写。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )
