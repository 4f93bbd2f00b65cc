import json
import time

import pytest
import stripe

from payments import stripe_gateway
from payments.stripe_facts import Event, SessionState
from payments.stripe_gateway import connection
from tests.payments.stripe_side import WEBHOOK_SECRET

BODY = b'{"id": "evt_1", "object": "event", "type": "t.x", "data": {"object": {"id": "cs_1"}}}'


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, age: int = 0) -> str:
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(time.time()) - age)


@pytest.fixture(autouse=True)
def our_secret(settings):
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET


def test_the_pinned_version_is_the_sdks():
    assert stripe.api_version == connection.API_VERSION


def test_read_event_gives_our_own_small_thing():
    event = stripe_gateway.read_event(body=BODY, signature=signed(BODY))

    assert event == Event(id="evt_1", kind="t.x", object_id="cs_1", payload=json.loads(BODY))


@pytest.mark.parametrize(
    "signature",
    ["", "nonsense", "t=1,v1=", "t=x,v1=00", signed(BODY, secret="whsec_other"), signed(BODY + b" ")],
    ids=["none", "nonsense", "no hash", "no time", "other secret", "other body"],
)
def test_read_event_refuses_a_wrong_signature(signature):
    with pytest.raises(stripe_gateway.BadSignature):
        stripe_gateway.read_event(body=BODY, signature=signature)


def test_read_event_refuses_an_old_signature():
    assert stripe_gateway.read_event(body=BODY, signature=signed(BODY, age=290))

    with pytest.raises(stripe_gateway.BadSignature):
        stripe_gateway.read_event(body=BODY, signature=signed(BODY, age=310))


def test_read_event_refuses_everything_while_no_secret_is_set(settings):
    settings.STRIPE_WEBHOOK_SECRET = ""

    with pytest.raises(stripe_gateway.BadSignature):
        stripe_gateway.read_event(body=BODY, signature=signed(BODY, secret=""))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"id": 1, "type": "a", "data": []}'])
def test_read_event_refuses_a_signed_body_that_is_no_event(body):
    with pytest.raises(stripe_gateway.BadEvent):
        stripe_gateway.read_event(body=body, signature=signed(body))


def test_read_event_refuses_a_body_that_is_not_text():
    with pytest.raises(stripe_gateway.BadEvent):
        stripe_gateway.read_event(body=b"\xff\xfe", signature=signed(BODY))


@pytest.mark.django_db
def test_expire_session_that_was_paid_says_paid(stripe_double, payment):
    stripe_double.shop(payment.session_id)

    assert stripe_gateway.expire_session(payment.session_id).state is SessionState.PAID


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["error", "limit", "lose_answer"])
def test_retrieve_session_translates_what_goes_wrong(fault, stripe_double, payment):
    stripe_double.faults(**{fault: 1})

    with pytest.raises(stripe_gateway.GatewayUnavailable, match="没有扣款"):
        stripe_gateway.retrieve_session(payment.session_id)


@pytest.mark.django_db
def test_a_wrong_key_is_unavailable_to_the_buyer(stripe_double, payment, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_wrong"

    with pytest.raises(stripe_gateway.GatewayUnavailable):
        stripe_gateway.retrieve_session(payment.session_id)


@pytest.mark.django_db
def test_a_proxy_in_the_environment_does_not_stand_before_the_double(stripe_double, payment, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert stripe_gateway.retrieve_session(payment.session_id).state is SessionState.OPEN
