"""
The verbs of an invoice: asked for by the buyer, issued and reversed by 财务 or a service, following the order's money.

The order's row is locked first, as everywhere, then the invoice is looked at again.
Source: docs/rules/money.md, rules F1-F9.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from lms import private_files
from lms.errors import DomainError
from lms.money import format_fen
from lms.users.models import User
from payments import history, invoice_mail, invoice_rules
from payments.invoice_rules import Title
from payments.models import Account, InvoiceRequest, Order, OrderEvent

Status = InvoiceRequest.Status
BY_REFUND = "订单已退款"


class NothingToInvoice(DomainError):
    message = "这张订单现在没有可以开票的金额：付款到账后、没有全部退款的订单才能申请发票。"


class AlreadyRequested(DomainError):
    message = "这张订单已有一张发票，请在“我的发票”里查看；开错了请联系客服红冲后重新申请。"


class BadTitle(DomainError):
    """`problems` names what is wrong, field by field."""

    message = "开票信息有误，请修改后再提交。"

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = problems
        super().__init__("".join(problems.values()))


class NotRequested(DomainError):
    message = "发票已经开出或撤销，不能再修改。开错了请联系客服红冲后重新申请。"


class NotIssued(DomainError):
    message = "这张发票不是“已开”，不能转为待红冲。请刷新后再看。"


class NotReversing(DomainError):
    message = "这张发票不在“待红冲”，不能登记红字发票。请刷新后再看。"


class BadInvoice(DomainError):
    """What 财务 or a service handed in does not fit. `field` names the input, or is empty."""

    def __init__(self, message: str, field: str = "") -> None:
        self.field = field
        super().__init__(message)


class ReversalReasonMissing(DomainError):
    message = "请写明红冲的原因，买家会看到，红字信息里也要用。"


def billable(order: Order) -> int:
    """Return what an invoice of this order may say now. Units: fen. Source: docs/rules/money.md, rule F1."""
    paid = Q(credit=Account.RECEIVABLE, debit__in=[Account.STRIPE, Account.BANK, Account.UNAPPLIED], currency="cny")
    sums = order.ledger.aggregate(
        paid=Sum("amount_fen", filter=paid, default=0),
        gone=Sum("amount_fen", filter=Q(debit=Account.REFUND), default=0),
        back=Sum("amount_fen", filter=Q(credit=Account.REFUND), default=0),
    )
    return max(0, int(sums["paid"] - sums["gone"] + sums["back"]))


@transaction.atomic
def request(*, order: Order, by: User, title: Title, email: str, now: datetime) -> InvoiceRequest:
    """
    Ask for the invoice of an order.

    Raises: NothingToInvoice, AlreadyRequested, BadTitle. Source: docs/rules/money.md, rules F1-F3.
    """
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if locked.invoices.standing().exists():
        raise AlreadyRequested
    amount_fen = billable(locked)
    if not amount_fen:
        raise NothingToInvoice
    invoice = InvoiceRequest(order=locked, amount_fen=amount_fen, requested_at=now, changed_at=now, next_try_at=now)
    _make_out(invoice, title, email)
    invoice.save(force_insert=True)
    _record(invoice, OrderEvent.Kind.INVOICE_REQUESTED, by, f"{invoice.title} {format_fen(amount_fen)}", now)
    return invoice


@transaction.atomic
def change(*, invoice: InvoiceRequest, by: User, title: Title, email: str, now: datetime) -> InvoiceRequest:
    """Correct a request before it is issued. Raises: NotRequested, BadTitle. Source: docs/rules/money.md, rule F6."""
    locked = _lock(invoice)
    if locked.status != Status.REQUESTED:
        raise NotRequested
    _make_out(locked, title, email)
    locked.changed_at = now
    locked.save()
    _record(locked, OrderEvent.Kind.INVOICE_REQUESTED, by, f"改为 {locked.title}", now)
    return locked


@transaction.atomic
def withdraw(*, invoice: InvoiceRequest, by: User, now: datetime) -> InvoiceRequest:
    """Take a request back before it is issued. Raises: NotRequested. Source: docs/rules/money.md, rule F6."""
    locked = _lock(invoice)
    if locked.status != Status.REQUESTED:
        raise NotRequested
    _withdraw(locked, "买家撤销", by, now)
    return locked


def issue(
    *,
    invoice: InvoiceRequest,
    by: User | None,
    number: str,
    issued_on: date,
    files: Mapping[str, bytes],
    now: datetime,
) -> InvoiceRequest:
    """
    Put the issued invoice on record and tell the buyer. `by` is None for a service; `files` by format.

    Raises: BadInvoice, NotRequested. Source: docs/rules/money.md, rules F4 and F5.
    """
    number = number.strip()
    _check(number, issued_on, files, needs_file=True, now=now)
    with private_files.stored("invoices", files) as names, transaction.atomic():
        locked = _lock(invoice)
        if locked.status != Status.REQUESTED:
            raise NotRequested
        _refuse_known(number)
        locked.status, locked.number, locked.issued_on = Status.ISSUED, number, issued_on
        locked.issued_by, locked.issued_at, locked.changed_at = by, now, now
        locked.next_try_at, locked.tries, locked.service_error = None, 0, ""
        locked.save()
        _keep(locked, names, files, is_red=False, now=now)
        _record(locked, OrderEvent.Kind.INVOICE_ISSUED, by, number, now)
        invoice_mail.tell(invoice=locked, event="issued", files=files, now=now)
    return locked


@transaction.atomic
def call_for_reversal(*, invoice: InvoiceRequest, by: User, reason: str, now: datetime) -> InvoiceRequest:
    """
    Say that an issued invoice is wrong and has to be reversed.

    Raises: NotIssued, ReversalReasonMissing. Source: docs/rules/money.md, rule F6.
    """
    locked = _lock(invoice)
    if locked.status != Status.ISSUED:
        raise NotIssued
    if not reason.strip():
        raise ReversalReasonMissing
    _call_for_reversal(locked, reason.strip()[:200], by, now)
    return locked


def reverse(
    *,
    invoice: InvoiceRequest,
    by: User | None,
    number: str,
    issued_on: date,
    files: Mapping[str, bytes],
    now: datetime,
) -> InvoiceRequest:
    """
    Put the red invoice on record, tell the buyer, and ask anew for what a partial refund left.

    Raises: BadInvoice, NotReversing. Source: docs/rules/money.md, rule F8.
    """
    number = number.strip()
    _check(number, issued_on, files, needs_file=False, now=now)
    with private_files.stored("invoices", files) as names, transaction.atomic():
        locked = _lock(invoice)
        if locked.status != Status.REVERSING:
            raise NotReversing
        _refuse_known(number)
        locked.status, locked.red_number = Status.REVERSED, number
        locked.reversed_by, locked.reversed_at, locked.changed_at = by, now, now
        locked.next_try_at, locked.tries, locked.service_error = None, 0, ""
        locked.save()
        _keep(locked, names, files, is_red=True, now=now)
        _record(locked, OrderEvent.Kind.INVOICE_REVERSED, by, number, now)
        invoice_mail.tell(invoice=locked, event="reversed", files=files, now=now)
        rest = billable(locked.order)
        if 0 < rest < locked.amount_fen:
            request(order=locked.order, by=locked.order.buyer, title=title_of(locked), email=locked.email, now=now)
    return locked


def follow(*, order: Order, now: datetime) -> None:
    """
    Let the order's invoice follow its money, after a refund went out or came back. The order's row is locked.

    Source: docs/rules/money.md, rule F7.
    """
    invoice = order.invoices.standing().first()
    if invoice is None:
        return
    rest = billable(order)
    if invoice.status == Status.REQUESTED and rest != invoice.amount_fen:
        if rest:
            invoice.amount_fen, invoice.changed_at = rest, now
            invoice.save(update_fields=["amount_fen", "changed_at"])
        else:
            _withdraw(invoice, BY_REFUND, None, now)
    elif invoice.status == Status.ISSUED and rest < invoice.amount_fen:
        _call_for_reversal(invoice, f"{BY_REFUND} {format_fen(invoice.amount_fen - rest)}", None, now)
    elif invoice.status == Status.REVERSING and rest == invoice.amount_fen and invoice.reason.startswith(BY_REFUND):
        invoice.status, invoice.reason, invoice.changed_at, invoice.next_try_at = Status.ISSUED, "", now, None
        invoice.save(update_fields=["status", "reason", "changed_at", "next_try_at"])


def title_of(invoice: InvoiceRequest) -> Title:
    """Return whom an invoice is made out to."""
    return Title(
        is_company=invoice.title_kind == InvoiceRequest.TitleKind.COMPANY,
        is_special=invoice.kind == InvoiceRequest.Kind.SPECIAL,
        title=invoice.title,
        tax_number=invoice.tax_number,
        address=invoice.address,
        phone=invoice.phone,
        bank_name=invoice.bank_name,
        bank_account=invoice.bank_account,
    )


def _make_out(invoice: InvoiceRequest, title: Title, email: str) -> None:
    clean, problems = invoice_rules.check_title(title)
    if problems:
        raise BadTitle(problems)
    kinds, tickets = InvoiceRequest.TitleKind, InvoiceRequest.Kind
    invoice.title_kind = kinds.COMPANY if clean.is_company else kinds.PERSON
    invoice.kind = tickets.SPECIAL if clean.is_special else tickets.ORDINARY
    for name in ("title", "tax_number", "address", "phone", "bank_name", "bank_account"):
        setattr(invoice, name, getattr(clean, name))
    invoice.email = email


def _check(number: str, issued_on: date, files: Mapping[str, bytes], *, needs_file: bool, now: datetime) -> None:
    if problem := invoice_rules.check_number(number, issued_on=issued_on):
        raise BadInvoice(problem, "number")
    if issued_on > timezone.localdate(now):
        raise BadInvoice("开票日期不能晚于今天。", "issued_on")
    if needs_file and not files.keys() & {"PDF", "OFD"}:
        raise BadInvoice("请上传发票文件：PDF 或 OFD 至少一份。", "pdf")
    for form, content in files.items():
        if problem := invoice_rules.check_file(content, wanted=form, number=number):
            raise BadInvoice(problem, form.lower())


def _refuse_known(number: str) -> None:
    known = InvoiceRequest.objects.filter(Q(number=number) | Q(red_number=number)).select_related("order").first()
    if known:
        raise BadInvoice(f"号码 {number} 已经登记在订单 {known.order.number} 上，请核对。", "number")


def _keep(
    invoice: InvoiceRequest, names: Mapping[str, str], files: Mapping[str, bytes], *, is_red: bool, now: datetime
) -> None:
    for form, name in names.items():
        sha256 = private_files.sha256(files[form])
        size = len(files[form])
        invoice.files.create(format=form, is_red=is_red, file=name, size=size, sha256=sha256, uploaded_at=now)


def _call_for_reversal(invoice: InvoiceRequest, reason: str, by: User | None, now: datetime) -> None:
    invoice.status, invoice.reason, invoice.changed_at, invoice.next_try_at = Status.REVERSING, reason, now, now
    invoice.save(update_fields=["status", "reason", "changed_at", "next_try_at"])
    _record(invoice, OrderEvent.Kind.INVOICE_TO_REVERSE, by, reason, now)


def _withdraw(invoice: InvoiceRequest, reason: str, by: User | None, now: datetime) -> None:
    invoice.status, invoice.reason, invoice.changed_at, invoice.next_try_at = Status.WITHDRAWN, reason, now, None
    invoice.save(update_fields=["status", "reason", "changed_at", "next_try_at"])
    _record(invoice, OrderEvent.Kind.INVOICE_WITHDRAWN, by, reason, now)


def _lock(invoice: InvoiceRequest) -> InvoiceRequest:
    Order.objects.select_for_update().get(pk=invoice.order_id)
    return InvoiceRequest.objects.select_related("order").get(pk=invoice.pk)


def _record(invoice: InvoiceRequest, kind: OrderEvent.Kind, by: User | None, note: str, now: datetime) -> None:
    history.record(order=invoice.order, kind=kind, actor=by, note=note, now=now)
