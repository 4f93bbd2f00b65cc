"""Stripe's objects as this program makes them: complete enough for Stripe's response schema, which the tests check."""

import secrets
import time
from typing import Any

from tools.stripe_double.wire import Params

Object = dict[str, Any]
API_VERSION = "2026-10-28.endive"


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def checkout_session(
    params: Params, *, base_url: str, amount: int, currency: str, methods: list[str], expires_at: int
) -> Object:
    identifier = f"cs_test_{secrets.token_hex(24)}"
    return {
        "id": identifier,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": params.get("adaptive_pricing", {}).get("enabled") == "true"},
        "allowed_payment_method_types": methods,
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": int(time.time()),
        "currency": currency,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_email": params.get("customer_email"),
        "expires_at": expires_at,
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": methods,
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "success_url": params.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{base_url}/c/pay/{identifier}",
    }


def payment_intent(session: Object, *, metadata: Params) -> Object:
    identifier = new_id("pi")
    return {
        "id": identifier,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": f"{identifier}_secret_{secrets.token_hex(8)}",
        "confirmation_method": "automatic",
        "created": int(time.time()),
        "currency": session["currency"],
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": metadata,
        "payment_method_types": session["payment_method_types"],
        "status": "requires_payment_method",
    }


def charge(intent: Object, *, method: str) -> Object:
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "captured": True,
        "created": int(time.time()),
        "currency": intent["currency"],
        "disputed": False,
        "livemode": False,
        "metadata": intent["metadata"],
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method_details": {"type": method},
        "refunded": False,
        "status": "succeeded",
    }


def refund(taken: Object, *, amount: int, status: str, reason: str | None, metadata: Params) -> Object:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "charge": taken["id"],
        "created": int(time.time()),
        "currency": taken["currency"],
        "metadata": metadata,
        "payment_intent": taken["payment_intent"],
        "reason": reason,
        "status": status,
    }


def dispute(taken: Object, *, status: str) -> Object:
    due_by = int(time.time()) + 7 * 24 * 3600
    evidence = {"due_by": due_by, "enhanced_eligibility": {}, "has_evidence": False, "past_due": False}
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": taken["amount"] - taken["amount_refunded"],
        "balance_transactions": [],
        "charge": taken["id"],
        "created": int(time.time()),
        "currency": taken["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": evidence | {"submission_count": 0},
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": taken["payment_intent"],
        "reason": "fraudulent",
        "status": status,
    }


def event(kind: str, about: Object) -> Object:
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(time.time()),
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
