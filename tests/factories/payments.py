"""Orders and payments as rows; whoever needs Stripe's side of them uses the verbs and the `stripe_double` fixture."""

from datetime import timedelta

import factory
from django.utils import timezone

from payments.models import Attention, Coupon, InvoiceRequest, Order, OrderLine, Payment, StripeEvent
from tests.factories.courses import make_course
from tests.factories.users import UserFactory


class OrderFactory(factory.django.DjangoModelFactory):
    """A pending order of one course at ¥880.00, placed a minute ago, with its line and without its ledger."""

    class Meta:
        model = Order
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: f"20261122{n:012d}")
    buyer = factory.SubFactory(UserFactory)
    title = "售后服务管理师"
    amount_fen = 88_000
    refund_rule = "2026-11"
    placed_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=1))
    expires_at = factory.LazyAttribute(lambda order: order.placed_at + timedelta(hours=1))

    class Params:
        paid = factory.Trait(status=Order.Status.PAID, paid_at=factory.LazyFunction(timezone.now))
        cancelled = factory.Trait(status=Order.Status.CANCELLED, closed_at=factory.LazyFunction(timezone.now))
        expired = factory.Trait(status=Order.Status.EXPIRED, closed_at=factory.LazyFunction(timezone.now))

    @factory.post_generation
    def line(self, create, extracted, **given):
        course = given.get("course") or make_course()
        OrderLine.objects.create(order=self, course=course, title=course.title, unit_fen=88_000)


class PaymentFactory(factory.django.DjangoModelFactory):
    """An open payment that was last compared with Stripe two minutes ago."""

    class Meta:
        model = Payment

    order = factory.SubFactory(OrderFactory)
    idempotency_key = factory.Sequence(lambda n: f"key-{n}")
    session_id = factory.Sequence(lambda n: f"cs_test_{n}")
    session_expires_at = factory.LazyAttribute(lambda payment: payment.order.expires_at)
    amount_fen = factory.SelfAttribute("order.amount_fen")
    currency = "cny"
    created_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=2))
    checked_at = factory.SelfAttribute("created_at")


class StripeEventFactory(factory.django.DjangoModelFactory):
    """A stored webhook that nobody has handled; its first retry is due."""

    class Meta:
        model = StripeEvent

    event_id = factory.Sequence(lambda n: f"evt_{n}")
    kind = "checkout.session.completed"
    object_id = "cs_test_none"
    payload = factory.LazyAttribute(lambda event: {"id": event.event_id, "type": event.kind})
    received_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=2))
    next_try_at = factory.LazyAttribute(lambda event: event.received_at + timedelta(seconds=30))


class CouponFactory(factory.django.DjangoModelFactory):
    """¥100 off, once for each person."""

    class Meta:
        model = Coupon

    code = factory.Sequence(lambda n: f"SAVE{n}")
    name = "团购"
    kind = Coupon.Kind.AMOUNT
    value = 10_000
    valid_from = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    created_by = factory.SubFactory(UserFactory, is_staff=True)
    created_at = factory.SelfAttribute("valid_from")


class AttentionFactory(factory.django.DjangoModelFactory):
    """Something about an order that nobody has looked at."""

    class Meta:
        model = Attention

    kind = Attention.Kind.MONEY
    key = factory.Sequence(lambda n: f"money:test-{n}")
    order = factory.SubFactory(OrderFactory)
    text = "金额或币种不符：实收 ¥1.00，应收 ¥880.00。"
    raised_at = factory.LazyFunction(timezone.now)


class InvoiceRequestFactory(factory.django.DjangoModelFactory):
    """A company's request for the invoice of a paid order, ¥880.00, that nobody has issued."""

    class Meta:
        model = InvoiceRequest

    order = factory.SubFactory(OrderFactory, paid=True)
    title_kind = InvoiceRequest.TitleKind.COMPANY
    title = "江苏示范服务有限公司"
    tax_number = "91110000600037341L"
    email = "finance@example.com"
    amount_fen = 88_000
    requested_at = factory.LazyFunction(timezone.now)
    changed_at = factory.SelfAttribute("requested_at")

    class Params:
        issued = factory.Trait(
            status=InvoiceRequest.Status.ISSUED,
            number=factory.Sequence(lambda n: f"26327000000{n:09d}"),
            issued_on=factory.LazyFunction(timezone.localdate),
            issued_at=factory.LazyFunction(timezone.now),
        )
