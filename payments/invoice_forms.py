"""What a buyer fills in for an invoice, and what 财务 hands in when it is issued or reversed."""

from typing import Any

from django import forms
from django.http import HttpRequest

from payments import invoice_rules, invoices
from payments.invoice_rules import Title
from payments.models import InvoiceRequest, Order

COMPANY = InvoiceRequest.TitleKind.COMPANY
SPECIAL = InvoiceRequest.Kind.SPECIAL
TITLE_FIELDS = ("title", "tax_number", "address", "phone", "bank_name", "bank_account")


class InvoiceForm(forms.Form):
    """Whom the invoice is made out to and where it is sent. Source: docs/rules/money.md, rules F2 and F3."""

    title_kind = forms.ChoiceField(
        label="抬头类型", choices=InvoiceRequest.TitleKind.choices, widget=forms.RadioSelect, initial=COMPANY
    )
    title = forms.CharField(
        label="抬头", max_length=100, help_text="单位写营业执照上的全称；个人写姓名。",
        error_messages={"required": "请填写抬头。"},
    )  # fmt: skip
    tax_number = forms.CharField(
        label="统一社会信用代码",
        max_length=40,
        help_text="单位必填，18 位，在营业执照上。",
        error_messages={"required": "请填写统一社会信用代码，18 位，在营业执照上。"},
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label="票种",
        choices=InvoiceRequest.Kind.choices,
        widget=forms.RadioSelect,
        initial=InvoiceRequest.Kind.ORDINARY,
        help_text="专用发票只开给单位，下面四项都要填。不确定就选普通发票，两者都能报销。",
    )
    address = forms.CharField(label="注册地址", max_length=100, required=False)
    phone = forms.CharField(label="注册电话", max_length=30, required=False)
    bank_name = forms.CharField(label="开户银行", max_length=100, required=False)
    bank_account = forms.CharField(
        label="银行账号", max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    email = forms.EmailField(
        label="收票邮箱",
        help_text="开出后发到这里，也可以在网站下载。",
        error_messages={"required": "请填写收票邮箱。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tax_number"].required = self.data.get("title_kind") != InvoiceRequest.TitleKind.PERSON

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        _, problems = invoice_rules.check_title(self.made_out_to())
        for name, problem in problems.items():
            if name not in self.errors:
                self.add_error(name, problem)
        return cleaned

    def made_out_to(self) -> Title:
        """Return the title as it was typed."""
        given = self.cleaned_data
        return Title(
            is_company=given.get("title_kind") == COMPANY,
            is_special=given.get("kind") == SPECIAL,
            **{name: given.get(name, "") for name in TITLE_FIELDS},
        )


def initial_for(order: Order) -> dict[str, str]:
    """Propose what the buyer's last invoice said, or what the order says."""
    last = InvoiceRequest.objects.of(order.buyer).order_by("-pk").first()
    if last and (not order.company_title or last.title == order.company_title):
        return filled_in(last)
    return {"title": order.company_title, "title_kind": COMPANY, "email": order.buyer.email}


def filled_in(invoice: InvoiceRequest) -> dict[str, str]:
    return {name: getattr(invoice, name) for name in (*TITLE_FIELDS, "title_kind", "kind", "email")}


class IssueForm(forms.Form):
    """The number, the day and the files of an invoice that the tax system gave out."""

    number = forms.CharField(
        label="发票号码", max_length=40, help_text="20 位数字。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    issued_on = forms.DateField(label="开票日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    pdf = forms.FileField(label="PDF 文件", required=False, allow_empty_file=True)
    ofd = forms.FileField(label="OFD 文件", required=False, allow_empty_file=True)
    xml = forms.FileField(label="XML 文件", required=False, allow_empty_file=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("pdf", "ofd", "xml"):
            self.fields[name].widget.attrs["accept"] = f".{name}"

    def files_by_format(self) -> dict[str, bytes]:
        """Read the files, and of one that is too big only so much that it is seen to be."""
        given = {name.upper(): self.cleaned_data.get(name) for name in ("pdf", "ofd", "xml")}
        limit = invoice_rules.MAX_FILE_BYTES + 1
        return {form: file.read(limit) for form, file in given.items() if file is not None}

    def refuse(self, refusal: invoices.BadInvoice) -> None:
        """Show a verb's refusal at the input that it is about."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))


class ReversalForm(forms.Form):
    reason = forms.CharField(
        label="红冲原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="买家会看到。",
        error_messages={"required": invoices.ReversalReasonMissing.message},
    )


def issue_form(request: HttpRequest, **kwargs: Any) -> IssueForm:
    """Bind the form if something was posted."""
    return IssueForm(request.POST, request.FILES, **kwargs) if request.method == "POST" else IssueForm(**kwargs)
