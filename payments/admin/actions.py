"""
What 财务 does to a row: one small form, one verb. A button stands on the row's page while the row lets it be done.

Every action names its permission; whoever lacks it sees no button and gets no page.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from lms.errors import DomainError
from lms.money import format_fen
from payments import attention, coupons, grants, refund_requests, refunds, rescue, tasks, transfers
from payments.admin.action_forms import AnswerForm, ApproveForm, ConfirmForm, GiveBackForm, ReasonForm, ReferenceForm
from payments.models import Attention, Coupon, Grant, Order, Payment, Refund

DECIDE, RESOLVE = "payments.decide_refund", "payments.resolve_attention"
TWO = f"累计超过 {format_fen(settings.REFUND_TWO_PERSONS_FEN)} 的，另一位同事对同样的金额再同意一次才退出。"


Row = Any


@dataclass(frozen=True, kw_only=True)
class Action:
    """
    `is_open` says whether the row lets it be done now; `act` calls the verb with the row and what was filled in.

    `follows` adds to the consequence what depends on the row; `done` says what came of it if that varies.
    """

    name: str
    label: str
    model: type[models.Model]
    permission: str
    form: type[forms.Form]
    consequence: str
    is_open: Callable[[Row], bool]
    act: Callable[..., object]
    initial: Callable[[Row], dict[str, Any]] = lambda _row: {}
    follows: Callable[[Row], str] = lambda _row: ""
    done: Callable[[Any], str] = lambda _result: ""


def _approve(row: Refund, *, by: Any, now: Any, amount: int, answer: str, keeps_access: bool) -> Refund:
    decided = refund_requests.approve(
        refund=row, by=by, amount_fen=amount, ends_access=not keeps_access, answer=answer, now=now
    )
    _send_soon(decided.pk)
    return decided


def _give_back(row: Payment, *, by: Any, now: Any, amount: int, reason: str, ends_access: bool) -> Refund:
    made = refunds.give_back(payment=row, by=by, amount_fen=amount, reason=reason, ends_access=ends_access, now=now)
    _send_soon(made.pk)
    return made


def _return_money(row: Attention, *, by: Any, now: Any, reason: str) -> Refund:
    made = rescue.return_money(item=row, by=by, reason=reason, now=now)
    _send_soon(made.pk)
    return made


def _send_soon(refund_pk: int) -> None:
    transaction.on_commit(lambda: tasks.send_refund.delay(refund_pk), robust=True)


def _way_back(payment: Payment) -> str:
    if payment.method == Payment.Method.BANK:
        return "由财务在网银汇回付款的账户，再回来登记流水号；登记的那一刻记账并撤回学习资格（除非保留）。"
    return "系统请 Stripe 原路退回；Stripe 接受的那一刻撤回学习资格（除非保留）。"


def _decided(refund: Refund) -> str:
    """Say what comes next: a second person, the bank, or nothing to do."""
    if refund.status == Refund.Status.REQUESTED:
        amount = format_fen(refund.amount_fen)
        return f"已记下你的同意，还没有退出：金额较大，等另一位同事对同样的 {amount} 再同意一次。"
    if refund.payment.method == Payment.Method.BANK:
        return f"已决定退款 {format_fen(refund.amount_fen)}。请在网银汇出，再到这笔退款登记银行流水号。"
    return f"已决定退款 {format_fen(refund.amount_fen)}，系统正在请 Stripe 退回。"


def _is_waiting(row: Refund) -> bool:
    return row.status == Refund.Status.REQUESTED


def _has_unused_money(row: Attention) -> bool:
    unpaid = row.order is not None and row.order.status not in (Order.Status.PAID, Order.Status.REFUNDED)
    return row.resolved_at is None and row.kind == Attention.Kind.MONEY and row.payment is not None and unpaid


ACTIONS = (
    Action(
        name="approve",
        label="同意退款",
        model=Refund,
        permission=DECIDE,
        form=ApproveForm,
        consequence=f"不能撤销。{TWO}",
        follows=lambda row: _way_back(row.payment),
        done=_decided,
        is_open=_is_waiting,
        act=_approve,
        initial=lambda row: {"amount": f"{(row.amount_fen or refunds.refundable(row.payment)) / 100:.2f}"},
    ),
    Action(
        name="reject",
        label="不同意",
        model=Refund,
        permission=DECIDE,
        form=AnswerForm,
        consequence="买家会在订单页看到答复，之后可以再次申请。",
        is_open=_is_waiting,
        act=lambda row, *, by, now, answer: refund_requests.reject(refund=row, by=by, answer=answer, now=now),
    ),
    Action(
        name="sent-by-bank",
        label="登记银行已汇出",
        model=Refund,
        permission=DECIDE,
        form=ReferenceForm,
        consequence="先在网银汇出，再登记流水号。登记后记账，并按决定撤回学习资格。不能撤销。",
        is_open=lambda row: row.status == Refund.Status.APPROVED and row.payment.method == Payment.Method.BANK,
        act=lambda row, *, by, now, reference: refunds.sent_by_bank(refund=row, by=by, reference=reference, now=now),
    ),
    Action(
        name="give-back",
        label="退款",
        model=Payment,
        permission=DECIDE,
        form=GiveBackForm,
        consequence=f"不能撤销。{TWO}",
        follows=_way_back,
        done=_decided,
        is_open=lambda row: row.status == Payment.Status.SUCCEEDED and refunds.refundable(row) > 0,
        act=_give_back,
        initial=lambda row: {"amount": f"{refunds.refundable(row) / 100:.2f}"},
    ),
    Action(
        name="return-money",
        label="退回这笔钱",
        model=Attention,
        permission=DECIDE,
        form=ReasonForm,
        consequence="把无处入账的钱原路退回，事项随之了结；订单只付了一部分的，同时关闭。不能撤销。",
        done=_decided,
        is_open=lambda row: row.resolved_at is None and row.kind == Attention.Kind.MONEY and row.payment is not None,
        act=_return_money,
    ),
    Action(
        name="close-part-paid",
        label="关闭订单（余款不来了）",
        model=Attention,
        permission=RESOLVE,
        form=ReasonForm,
        consequence="订单取消，已到账的部分留在这里，接着退回。买家不能再付余款。",
        is_open=lambda row: row.resolved_at is None and row.key.startswith("part-paid:"),
        act=lambda row, *, by, now, reason: transfers.close_part_paid(order=row.order, by=by, reason=reason, now=now),
    ),
    Action(
        name="propose",
        label="提出人工开通",
        model=Attention,
        permission=RESOLVE,
        form=ReasonForm,
        consequence="提出后由另一位同事确认；少收的记为核销，多收的仍然可以退。",
        is_open=lambda row: _has_unused_money(row) and row.proposed_by_id is None,
        act=lambda row, *, by, now, reason: rescue.propose(item=row, by=by, reason=reason, now=now),
    ),
    Action(
        name="confirm",
        label="确认人工开通",
        model=Attention,
        permission=RESOLVE,
        form=ConfirmForm,
        consequence="订单记为已支付，学习资格立即开通。提出的人不能自己确认。",
        is_open=lambda row: _has_unused_money(row) and row.proposed_by_id is not None,
        act=lambda row, *, by, now: rescue.confirm(item=row, by=by, now=now),
    ),
    Action(
        name="withdraw-access",
        label="撤回学习资格",
        model=Attention,
        permission=RESOLVE,
        form=ReasonForm,
        consequence="买家立即不能再学习，学习记录保留；订单记为已退款。不能撤销。",
        is_open=lambda row: (
            row.resolved_at is None
            and row.kind in (Attention.Kind.REFUND, Attention.Kind.DISPUTE)
            and row.order is not None
            and row.order.status == Order.Status.PAID
        ),
        act=lambda row, *, by, now, reason: rescue.withdraw_access(item=row, by=by, reason=reason, now=now),
    ),
    Action(
        name="resolve",
        label="写明原因后了结",
        model=Attention,
        permission=RESOLVE,
        form=ReasonForm,
        consequence="不动钱，也不动学习资格，只记下原因。",
        is_open=lambda row: row.resolved_at is None,
        act=lambda row, *, by, now, reason: attention.resolve(item=row, by=by, reason=reason, now=now),
    ),
    Action(
        name="stop",
        label="停用",
        model=Coupon,
        permission="payments.stop_coupon",
        form=ReasonForm,
        consequence="停用后没有人能再用它；已经用它下的订单不变。不能恢复。",
        is_open=lambda row: row.stopped_at is None,
        act=lambda row, *, by, now, reason: coupons.stop(coupon=row, by=by, reason=reason, now=now),
    ),
    Action(
        name="revoke",
        label="撤回赠与",
        model=Grant,
        permission="payments.change_grant",
        form=ReasonForm,
        consequence="学员立即不能再学这门课，学习记录保留。",
        is_open=lambda row: row.revoked_at is None,
        act=lambda row, *, by, now, reason: grants.revoke(grant=row, reason=reason, by=by, now=now),
    ),
)
BY_NAME = {action.name: action for action in ACTIONS}
NAMESPACES: dict[type[models.Model], str] = {
    Refund: "refund",
    Payment: "payment",
    Attention: "attention",
    Coupon: "coupon",
    Grant: "grant",
}


def deeds_of(row: models.Model, user: Any) -> list[tuple[str, str]]:
    """Return (label, address) of the actions that this person may take on this row now."""
    allowed: Iterable[Action] = (action for action in ACTIONS if isinstance(row, action.model))
    return [
        (action.label, reverse("payments_act", args=[action.name, row.pk]))
        for action in allowed
        if user.has_perm(action.permission) and action.is_open(row)
    ]


def payments_act(request: HttpRequest, name: str, pk: str) -> HttpResponse:
    """Show one action's form on one row, and take the action."""
    action = BY_NAME.get(name)
    if action is None:
        raise Http404
    user: Any = request.user
    if not user.has_perm(action.permission):
        raise PermissionDenied
    row: Any = get_object_or_404(action.model, pk=pk)
    address = reverse(f"{NAMESPACES[action.model]}:inspect", args=[row.pk])
    form = action.form(request.POST if request.method == "POST" else None, initial=action.initial(row))
    if form.is_valid() and request.method == "POST":
        try:
            result = action.act(row, by=user, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, action.done(result) or f"{action.label}：已记下。")
        return redirect(address)
    context = {
        "action": action,
        "row": row,
        "consequence": action.follows(row) + action.consequence,
        "form": form,
        "amount": format_fen(row.amount_fen) if hasattr(row, "amount_fen") else "",
        "inspect_url": address,
        "header_title": action.label,
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": address, "label": str(row)},
            {"url": "", "label": action.label},
        ],
    }
    return render(request, "payments/admin/action.html", context)
