"""The double itself, through Stripe's own SDK: what it takes, refuses and sends."""

import hashlib
import hmac
import http.client
import inspect
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests
import stripe

from tests.payments.stripe_side import API_KEY, WEBHOOK_SECRET, StripeDouble
from tools.stripe_double import wire


@pytest.fixture
def sdk(running_double) -> Iterator[stripe.StripeClient]:
    with running_double.fresh().sdk() as client:
        yield client


def request(**changes: object) -> dict:
    return {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {"currency": "cny", "unit_amount": 88_000, "product_data": {"name": "课程"}},
            }
        ],
        "allowed_payment_method_types": ["card", "alipay"],
        "client_reference_id": "R1",
        "success_url": "http://127.0.0.1:8000/back?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:8000/leave",
    } | changes


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"nonsense": "1"}, "nonsense"),
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"locale": "zh-hans"}, "locale"),
        ({"mode": "subscription"}, "mode"),
        ({"expires_at": int(time.time()) + 29 * 60}, "expires_at"),
        ({"expires_at": int(time.time()) + 25 * 3600}, "expires_at"),
        ({"allowed_payment_method_types": ["wechat_pay"]}, "payment_method_options[wechat_pay][client]"),
        ({"line_items": []}, "line_items"),
        ({"line_items": [{"price_data": {"currency": "cny", "unit_amount": "1.5"}}]}, None),
        ({"success_url": ""}, "success_url"),
    ],
)
def test_create_refuses_what_stripe_refuses(changes, param, sdk):
    with pytest.raises(stripe.InvalidRequestError) as error:
        sdk.v1.checkout.sessions.create(request(**changes))

    assert param is None or error.value.param == param


def test_idempotency_key_says_the_same_again_and_nothing_else(sdk):
    first, second = (sdk.v1.checkout.sessions.create(request(), {"idempotency_key": "k1"}).id for _ in range(2))

    assert first == second
    with pytest.raises(stripe.IdempotencyError):
        sdk.v1.checkout.sessions.create(request(client_reference_id="R2"), {"idempotency_key": "k1"})


def test_pay_fills_session_intent_and_charge(sdk, running_double):
    session = sdk.v1.checkout.sessions.create(request(payment_intent_data={"metadata": {"order": "R1"}}))

    back = running_double.shop(session.id)

    paid = sdk.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert back == f"http://127.0.0.1:8000/back?s={session.id}"
    assert (paid.status, paid.payment_status, paid.payment_intent.status) == ("complete", "paid", "succeeded")
    assert paid.payment_intent.metadata.to_dict() == {"order": "R1"}
    assert paid.payment_intent.latest_charge.amount == 88_000
    assert sdk.v1.payment_intents.retrieve(paid.payment_intent.id).amount_received == 88_000


def test_leave_goes_back_and_keeps_the_page_open(sdk, running_double):
    session = sdk.v1.checkout.sessions.create(request())

    assert running_double.shop(session.id, "leave") == "http://127.0.0.1:8000/leave"
    assert sdk.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_decline_keeps_the_page_open_and_says_so(sdk, running_double):
    session = sdk.v1.checkout.sessions.create(request())

    again = running_double.shop(session.id, "decline", "card")

    page = running_double.page(again)
    assert "付款没有成功" in page
    assert running_double.webhook("payment_intent.payment_failed").event["data"]["object"]["amount"] == 88_000
    running_double.shop(session.id, "pay", "card")
    assert sdk.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_the_page_is_chinese_and_honest(sdk, running_double):
    session = sdk.v1.checkout.sessions.create(request())

    page = running_double.page(session.url)

    for words in (
        "本地支付替身，不产生真实费用",
        "¥880.00",
        "支付宝",
        "银行卡",
        "支付成功",
        "支付失败",
        "稍后到账",
        "放弃",
    ):
        assert words in page
    assert "微信支付" not in page  # not offered


def test_refund_in_parts_and_not_beyond(sdk, running_double):
    session = sdk.v1.checkout.sessions.create(request())
    running_double.shop(session.id)
    intent = sdk.v1.checkout.sessions.retrieve(session.id).payment_intent

    part = sdk.v1.refunds.create({"payment_intent": intent, "amount": 80_000})

    assert sdk.v1.refunds.retrieve(part.id).status == "succeeded"
    for amount in (8_001, 0, -1):
        with pytest.raises(stripe.InvalidRequestError):
            sdk.v1.refunds.create({"payment_intent": intent, "amount": amount})
    sdk.v1.refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError) as error:
        sdk.v1.refunds.create({"payment_intent": intent})
    assert error.value.code == "charge_already_refunded"
    charge = sdk.v1.payment_intents.retrieve(intent).latest_charge
    told = [running_double.webhook("charge.refunded", charge).event["data"]["object"]["refunded"] for _ in range(2)]
    assert sorted(told) == [False, True]  # webhooks keep no order


def test_expire_refuses_later_payment(sdk, running_double):
    session = sdk.v1.checkout.sessions.create(request())

    assert sdk.v1.checkout.sessions.expire(session.id).status == "expired"

    with pytest.raises(stripe.InvalidRequestError):
        sdk.v1.checkout.sessions.expire(session.id)
    assert "已经失效" in running_double.page(f"/c/pay/{session.id}")


def test_lists_go_page_by_page(sdk):
    made = [sdk.v1.checkout.sessions.create(request()).id for _ in range(3)]

    page = sdk.v1.checkout.sessions.list({"limit": 2})
    rest = sdk.v1.checkout.sessions.list({"limit": 1, "starting_after": page.data[-1].id})

    assert [session.id for session in [*page.data, *rest.data]] == made[::-1]
    assert page.has_more
    with pytest.raises(stripe.InvalidRequestError):
        sdk.v1.checkout.sessions.list({"limit": 101})


def test_webhooks_are_signed_over_time_and_raw_body(sdk, running_double):
    session = sdk.v1.checkout.sessions.create(request())
    running_double.shop(session.id)

    webhook = running_double.webhook("checkout.session.completed", session.id)

    moment, signature = (part.split("=")[1] for part in webhook.signature.split(","))
    expected = hmac.new(WEBHOOK_SECRET.encode(), f"{moment}.".encode() + webhook.body, hashlib.sha256).hexdigest()
    assert signature == expected
    assert sdk.construct_event(webhook.body, webhook.signature, WEBHOOK_SECRET).id == webhook.event["id"]
    assert sdk.v1.events.retrieve(webhook.event["id"]).type == "checkout.session.completed"
    assert webhook.event["api_version"] == stripe.api_version


def test_webhooks_can_come_in_the_wrong_order(sdk, running_double):
    running_double.fresh().faults(reorder=1)
    session = sdk.v1.checkout.sessions.create(request())
    running_double.shop(session.id)

    kinds = [running_double.ear.heard.get(timeout=5).event["type"] for _ in range(3)]

    assert kinds == ["checkout.session.completed", "payment_intent.succeeded", "charge.succeeded"]


def test_other_keys_and_other_hosts_are_refused(running_double):
    with pytest.raises(urllib.error.HTTPError) as error:
        running_double.api("GET", "/v1/events", key="sk_test_other")
    with error.value as answer:
        assert answer.code == 401

    plain = http.client.HTTPConnection(running_double.url.removeprefix("http://"))
    with closing(plain):
        plain.request("GET", "/v1/events", headers={"Host": "evil.example.com", "Authorization": f"Bearer {API_KEY}"})
        assert plain.getresponse().status == 403


def test_state_survives_a_restart(tmp_path):
    state = str(tmp_path / "stripe.json")
    with StripeDouble("--state", state) as first, first.sdk() as sdk:
        session = sdk.v1.checkout.sessions.create(request(), {"idempotency_key": "k"})

    with StripeDouble("--state", state) as second, second.sdk() as sdk:
        assert sdk.v1.checkout.sessions.retrieve(session.id).status == "open"
        assert sdk.v1.checkout.sessions.create(request(), {"idempotency_key": "k"}).id == session.id


@pytest.mark.parametrize(
    ("form", "params"),
    [
        ("a=1&b[c]=2", {"a": "1", "b": {"c": "2"}}),
        ("a[0][x]=1&a[1][x]=2", {"a": [{"x": "1"}, {"x": "2"}]}),
        ("expand[]=a&expand[]=b", {"expand": ["a", "b"]}),
        ("name=%E8%AF%BE&empty=", {"name": "课", "empty": ""}),
        ("", {}),
    ],
)
def test_parse_form(form, params):
    assert wire.parse_form(form) == params


def test_parse_form_refuses_a_key_of_two_minds():
    with pytest.raises(wire.ApiError):
        wire.parse_form("a=1&a[b]=2")


def known_to_sdk(kind: type) -> set[str]:
    return {name for base in kind.__mro__ for name in inspect.get_annotations(base)}


def test_objects_have_the_fields_of_the_sdks_own_version(sdk, running_double):
    """Stripe's description in the development package is a little older than the SDK: what we send it must know too."""
    session = sdk.v1.checkout.sessions.create(request())
    running_double.shop(session.id)
    intent = sdk.v1.checkout.sessions.retrieve(session.id).payment_intent
    refund = sdk.v1.refunds.create({"payment_intent": intent, "amount": 100})
    running_double.dispute(intent)
    found = [
        sdk.v1.checkout.sessions.retrieve(session.id),
        sdk.v1.payment_intents.retrieve(intent),
        sdk.v1.charges.retrieve(refund.charge),
        refund,
        sdk.v1.disputes.list({"limit": 1}).data[0],
        sdk.v1.events.list({"limit": 1}).data[0],
    ]

    unknown = {name for thing in found for name in set(thing.to_dict()) - known_to_sdk(type(thing))}

    assert unknown == set()


def test_a_disputed_charge_is_neither_refunded_nor_disputed_again(sdk, running_double):
    session = sdk.v1.checkout.sessions.create(request())
    running_double.shop(session.id)
    intent = sdk.v1.checkout.sessions.retrieve(session.id).payment_intent
    dispute = running_double.dispute(intent)

    with pytest.raises(stripe.InvalidRequestError) as error:
        sdk.v1.refunds.create({"payment_intent": intent, "amount": 100})
    assert error.value.code == "charge_disputed"
    with pytest.raises(urllib.error.HTTPError):
        running_double.dispute(intent)
    running_double.close_dispute(dispute, "won")
    assert sdk.v1.refunds.create({"payment_intent": intent, "amount": 100}).status == "succeeded"


@pytest.mark.parametrize(
    ("switch", "error"),
    [("error", stripe.APIError), ("limit", stripe.RateLimitError), ("lose_answer", stripe.APIConnectionError)],
)
def test_api_faults_are_stripes_own(switch, error, sdk, running_double):
    running_double.faults(**{switch: 1})

    with pytest.raises(error):
        sdk.v1.events.list({"limit": 1}, {"max_network_retries": 0})

    assert sdk.v1.events.list({"limit": 1}).object == "list"


def test_a_person_sets_the_faults_on_a_page(sdk, running_double):
    assert "接下来几个请求答 500" in running_double.page("/c/faults")

    with running_double.opener.open(f"{running_double.url}/c/faults", data=b"error=1&limit=0") as answer:
        assert 'name="error" type="number" min="0" step="any" value="1"' in answer.read().decode()

    with pytest.raises(stripe.APIError):
        sdk.v1.events.list({"limit": 1}, {"max_network_retries": 0})
    for data, headers in ((b"error=x", {}), (b"error=-1", {}), (b"error=1", {"Origin": "http://evil.example.com"})):
        wrong = urllib.request.Request(f"{running_double.url}/c/faults", data=data, headers=headers)  # noqa: S310  # our own http address
        with pytest.raises(urllib.error.HTTPError):
            running_double.opener.open(wrong)
    assert running_double.control("GET", "state")["faults"]["error"] == 0


def test_a_slow_answer_is_a_time_out_for_the_impatient(sdk, running_double):
    running_double.faults(slow=1.5)

    with requests.Session() as session:
        hurried = stripe.StripeClient(
            API_KEY,
            base_addresses={"api": running_double.url},
            http_client=stripe.RequestsClient(session=session, timeout=0.3),
            max_network_retries=0,
        )
        with pytest.raises(stripe.APIConnectionError):
            hurried.v1.events.list({"limit": 1})
