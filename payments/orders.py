"""
The verbs of an order until it is paid or closed. Becoming paid is payments.fulfilment's.

No transaction is open while Stripe is asked; after the answer the order's row is locked and looked at again.
"""

import secrets
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from courses.models import CoursePage, Enrolment
from lms.errors import DomainError
from lms.users.models import User
from payments import access, coupons, history, ledger, refund_rule, seat_prices, stripe_gateway
from payments.models import MAX_QUANTITY, Order, OrderEvent, OrderLine, Payment
from payments.stripe_facts import Session, SessionState

SHORTEST_SESSION = timedelta(minutes=31)  # Stripe's 30, and a minute for the way there
EXPIRY_BATCH = 100
WAITS_FOR_TRANSFER = "这张订单正在等待对公转账。要在线支付，请先在订单页选择“改用在线支付”。"
PART_PAID = "这张订单已收到一部分转账，不能取消或更换付款方式。请付清余款，或联系客服退回。"

log = structlog.get_logger(__name__)


class AlreadyEnrolled(DomainError):
    message = "你已经报名这门课程，不需要再次购买，可以直接开始学习。"


class NotOnSale(DomainError):
    message = "这门课程目前不开放购买，请看看其他课程，或联系客服。"


class BadQuantity(DomainError):
    message = f"席位数要在 1 到 {MAX_QUANTITY} 之间。需要更多，请联系客服。"


class CompanyMissing(DomainError):
    message = "请填写企业名称，发票和合同都要用。"


class OrderClosed(DomainError):
    message = "这张订单已经关闭，不能再付款或取消。需要课程请重新下单。"


class OrderLapsed(DomainError):
    message = "这张订单已经超过支付时间，请重新下单。"


class OrderBusy(DomainError):
    message = "这张订单正在另一个页面操作，请刷新后再试。"


class PaymentProcessing(DomainError):
    message = "你的付款正在银行处理中，请等待结果，不要重复付款。"


class PaymentUnderReview(DomainError):
    message = "我们已收到一笔款项，正在人工核对，请不要再次付款。"


class PaymentArrived(DomainError):
    """The money is there. `session_id` says what to settle, `order` where the buyer should look."""

    message = "这张订单已经收到付款。"

    def __init__(self, payment: Payment, session_id: str) -> None:
        super().__init__()
        self.order = payment.order
        self.session_id = session_id


def place(*, buyer: User, course: CoursePage, coupon_code: str = "", now: datetime) -> Order:
    """
    Order a course for oneself at its price of now; a pending order of it comes back instead of a second one.

    An order that a coupon brings down to nothing is paid at once.
    Raises: NotOnSale, AlreadyEnrolled, coupons.CouponRefused; and what `expire` raises if an older order has lapsed but
    cannot be closed yet. Source: docs/rules/money.md, rules P3, P5 and P13.
    """
    own = Order.objects.of(buyer).personal(course)
    lapsed = own.lapsed(now).first()
    if lapsed:
        expire(order=lapsed, now=now)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=buyer.pk)  # one order at a time for one person
        pending = own.pending().first()
        if pending:
            return pending
        if Enrolment.objects.of(buyer).standing().filter(course=course).exists():
            raise AlreadyEnrolled
        order = Order(kind=Order.Kind.PERSON, buyer=buyer)
        return _write(order, course, quantity=1, unit_fen=course.price_fen, coupon_code=coupon_code, now=now)


@transaction.atomic
def place_for_company(
    *,
    buyer: User,
    course: CoursePage,
    company_title: str,
    company_code: str = "",
    quantity: int,
    coupon_code: str = "",
    now: datetime,
) -> Order:
    """
    Order so many seats in a course for a company, at the table's price for that many.

    Raises: BadQuantity, CompanyMissing, NotOnSale, coupons.CouponRefused.
    Source: docs/rules/money.md, rules P3, P13, P18 and P19.
    """
    if not 1 <= quantity <= MAX_QUANTITY:
        raise BadQuantity
    company_title = company_title.strip()[:100]
    if not company_title:
        raise CompanyMissing
    order = Order(
        kind=Order.Kind.COMPANY, buyer=buyer, company_title=company_title, company_code=company_code.strip()[:18]
    )
    unit_fen = seat_prices.unit_fen(course, quantity)
    return _write(order, course, quantity=quantity, unit_fen=unit_fen, coupon_code=coupon_code, now=now)


def begin_payment(*, order: Order, now: datetime) -> Payment:
    """
    Return a payment of this order whose `session_url` is a page at Stripe that waits for the buyer.

    The page that is open already is used again; there is never a second one beside it.
    Raises: OrderClosed, OrderLapsed, PaymentArrived, PaymentProcessing, PaymentUnderReview, GatewayUnavailable,
    GatewayRefused. Source: docs/rules/money.md, rules P4, P5 and P9.
    """
    payment = _live_payment(order, now)
    session = _session_of(payment, now)
    if session.is_closed:
        _fail(payment, now)
        payment = _live_payment(order, now)
        session = _session_of(payment, now)
    _refuse_if_taken(payment, session)
    payment.session_id, payment.session_url = session.id, session.url
    Payment.objects.filter(pk=payment.pk).update(session_id=session.id, session_url=session.url)
    return payment


def cancel(*, order: Order, by: User | None = None, now: datetime) -> Order:
    """
    Close a pending order because its buyer says so, after closing its payment page at Stripe.

    Raises: OrderClosed, OrderBusy, PaymentArrived, PaymentProcessing, GatewayUnavailable.
    Source: docs/rules/money.md, rules P4 and P5.
    """
    withdrawn = withdraw_offer(order, now)
    with transaction.atomic():
        locked = lock_pending(order, withdrawn, now)
        locked.status = Order.Status.CANCELLED
        close_locked(locked, OrderEvent.Kind.CANCELLED, by, now)
    return locked


def expire(*, order: Order, now: datetime) -> Order:
    """
    Close a pending order whose time is over, after closing its payment page at Stripe.

    Raises: as `cancel`. Source: docs/rules/money.md, rule P5.
    """
    withdrawn = withdraw_offer(order, now)
    with transaction.atomic():
        locked = lock_pending(order, withdrawn, now)
        locked.status = Order.Status.EXPIRED
        close_locked(locked, OrderEvent.Kind.EXPIRED, None, now)
    return locked


def expire_lapsed(*, now: datetime) -> int:
    """
    Close the pending orders whose time is over and return how many were closed.

    An order that is being paid stays as it is: settling it is the work of payments.fulfilment.
    """
    closed = 0
    waiting = Order.objects.lapsed(now).exclude(payments__status=Payment.Status.PROCESSING)
    for order in waiting.order_by("expires_at")[:EXPIRY_BATCH]:
        try:
            expire(order=order, now=now)
            closed += 1
        except stripe_gateway.GatewayUnavailable:
            break  # nor will Stripe answer for the next one
        except DomainError as refusal:
            log.info("order not expired", order=order.number, why=str(refusal))
    return closed


def _write(order: Order, course: CoursePage, *, quantity: int, unit_fen: int, coupon_code: str, now: datetime) -> Order:
    """Fill in an order of one line, write it and everything that hangs on it. Runs inside a transaction."""
    if not course.live or course.price_fen <= 0:
        raise NotOnSale
    line = OrderLine(course=course, title=course.title, unit_fen=unit_fen, quantity=quantity)
    if coupon_code.strip():
        offer = coupons.claim(code=coupon_code, buyer=order.buyer, course=course, full_fen=line.full_fen, now=now)
        order.coupon, line.discount_fen = offer.coupon, offer.discount_fen
    order.number = _new_number(now)
    order.title = course.title
    order.amount_fen = line.amount_fen
    order.refund_rule = refund_rule.CURRENT
    order.placed_at, order.expires_at = now, now + timedelta(minutes=settings.ORDER_EXPIRY_MINUTES)
    is_free = order.amount_fen == 0
    if is_free:
        order.status, order.paid_at = Order.Status.PAID, now
    order.save(force_insert=True)
    line.order = order
    line.save(force_insert=True)
    ledger.book_sale(order=order, lines=[line], now=now)
    note = f"优惠码 {order.coupon.code}" if order.coupon else ""
    history.record(order=order, kind=OrderEvent.Kind.PLACED, actor=order.buyer, note=note, now=now)
    if is_free:
        access.open_for(order=order, now=now)
        history.record(order=order, kind=OrderEvent.Kind.PAID, note="应付 0 元，直接开通", now=now)
    return order


def close_locked(locked: Order, kind: OrderEvent.Kind, by: User | None, now: datetime) -> None:
    locked.closed_at = now
    locked.save(update_fields=["status", "closed_at"])
    ledger.reverse_sale(order=locked, now=now)
    history.record(order=locked, kind=kind, actor=by, now=now)


def give_up_locked(locked: Order, payment: Payment, *, by: User, reason: str, now: datetime) -> None:
    """Close a locked order whose rest does not come; what came of it has no place any more."""
    payment.status, payment.settled_at = Payment.Status.SUCCEEDED, now
    payment.save(update_fields=["status", "settled_at"])
    locked.status = Order.Status.CANCELLED
    close_locked(locked, OrderEvent.Kind.CANCELLED, by, now)
    history.record(order=locked, kind=OrderEvent.Kind.MONEY_HELD, actor=by, note=reason, now=now)


def _new_number(now: datetime) -> str:
    """The local date and twelve random digits: 20 digits that can be read out on the phone and not be guessed."""
    return f"{timezone.localdate(now):%Y%m%d}{secrets.randbelow(10**12):012d}"


@transaction.atomic
def _live_payment(order: Order, now: datetime) -> Payment:
    """Return the order's live payment, made if there is none, so that a crash leaves its key behind."""
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if locked.status != Order.Status.PENDING:
        raise OrderClosed
    if locked.payments.filter(status=Payment.Status.SUCCEEDED).exists():
        raise PaymentUnderReview
    live = locked.payments.live().first()
    if live and live.method == Payment.Method.BANK:
        raise PaymentProcessing(WAITS_FOR_TRANSFER)
    if live:
        return live
    if locked.expires_at <= now:
        raise OrderLapsed
    return Payment.objects.create(
        order=locked,
        idempotency_key=secrets.token_hex(16),
        session_expires_at=max(locked.expires_at, now + SHORTEST_SESSION),
        amount_fen=locked.amount_fen,
        currency=locked.currency,
        created_at=now,
        checked_at=now,
    )


def _session_of(payment: Payment, now: datetime) -> Session:
    if payment.session_id:
        return stripe_gateway.retrieve_session(payment.session_id)
    try:
        return stripe_gateway.create_session(payment=payment)
    except stripe_gateway.GatewayRefused:
        _fail(payment, now)  # the same request would be refused again: the next try gets a new key
        raise


def _fail(payment: Payment, now: datetime) -> None:
    Payment.objects.live().filter(pk=payment.pk).update(status=Payment.Status.FAILED, settled_at=now, checked_at=now)


def _refuse_if_taken(payment: Payment, session: Session) -> None:
    if session.state is SessionState.PAID:
        raise PaymentArrived(payment, session.id)
    if session.state is SessionState.PROCESSING:
        raise PaymentProcessing


def withdraw_offer(order: Order, now: datetime) -> Payment | None:
    """Make sure at Stripe that nobody can pay this order any more, and return the payment that is dead by that."""
    fresh = Order.objects.get(pk=order.pk)
    if fresh.status != Order.Status.PENDING:
        raise OrderClosed
    payment = fresh.payments.live().first()
    if payment is None or payment.method == Payment.Method.BANK:
        if payment and ledger.unapplied(payment) > 0:
            raise PaymentProcessing(PART_PAID)
        return payment
    session = _session_of(payment, now)
    if session.state is SessionState.OPEN:
        session = stripe_gateway.expire_session(session.id)
    _refuse_if_taken(payment, session)
    return payment


def lock_pending(order: Order, withdrawn: Payment | None, now: datetime) -> Order:
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if locked.status != Order.Status.PENDING:
        raise OrderClosed
    if withdrawn:
        _fail(withdrawn, now)
    if locked.payments.live().exists():  # begun in another tab while we talked to Stripe
        raise OrderBusy
    return locked
