"""Orders and payments as rows; whoever needs Stripe's side of them uses the verbs and the `stripe_double` fixture."""

from datetime import timedelta

import factory
from django.utils import timezone

from payments.models import Order, Payment, StripeEvent
from tests.factories.courses import make_course
from tests.factories.users import UserFactory


class OrderFactory(factory.django.DjangoModelFactory):
    """A pending order of ¥880.00, placed a minute ago."""

    class Meta:
        model = Order

    number = factory.Sequence(lambda n: f"20261122{n:012d}")
    buyer = factory.SubFactory(UserFactory)
    course = factory.LazyFunction(make_course)
    course_title = factory.LazyAttribute(lambda order: order.course.title)
    amount_fen = 88_000
    placed_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=1))
    expires_at = factory.LazyAttribute(lambda order: order.placed_at + timedelta(hours=1))

    class Params:
        paid = factory.Trait(status=Order.Status.PAID, paid_at=factory.LazyFunction(timezone.now))
        cancelled = factory.Trait(status=Order.Status.CANCELLED, closed_at=factory.LazyFunction(timezone.now))
        expired = factory.Trait(status=Order.Status.EXPIRED, closed_at=factory.LazyFunction(timezone.now))


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
