"""
One buyer, alone and for a company, and what may happen to the money: the acts of a schedule, and how the dust settles.
"""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from unittest.mock import patch

import stripe
from django.conf import settings
from django.test import RequestFactory
from django.utils import timezone

from courses.models import CoursePage
from lms.errors import DomainError
from lms.users.models import User
from payments import fulfilment, orders, reconciliation, refund_requests, refunds, stripe_gateway, views
from payments.models import Coupon, Order, Payment, Refund, StripeEvent
from payments.stripe_facts import Session
from payments.stripe_gateway import connection
from tests.payments.schedules.bank import Bank
from tests.payments.schedules.company import Company
from tests.payments.schedules.inside import StripeInside
from tools.stripe_double.actions import METHODS
from tools.stripe_double.webhooks import signature
from tools.stripe_double.wire import ApiError

SECRET = "whsec_of_the_schedules"
STEPS = 40
ROUNDS = 4


@dataclass
class Story:
    """One buyer, one schedule. `steps` says what happened, for whoever has to find out why."""

    seed: int
    buyer: User
    course: CoursePage
    staff: User
    colleague: User
    people: list[User]
    now: datetime
    steps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.stripe = StripeInside()
        self.bank = Bank(self)
        self.company = Company(self, self.people)
        self.began_at = self.now
        self.answers: list[Session] = []

    # --- what may happen --------------------------------------------------------------------------------------------
    def place(self) -> None:
        code = self.random.choice(["", "", "", "HALF"])
        order = orders.place(buyer=self.buyer, course=self.course, coupon_code=code, now=self.now)
        orders.begin_payment(order=order, now=self.now)

    def pay(self) -> None:
        session = self._open_page()
        if self.random.random() < 0.1:  # somebody changes the price on the way
            session["amount_total"] = self.random.choice([1, session["amount_total"] + 100])
        elif self.random.random() < 0.05:
            session["currency"] = "usd"
        elif self.random.random() < 0.05:
            session["client_reference_id"] = "20200101000000000000"
        session["payment_intent"] = None  # what an earlier, declined try left behind has the old price
        act = self.random.choice([self.stripe.actions.pay, self.stripe.actions.pay, self.stripe.actions.pay_later])
        act(session["id"], self.random.choice(list(METHODS)))

    def pay_and_fail_later(self) -> None:
        self.stripe.actions.pay_later(self._open_page()["id"], "alipay", succeeds=False)

    def decline(self) -> None:
        self.stripe.actions.decline(self._open_page()["id"], "card")

    def bank_decides(self) -> None:
        self.stripe.actions.tick(self.now.timestamp())

    def webhook_arrives(self) -> None:
        """In any order; it may come again; its task may never run."""
        event = self.random.choice(self.stripe.mail)
        if self.random.random() < 0.7:
            self.stripe.mail.remove(event)
        self._deliver(event)

    def webhook_is_lost(self) -> None:
        self.stripe.mail.remove(self.random.choice(self.stripe.mail))

    def task_runs(self) -> None:
        event = self.random.choice(list(StripeEvent.objects.all()))
        fulfilment.handle_event(event_pk=event.pk, now=self.now)

    def buyer_looks(self) -> None:
        fulfilment.look_again(order_pk=self.any_order().pk, now=self.now)

    def phone_and_desktop_return(self) -> None:
        """Both have read Stripe before either of them takes the lock; one of the answers may be an old one."""
        payment = self.random.choice(list(Payment.objects.exclude(session_id=None)))
        answers = [stripe_gateway.retrieve_session(payment.session_id) for _ in range(2)]
        answers += [old for old in self.answers if old.id == payment.session_id][-2:]
        self.answers += answers[:1]
        self.random.shuffle(answers)
        for answer in answers:
            with patch.object(stripe_gateway, "retrieve_session", return_value=answer):
                fulfilment.settle(session_id=answer.id, now=self.now)

    def process_dies_while_settling(self) -> None:
        """After Stripe's answer and before our commit: the transaction is gone."""
        payment = self.random.choice(list(Payment.objects.exclude(session_id=None)))
        with patch("payments.access.open_for", side_effect=MemoryError), suppress(MemoryError):
            fulfilment.settle(session_id=payment.session_id, now=self.now)

    def pay_again(self) -> None:
        orders.begin_payment(order=self.any_order(), now=self.now)

    def cancel(self) -> None:
        orders.cancel(order=self.any_order(), now=self.now)

    def sweep(self) -> None:
        fulfilment.reconcile(now=self.now)
        orders.expire_lapsed(now=self.now)
        refunds.send_due(now=self.now)

    def time_passes(self) -> None:
        self.now += timedelta(seconds=self.random.choice([6, 61, 600, 1900, 3700]))

    def stripe_misbehaves(self) -> None:
        self.stripe.faults.set({self.random.choice(["error", "limit", "lose_answer"]): self.random.randint(1, 3)})

    def refund_is_asked_for_and_sent(self) -> None:
        asked = refund_requests.request(order=self.any_order(), by=self.buyer, reason="", now=self.now)
        is_full = self.random.random() < 0.7
        amount = asked.amount_fen if is_full else self.random.randint(1, max(1, asked.amount_fen))
        for person in (self.staff, self.colleague):  # a large sum is decided by two
            decided = refund_requests.approve(
                refund=asked, by=person, amount_fen=amount, ends_access=is_full, now=self.now
            )
            if decided.status == Refund.Status.APPROVED:
                break
        self.stripe.actions.refunds_are_slow = self.random.random() < 0.3
        refunds.send(refund_pk=asked.pk, now=self.now)

    def refund_is_begun_at_stripe(self) -> None:
        intent = self.random.choice(self.stripe.store.all("payment_intent"))
        self.stripe.actions.create_refund({"payment_intent": intent["id"], "amount": "100"})

    def bank_ends_a_refund(self) -> None:
        refund = self.random.choice(self.stripe.store.all("refund"))
        self.stripe.actions.end_refund(refund["id"], self.random.choice(["succeeded", "succeeded", "failed"]))

    def bank_opens_a_dispute(self) -> None:
        intent = self.random.choice(self.stripe.store.all("payment_intent"))
        kind = self.random.choice(["needs_response", "needs_response", "warning_needs_response"])
        self.stripe.actions.open_dispute(intent["id"], kind)

    def bank_ends_a_dispute(self) -> None:
        dispute = self.random.choice(self.stripe.store.all("dispute"))
        asked_only = dispute["status"] == "warning_needs_response"
        self.stripe.actions.close_dispute(
            dispute["id"], "warning_closed" if asked_only else self.random.choice(["won", "lost"])
        )

    # --- and at the end ---------------------------------------------------------------------------------------------
    def run(self) -> None:
        acts: dict[Callable[[], None], int] = {
            self.place: 4,
            self.pay: 8,
            self.pay_and_fail_later: 1,
            self.decline: 1,
            self.bank_decides: 2,
            self.webhook_arrives: 5,
            self.webhook_is_lost: 3,
            self.task_runs: 4,
            self.buyer_looks: 2,
            self.phone_and_desktop_return: 3,
            self.process_dies_while_settling: 1,
            self.pay_again: 2,
            self.cancel: 1,
            self.sweep: 1,
            self.time_passes: 3,
            self.stripe_misbehaves: 3,
            self.refund_is_asked_for_and_sent: 3,
            self.refund_is_begun_at_stripe: 1,
            self.bank_ends_a_refund: 1,
            self.bank_opens_a_dispute: 1,
            self.bank_ends_a_dispute: 1,
            **self.bank.acts,
            **self.company.acts,
        }
        client = stripe.StripeClient("sk_inside", http_client=self.stripe, max_network_retries=0)
        with patch.object(connection, "client", return_value=client):
            first = self.random.choice([self.place, self.company.seats_are_ordered])
            for act in [first, *self.random.choices(list(acts), list(acts.values()), k=STEPS)]:
                self.attempt(act)
            self.settle_down()

    def attempt(self, act: Callable[[], None]) -> None:
        try:
            act()
            self.steps.append(act.__name__)
        except (DomainError, ApiError, IndexError) as refusal:  # refused, or nothing there to do it with
            self.steps.append(f"{act.__name__}: {type(refusal).__name__}")

    def settle_down(self) -> None:
        """Stripe is well again, banks decide, and only our own sweeps run: every webhook that is left is lost."""
        self.stripe.faults.reset()
        self.stripe.actions.refunds_are_slow = False
        for refund in self.stripe.store.all("refund"):
            if refund["status"] == "pending":
                self.stripe.actions.end_refund(refund["id"], "succeeded")
        for _ in range(ROUNDS):
            self.bank.settle_down()
            self.now += timedelta(hours=1, seconds=1)
            if self.bank.is_waited_for():
                self.now += timedelta(days=settings.BANK_TRANSFER_DAYS)
            self.stripe.actions.tick(self.now.timestamp())
            for pk in StripeEvent.objects.due(self.now).values_list("pk", flat=True):
                fulfilment.handle_event(event_pk=pk, now=self.now)
            self.sweep()
            if self._is_quiet():
                break
        self.report = self._compare()
        if self.report.healed or self.report.differences:
            self.report = self._compare()  # what the first made good, the second finds in order

    def _is_quiet(self) -> bool:
        """Nothing waits for a sweep any more. The truths say whether that was enough."""
        return not (
            Payment.objects.live().exclude(status="PROCESSING", method="BANK").exists()
            or Order.objects.pending().exclude(payments__status="PROCESSING", payments__method="BANK").exists()
            or StripeEvent.objects.pending().exists()
            or Refund.objects.filter(status=Refund.Status.APPROVED).exists()
        )

    def _compare(self) -> reconciliation.Report:
        self.now += timedelta(minutes=5)
        return reconciliation.sweep(since=self.began_at, now=self.now)

    # --- helpers ------------------------------------------------------------------------------------------------
    def any_order(self) -> Order:
        return self.random.choice(list(Order.objects.order_by("pk")))

    def _open_page(self) -> dict:
        return self.random.choice([s for s in self.stripe.store.all("checkout.session") if s["status"] == "open"])

    def _deliver(self, event: dict) -> None:
        body = json.dumps(event).encode()
        header = signature(body, SECRET, int(timezone.now().timestamp()))
        request = RequestFactory().post(
            "/stripe/webhook/", body, content_type="application/json", headers={"Stripe-Signature": header}
        )
        assert views.stripe_webhook(request).status_code == 200


def coupon(staff: User, now: datetime) -> Coupon:
    return Coupon.objects.create(
        code="HALF",
        name="半价",
        kind="PERCENT",
        value=50,
        valid_from=now - timedelta(days=1),
        created_by=staff,
        created_at=now,
        max_uses_each=None,
    )
