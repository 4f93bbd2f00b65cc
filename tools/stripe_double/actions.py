"""What can happen at Stripe: a shop opens and closes sessions and refunds, a buyer pays, a bank decides later."""

import copy
import time
from collections.abc import Callable
from typing import Any

from tools.stripe_double import objects, wire
from tools.stripe_double.objects import Object
from tools.stripe_double.store import Store
from tools.stripe_double.wire import ApiError, Params

METHODS = {"alipay": "支付宝", "wechat_pay": "微信支付", "card": "银行卡"}
WITHHELD = ("needs_response", "under_review", "lost")  # a dispute's states in which the money is not the shop's
SHORTEST_SESSION, LONGEST_SESSION = 30 * 60, 24 * 3600


class Actions:
    """Every method runs under the store's lock. `announce` takes each event on its way to the webhook."""

    def __init__(self, store: Store, announce: Callable[[Object], None], base_url: str, delay_seconds: float) -> None:
        self.store = store
        self.announce = announce
        self.base_url = base_url
        self.delay_seconds = delay_seconds
        self.refunds_are_slow = False

    # --- by the shop ------------------------------------------------------------------------------------------
    def create_session(self, params: Params) -> Object:
        if wire.text(params, "mode", required=True) != "payment":
            raise ApiError("This double knows mode=payment only.", param="mode")
        wire.text(params, "success_url", required=True)
        methods = wire.words(params, "allowed_payment_method_types") or list(METHODS)
        offered = [method for method in methods if method in METHODS]
        if not offered:
            raise ApiError("No valid payment method types for this Checkout Session.", param="payment_method_types")
        client = wire.mapping(wire.mapping(params, "payment_method_options"), "wechat_pay").get("client")
        if "wechat_pay" in offered and client != "web":
            raise ApiError(
                "`payment_method_options[wechat_pay][client]` must be `web` for Checkout.",
                param="payment_method_options[wechat_pay][client]",
                code="parameter_missing",
            )
        amount, currency = _total(params)
        now = int(time.time())
        expires_at = wire.number(params, "expires_at", default=now + LONGEST_SESSION)
        if not SHORTEST_SESSION <= expires_at - now <= LONGEST_SESSION + 60:
            raise ApiError(
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
                param="expires_at",
            )
        session = objects.checkout_session(
            params, base_url=self.base_url, amount=amount, currency=currency, methods=offered, expires_at=expires_at
        )
        self.store.intent_metadata[session["id"]] = wire.mapping(
            wire.mapping(params, "payment_intent_data"), "metadata"
        )
        return self.store.put(session)

    def expire_session(self, identifier: str, _params: Params | None = None) -> Object:
        session = self._open_session(identifier)
        session.update(status="expired", url=None)
        self._event("checkout.session.expired", session)
        return session

    def create_refund(self, params: Params) -> Object:
        intent = self.store.get("payment_intent", wire.text(params, "payment_intent", required=True))
        if not intent["latest_charge"]:
            raise ApiError("This PaymentIntent does not have a successful charge to refund.", param="payment_intent")
        taken = self.store.get("charge", intent["latest_charge"])
        left = taken["amount"] - taken["amount_refunded"]
        amount = wire.number(params, "amount", default=left)
        if left == 0:
            raise ApiError(f"Charge {taken['id']} has already been refunded.", code="charge_already_refunded")
        if any(dispute["status"] in WITHHELD for dispute in self._disputes_of(taken)):
            raise ApiError(f"Charge {taken['id']} has been charged back.", code="charge_disputed")
        if not 0 < amount <= left:
            raise ApiError("Refund amount is not within the unrefunded amount on charge.", param="amount")
        taken["amount_refunded"] += amount
        taken["refunded"] = taken["amount_refunded"] == taken["amount"]
        status = "pending" if self.refunds_are_slow else "succeeded"
        metadata = wire.mapping(params, "metadata")
        refund = objects.refund(taken, amount=amount, status=status, reason=params.get("reason"), metadata=metadata)
        self.store.put(refund)
        self._event("refund.created", refund)
        self._event("charge.refunded", taken)
        return refund

    # --- by the buyer, on the hosted page ---------------------------------------------------------------------
    def pay(self, identifier: str, method: str) -> Object:
        session, intent = self._confirm(identifier, method)
        self._take_money(session, intent, method)
        self._event("checkout.session.completed", session)
        return session

    def pay_later(self, identifier: str, method: str, *, succeeds: bool = True) -> Object:
        """The buyer is done; the bank decides after `delay_seconds`."""
        session, intent = self._confirm(identifier, method)
        intent["status"] = "processing"
        session.update(status="complete", url=None)
        self.store.delayed[identifier] = {
            "due_at": time.time() + self.delay_seconds,
            "succeeds": succeeds,
            "method": method,
        }
        self._event("payment_intent.processing", intent)
        self._event("checkout.session.completed", session)
        return session

    def decline(self, identifier: str, method: str) -> Object:
        """The page stays open: the buyer may try again."""
        session, intent = self._confirm(identifier, method)
        self._refuse(intent)
        return session

    # --- by banks and by the shop's people, in Stripe's dashboard ------------------------------------------------
    def end_refund(self, identifier: str, status: str) -> Object:
        """A bank delivers a refund, or sends it back: then the money is on the shop's account again."""
        refund = self.store.get("refund", identifier)
        if refund["status"] not in ("pending", "succeeded") or status not in ("succeeded", "failed"):
            raise ApiError("This refund cannot change like that.")
        refund["status"] = status
        if status == "failed":
            taken = self.store.get("charge", refund["charge"])
            taken["amount_refunded"] -= refund["amount"]
            taken["refunded"] = False
            refund["failure_reason"] = "declined"
            self._event("refund.failed", refund)
        self._event("refund.updated", refund)
        return refund

    def open_dispute(self, intent_id: str, status: str = "needs_response") -> Object:
        """The buyer's bank wants the money back; `warning_needs_response` only asks."""
        intent = self.store.get("payment_intent", intent_id)
        taken = self.store.get("charge", intent["latest_charge"] or "")
        if self._disputes_of(taken) or taken["refunded"]:
            raise ApiError("This charge cannot be disputed (again).", code="charge_disputed")
        dispute = objects.dispute(taken, status=status)
        taken["disputed"] = True
        self._event("charge.dispute.created", dispute)
        return dispute

    def close_dispute(self, identifier: str, status: str) -> Object:
        dispute = self.store.get("dispute", identifier)
        if status not in ("won", "lost", "warning_closed"):
            raise ApiError("A dispute ends as won, lost or warning_closed.", param="status")
        if dispute["status"] in ("won", "lost", "warning_closed"):
            raise ApiError("This dispute is closed.")
        dispute["status"] = status
        self._event("charge.dispute.closed", dispute)
        return dispute

    def _disputes_of(self, taken: Object) -> list[Object]:
        return [dispute for dispute in self.store.all("dispute") if dispute["charge"] == taken["id"]]

    # --- by time ----------------------------------------------------------------------------------------------
    def tick(self, now: float) -> bool:
        """Let banks decide and sessions expire whose time has come; say whether anything happened."""
        decided = [identifier for identifier, fate in self.store.delayed.items() if fate["due_at"] <= now]
        for identifier in decided:
            self._decide(identifier, self.store.delayed.pop(identifier))
        lapsed = [
            session["id"]
            for session in self.store.all("checkout.session")
            if session["status"] == "open" and session["expires_at"] <= now
        ]
        for identifier in lapsed:
            self.expire_session(identifier)
        return bool(decided or lapsed)

    def _decide(self, identifier: str, fate: dict[str, Any]) -> None:
        session = self.store.get("checkout.session", identifier)
        intent = self.store.get("payment_intent", session["payment_intent"])
        if fate["succeeds"]:
            self._take_money(session, intent, fate["method"])
            self._event("checkout.session.async_payment_succeeded", session)
        else:
            self._refuse(intent)
            self._event("checkout.session.async_payment_failed", session)

    def _open_session(self, identifier: str) -> Object:
        session = self.store.get("checkout.session", identifier)
        if session["status"] != "open":
            raise ApiError('Only Checkout Sessions with a status in ["open"] can be changed.', param="id")
        return session

    def _confirm(self, identifier: str, method: str) -> tuple[Object, Object]:
        session = self._open_session(identifier)
        if method not in session["payment_method_types"]:
            raise ApiError(f"{method} is not offered here.", param="method")
        if session["payment_intent"]:
            return session, self.store.get("payment_intent", session["payment_intent"])
        intent = objects.payment_intent(session, metadata=self.store.intent_metadata.get(identifier, {}))
        self.store.put(intent)
        session["payment_intent"] = intent["id"]
        return session, intent

    def _take_money(self, session: Object, intent: Object, method: str) -> None:
        taken = self.store.put(objects.charge(intent, method=method))
        intent.update(
            status="succeeded", amount_received=intent["amount"], latest_charge=taken["id"], last_payment_error=None
        )
        session.update(status="complete", payment_status="paid", url=None)
        self._event("charge.succeeded", taken)
        self._event("payment_intent.succeeded", intent)

    def _refuse(self, intent: Object) -> None:
        error = {"type": "card_error", "code": "card_declined", "message": "The payment was declined."}
        intent.update(status="requires_payment_method", last_payment_error=error)
        self._event("payment_intent.payment_failed", intent)

    def _event(self, kind: str, about: Object) -> None:
        self.store.put(about)
        self.announce(self.store.put(objects.event(kind, copy.deepcopy(about))))


def _total(params: Params) -> tuple[int, str]:
    """Return what a list of line items costs, in the smallest unit, and in which currency."""
    items = params.get("line_items")
    if not isinstance(items, list) or not items:
        raise ApiError("Missing required param: line_items.", param="line_items", code="parameter_missing")
    total, currencies = 0, set()
    for item in items:
        price = wire.mapping(item, "price_data") if isinstance(item, dict) else {}
        currencies.add(wire.text(price, "currency", required=True))
        unit, quantity = wire.number(price, "unit_amount"), wire.number(item, "quantity", default=1)
        if unit < 0 or quantity < 1:
            raise ApiError("Invalid positive integer", param="line_items", code="parameter_invalid_integer")
        total += unit * quantity
    if len(currencies) != 1:
        raise ApiError("All line items must have the same currency.", param="line_items")
    return total, currencies.pop()
