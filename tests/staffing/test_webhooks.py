"""Verbs on endpoints, events and deliveries, against a real server on loopback. Source: docs/rules/api.md, I9-I19."""

import hmac
from base64 import b64encode
from datetime import datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from certificates.staffing import imports, webhooks
from certificates.staffing.models import Company, WebhookDelivery, WebhookEndpoint, WebhookEvent
from certificates.staffing.webhooks import deliveries, endpoints, events, sending, signatures, sweeping, tasks
from lms.users.models import OutgoingMail
from tests.factories.companies import make_company
from tests.factories.staffing import csv_bytes, manager, roster_of
from tests.factories.webhooks import ALL, NOWHERE, make_delivery, make_endpoint
from tests.staffing.webhook_receiver import receiver

pytestmark = pytest.mark.django_db
Kind = WebhookEvent.Kind
Status = WebhookDelivery.Status
Why = WebhookEndpoint.DisabledWhy
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def company(alice):
    return make_company(owner=alice)


@pytest.fixture
def endpoint(company, now):
    return make_endpoint(company=company, now=now)[0]


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch):
    monkeypatch.setattr(deliveries, "JITTER", 0)


def facts(delivery):
    delivery.refresh_from_db()
    return delivery.status, delivery.tries, delivery.code, delivery.error


# --- endpoints ------------------------------------------------------------------------------------------------------


def test_make_keeps_the_secret_unreadable(company, alice, now):
    endpoint, secret = make_endpoint(company=company, now=now, kinds=("seat.claimed", "roster.imported"), by=alice)

    assert secret.startswith("whsec_")
    assert secret not in endpoint.secret_cipher
    assert endpoints.keys_of(endpoint, now=now) == [secret]
    assert (endpoint.events, endpoint.made_by, endpoint.listens_since) == (
        ["roster.imported", "seat.claimed"],
        alice,
        now,
    )


@pytest.mark.parametrize("kinds", [(), ("everything",), ("ping",)])
def test_make_without_an_event(kinds, company, now):
    with pytest.raises(webhooks.NoEvent):
        make_endpoint(company=company, now=now, kinds=kinds)


def test_make_refuses_this_machine_in_production(company, now, settings):
    settings.WEBHOOKS_ALLOW_LOCAL = False

    for url in (NOWHERE, "https://localhost/hook", "https://10.0.0.1/hook"):
        with pytest.raises(webhooks.BadDestination):
            make_endpoint(company=company, now=now, url=url)


def test_make_has_an_end_and_takes_an_address_once(company, now):
    for n in range(webhooks.MAX_ENDPOINTS):
        make_endpoint(company=company, now=now, url=f"{NOWHERE}/{n}")

    with pytest.raises(webhooks.AddressTaken):
        make_endpoint(company=company, now=now, url=f"{NOWHERE}/0")
    with pytest.raises(webhooks.TooManyEndpoints):
        make_endpoint(company=company, now=now, url=f"{NOWHERE}/new")
    make_endpoint(company=make_company(), now=now, url=f"{NOWHERE}/0")  # somebody else's


def test_change_hears_of_new_kinds_from_now_on(company, now):
    endpoint, _ = make_endpoint(company=company, now=now, kinds=("roster.imported", "seat.claimed"))
    WebhookEndpoint.objects.update(failures=3, failing_since=now)

    fewer = webhooks.change(endpoint=endpoint, url=NOWHERE, events=["seat.claimed"], now=now + HOUR)
    assert (fewer.events, fewer.listens_since, fewer.failures) == (["seat.claimed"], now, 3)
    more = webhooks.change(endpoint=endpoint, url=f"{NOWHERE}/2", events=ALL, now=now + 2 * HOUR)
    assert (more.events, more.url, more.listens_since, more.failures) == (
        list(ALL),
        f"{NOWHERE}/2",
        now + 2 * HOUR,
        0,
    )


def test_change_refuses_what_make_refuses(company, endpoint, now):
    make_endpoint(company=company, now=now, url=f"{NOWHERE}/2")

    for url, kinds, refusal in [
        (f"{NOWHERE}/2", ALL, webhooks.AddressTaken),
        (NOWHERE, (), webhooks.NoEvent),
        ("https://10.0.0.1/", ALL, webhooks.BadDestination),
    ]:
        with pytest.raises(refusal):
            webhooks.change(endpoint=endpoint, url=url, events=kinds, now=now)
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.events) == (NOWHERE, list(ALL))


def test_rotate_lets_the_old_secret_sign_for_a_day(company, now):
    endpoint, first = make_endpoint(company=company, now=now)

    second = webhooks.rotate(endpoint=endpoint, now=now)
    endpoint.refresh_from_db()
    assert endpoints.keys_of(endpoint, now=now + 24 * HOUR - SECOND) == [second, first]
    assert endpoints.keys_of(endpoint, now=now + 24 * HOUR) == [second]
    third = webhooks.rotate(endpoint=endpoint, now=now + HOUR)
    endpoint.refresh_from_db()
    assert endpoints.keys_of(endpoint, now=now + HOUR) == [third, second]


def test_disable_gives_up_what_waits_and_tells_nobody_who_did_it(endpoint, now):
    delivery = make_delivery(endpoint=endpoint, now=now)

    webhooks.disable(endpoint=endpoint, why=Why.OWNER, now=now)

    assert facts(delivery) == (Status.GIVEN_UP, 0, None, "推送地址已停用")
    assert not OutgoingMail.objects.exists()
    with pytest.raises(webhooks.AlreadyDisabled):
        webhooks.disable(endpoint=endpoint, why=Why.OWNER, now=now)


def test_disable_by_staff_is_told(endpoint, now, outbox_texts):
    webhooks.disable(endpoint=endpoint, why=Why.STAFF, now=now)

    [text] = outbox_texts()
    assert "由平台工作人员停用" in text
    assert endpoint.url in text
    assert OutgoingMail.objects.get().to == "alice@example.com"


def test_enable_hears_of_what_happens_from_now_on(endpoint, now):
    with pytest.raises(webhooks.NotDisabled):
        webhooks.enable(endpoint=endpoint, now=now)
    WebhookEndpoint.objects.update(disabled_at=now, disabled_why=Why.FAILING, failures=9, failing_since=now)

    enabled = webhooks.enable(endpoint=endpoint, now=now + HOUR)

    assert (enabled.disabled_at, enabled.disabled_why, enabled.failures, enabled.failing_since) == (None, "", 0, None)
    assert enabled.listens_since == now + HOUR


def test_delete_takes_the_log_along(endpoint, now):
    make_delivery(endpoint=endpoint, now=now)

    webhooks.delete(endpoint=endpoint)

    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"disabled_why": Why.OWNER},
        {"failures": 1},
        {"old_secret_cipher": "x"},
    ],
)
def test_endpoint_is_whole(spoilt, endpoint):
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookEndpoint.objects.update(**spoilt)


# --- events ---------------------------------------------------------------------------------------------------------


def emit(company, now, **more):
    return webhooks.emit(company=company, kind=Kind.ROSTER_IMPORTED, data={"a": 1}, now=now, **more)


def test_emit_queues_for_those_who_listen(company, now):
    listens, _ = make_endpoint(company=company, now=now)
    also, _ = make_endpoint(company=company, now=now, url=f"{NOWHERE}/2", kinds=("roster.imported",))
    make_endpoint(company=company, now=now, url=f"{NOWHERE}/3", kinds=("seat.claimed",))
    make_endpoint(company=company, now=now + HOUR, url=f"{NOWHERE}/4")
    off, _ = make_endpoint(company=company, now=now, url=f"{NOWHERE}/5")
    webhooks.disable(endpoint=off, why=Why.OWNER, now=now)
    make_endpoint(company=make_company(), now=now)

    queued = emit(company, now)

    assert [one.endpoint for one in queued] == [listens, also]
    assert WebhookEvent.objects.count() == 1
    assert {(one.status, one.next_try_at, one.gives_up_at) for one in queued} == {
        (Status.WAITING, now, now + 24 * HOUR)
    }


def test_emit_writes_nothing_if_nobody_listens(company, now):
    assert emit(company, now) == []
    assert not WebhookEvent.objects.exists()


def test_emit_with_a_source_once(company, endpoint, now):
    assert len(emit(company, now, source="change:1")) == 1
    assert emit(company, now, source="change:1") == []
    assert len(emit(make_company(), now, source="change:1")) == 0
    assert WebhookEvent.objects.filter(company=company).count() == 1


def test_emit_of_a_rejected_company(company, endpoint, now):
    Company.objects.update(status="REJECTED", decided_at=now, decision="查无此企业")

    assert emit(company, now) == []


def test_emit_is_undone_with_what_it_tells(company, endpoint, now):
    with transaction.atomic():
        emit(company, now)
        transaction.set_rollback(True)

    assert not WebhookDelivery.objects.exists()


def test_emit_outlives_a_dead_broker(company, endpoint, now, monkeypatch, django_capture_on_commit_callbacks, caplog):
    def dead(pk):
        raise ConnectionError("broker")

    monkeypatch.setattr(tasks.send_webhook, "delay", dead)

    with django_capture_on_commit_callbacks(execute=True):
        [delivery] = emit(company, now)

    assert facts(delivery)[0] == Status.WAITING


def test_import_of_a_file_is_told(company, alice, now):
    endpoint, _ = make_endpoint(company=company, now=now, kinds=("roster.imported",))
    content = csv_bytes([manager("张三丰", number="E1"), manager("李四", number="E2")])
    received = imports.receive(company=company, file_name="a.csv", content=content, by=alice, now=now)
    imports.confirm(roster_import=received, is_full=True, left_on=None, now=now)
    imports.apply_now(roster_import=received, now=now)

    event = WebhookDelivery.objects.get(endpoint=endpoint).event
    assert (event.kind, event.data) == (
        Kind.ROSTER_IMPORTED,
        {
            "source": "file",
            "import_id": received.pk,
            "is_full": True,
            "roster_revision": 1,
            "counts": {"joined": 2, "left": 0, "moved": 0, "changed": 0, "same": 0, "missing": 0},
        },
    )
    assert "张三丰" not in deliveries.body_of(event)


def test_upsert_over_the_interface_is_told(company, endpoint, now):
    roster = roster_of(manager("张三丰", number="E1"))
    imports.upsert(company=company, roster=roster, is_full=False, left_on=None, now=now)

    data = WebhookEvent.objects.get().data
    assert (data["source"], data["counts"]["joined"], data["roster_revision"]) == ("api", 1, 1)


def test_ping_and_not_again_at_once(endpoint, now):
    delivery = webhooks.ping(endpoint=endpoint, now=now)

    assert (delivery.event.kind, delivery.endpoint) == (Kind.PING, endpoint)
    with pytest.raises(webhooks.PingedJustNow):
        webhooks.ping(endpoint=endpoint, now=now + 9 * SECOND)
    webhooks.ping(endpoint=endpoint, now=now + 11 * SECOND)
    webhooks.disable(endpoint=endpoint, why=Why.OWNER, now=now)
    with pytest.raises(webhooks.EndpointDisabled):
        webhooks.ping(endpoint=endpoint, now=now + HOUR)


# --- deliveries -----------------------------------------------------------------------------------------------------


def test_deliver_is_signed_so_that_the_schemes_own_library_accepts_it(company):
    now = timezone.now()
    with receiver() as system:
        endpoint, secret = make_endpoint(company=company, now=now, url=system.url)
        delivery = make_delivery(endpoint=endpoint, now=now, source="file", 名="值")
        assert webhooks.deliver(pk=delivery.pk, now=now)

    [sent] = system.sent
    assert sent.verified_by(secret) == {
        "event_id": delivery.event.event_id,
        "type": "roster.imported",
        "created_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "api_version": "1",
        "company_id": company.pk,
        "data": {"source": "file", "名": "值"},
    }
    assert sent.headers["webhook-id"] == delivery.event.event_id
    assert facts(delivery) == (Status.SENT, 1, 200, "")
    assert (delivery.answer, delivery.next_try_at, delivery.tried_at) == ("ok", None, now)
    assert delivery.milliseconds is not None


def test_deliver_signs_with_both_secrets_after_a_rotation(company):
    now = timezone.now()
    with receiver() as system:
        endpoint, old = make_endpoint(company=company, now=now, url=system.url)
        new = webhooks.rotate(endpoint=endpoint, now=now)
        webhooks.deliver(pk=make_delivery(endpoint=endpoint, now=now).pk, now=now)

    [sent] = system.sent
    assert sent.verified_by(old) == sent.verified_by(new)


def test_signature_is_what_the_scheme_says():
    """Without its library: HMAC-SHA256 over number, second and content, with what the secret encodes."""
    key, at = b"k" * 32, datetime(2026, 11, 22, 14, 3, 22, tzinfo=timezone.get_fixed_timezone(480))
    digest = hmac.digest(key, b'msg_1.1795327402.{"test": 1}', "sha256")

    headers = signatures.headers(
        event_id="msg_1", body='{"test": 1}', keys=[f"whsec_{b64encode(key).decode()}"], now=at
    )

    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1795327402",
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }


def test_deliver_twice_sends_once(company, now):
    with receiver() as system:
        endpoint, _ = make_endpoint(company=company, now=now, url=system.url)
        delivery = make_delivery(endpoint=endpoint, now=now)
        for _ in range(2):
            webhooks.deliver(pk=delivery.pk, now=now)

    assert len(system.sent) == 1


def test_deliver_of_nothing_changes_nothing(now):
    assert webhooks.deliver(pk=404, now=now)


@pytest.mark.parametrize("code", [301, 400, 404, 500, 503])
def test_deliver_tries_again_after_any_other_answer(code, company, now):
    with receiver() as system:
        system.code, system.answer = code, b"<h1>no</h1>"
        endpoint, _ = make_endpoint(company=company, now=now, url=system.url)
        delivery = make_delivery(endpoint=endpoint, now=now)
        assert not webhooks.deliver(pk=delivery.pk, now=now)

    assert facts(delivery) == (Status.WAITING, 1, code, "")
    assert (delivery.answer, delivery.next_try_at) == ("<h1>no</h1>", now + 30 * SECOND)
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (1, now)


def test_deliver_waits_longer_each_time_and_gives_up_after_a_day(endpoint, now):
    delivery = make_delivery(endpoint=endpoint, now=now)
    waits = []

    while delivery.status == Status.WAITING:
        begun = delivery.next_try_at
        assert webhooks.deliver(pk=delivery.pk, now=begun - SECOND)  # not yet
        assert not webhooks.deliver(pk=delivery.pk, now=begun)
        delivery.refresh_from_db()
        waits.append(delivery.next_try_at and delivery.next_try_at - begun)

    hours = [6 * HOUR, 6 * HOUR]
    assert waits[:7] == [30 * SECOND, 90 * SECOND, 270 * SECOND, 810 * SECOND, 2430 * SECOND, 7290 * SECOND, 6 * HOUR]
    assert waits[7:9] == hours
    assert waits[-1] is None
    assert delivery.tried_at == now + 24 * HOUR
    assert facts(delivery) == (Status.GIVEN_UP, len(waits), None, "连接失败：Connection refused")


def test_wait_varies_by_chance_but_not_much(monkeypatch):
    monkeypatch.setattr(deliveries, "JITTER", 0.25)

    waits = {deliveries._wait(1) for _ in range(50)}

    assert len(waits) > 1
    assert min(waits) >= 30 * SECOND
    assert max(waits) <= 37.5 * SECOND


def test_deliver_judges_the_address_anew_each_time(endpoint, now, settings):
    """What was public when it was saved may lead inside today."""
    delivery = make_delivery(endpoint=endpoint, now=now)
    settings.WEBHOOKS_ALLOW_LOCAL = False

    assert not webhooks.deliver(pk=delivery.pk, now=now)

    assert facts(delivery)[0:3] == (Status.WAITING, 1, None)
    assert "https://" in delivery.error


def test_deliver_that_fails_holds_up_the_others_of_its_endpoint_for_a_while(company, endpoint, now):
    other, _ = make_endpoint(company=company, now=now, url=f"{NOWHERE}/2")
    first, second = (make_delivery(endpoint=endpoint, now=now) for _ in range(2))
    apart = make_delivery(endpoint=other, now=now)

    webhooks.deliver(pk=first.pk, now=now)
    assert webhooks.deliver(pk=second.pk, now=now)  # not due: nothing is sent

    assert (facts(second)[1], second.next_try_at) == (0, now + 30 * SECOND)
    assert (facts(apart)[1], apart.next_try_at) == (0, now)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failures=20, failing_since=now)
    webhooks.deliver(pk=second.pk, now=now + MINUTE)
    first.refresh_from_db()
    assert first.next_try_at == now + MINUTE + deliveries.REST


def test_deliver_that_arrives_ends_the_row_of_failures(company, now):
    with receiver() as system:
        endpoint, _ = make_endpoint(company=company, now=now, url=system.url)
        WebhookEndpoint.objects.update(failures=20, failing_since=now - 48 * HOUR)
        webhooks.deliver(pk=make_delivery(endpoint=endpoint, now=now).pk, now=now)

    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (0, None)
    assert endpoints.disable_failing(now=now) == 0


def test_deliver_to_one_that_is_gone_disables_it(company, now, outbox_texts):
    with receiver() as system:
        system.code = 410
        endpoint, _ = make_endpoint(company=company, now=now, url=system.url)
        delivery = make_delivery(endpoint=endpoint, now=now)
        webhooks.deliver(pk=delivery.pk, now=now)

    endpoint.refresh_from_db()
    assert (endpoint.disabled_why, endpoint.disabled_at) == (Why.GONE, now)
    assert facts(delivery) == (Status.GIVEN_UP, 1, 410, "推送地址已停用")
    assert "对方回答 410" in outbox_texts()[0]


@pytest.mark.parametrize("spoil", [{"disabled_at": True}, {"status": "REJECTED"}])
def test_deliver_sends_nothing_to_who_must_not_hear(spoil, company, now):
    with receiver() as system:
        endpoint, _ = make_endpoint(company=company, now=now, url=system.url)
        delivery = make_delivery(endpoint=endpoint, now=now)
        if "status" in spoil:
            Company.objects.update(status="REJECTED", decided_at=now, decision="查无此企业")
        else:
            WebhookEndpoint.objects.update(disabled_at=now, disabled_why=Why.OWNER)
        webhooks.deliver(pk=delivery.pk, now=now)

    assert system.sent == []
    assert facts(delivery)[0] == Status.GIVEN_UP


def test_deliver_that_dies_is_tried_again_after_the_claim(company, now, monkeypatch):
    with receiver() as system:
        endpoint, _ = make_endpoint(company=company, now=now, url=system.url)
        delivery = make_delivery(endpoint=endpoint, now=now)
        with monkeypatch.context() as patch:
            patch.setattr(sending, "post", lambda **_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                webhooks.deliver(pk=delivery.pk, now=now)
        assert facts(delivery) == (Status.WAITING, 1, None, deliveries.UNKNOWN)

        webhooks.deliver(pk=delivery.pk, now=now + deliveries.CLAIM)

    assert facts(delivery) == (Status.SENT, 2, 200, "")


def test_disable_failing_after_a_day_of_failures(company, now, outbox_texts):
    lasting, _ = make_endpoint(company=company, now=now)
    few, _ = make_endpoint(company=company, now=now, url=f"{NOWHERE}/2")
    short, _ = make_endpoint(company=company, now=now, url=f"{NOWHERE}/3")
    day_ago = now - 24 * HOUR
    WebhookEndpoint.objects.filter(pk=lasting.pk).update(failures=8, failing_since=day_ago)
    WebhookEndpoint.objects.filter(pk=few.pk).update(failures=7, failing_since=day_ago)
    WebhookEndpoint.objects.filter(pk=short.pk).update(failures=99, failing_since=day_ago + SECOND)

    assert (endpoints.disable_failing(now=now), endpoints.disable_failing(now=now)) == (1, 0)

    assert list(WebhookEndpoint.objects.exclude(disabled_at=None).values_list("pk", "disabled_why")) == [
        (lasting.pk, Why.FAILING)
    ]
    [text] = outbox_texts()
    assert "连续 8 次没有送达" in text


def test_send_due_leaves_an_endpoint_that_refused_alone(company, now):
    with receiver() as system:
        dead, _ = make_endpoint(company=company, now=now)
        alive, _ = make_endpoint(company=company, now=now, url=system.url)
        for endpoint in (dead, dead, alive, alive):
            make_delivery(endpoint=endpoint, now=now)
        late = make_delivery(endpoint=alive, now=now + HOUR)

        assert sweeping.send_due(clock=lambda: now) == 1

    assert len(system.sent) == 2
    assert sum(WebhookDelivery.objects.filter(endpoint=dead).values_list("tries", flat=True)) == 1
    assert facts(late)[1] == 0


def test_send_due_does_not_knock_at_every_dead_door(company, now):
    for n in range(5):
        make_delivery(endpoint=make_endpoint(company=company, now=now, url=f"{NOWHERE}/{n}")[0], now=now)

    assert sweeping.send_due(clock=lambda: now) == sweeping.REFUSALS_A_ROUND
    assert sweeping.send_due(clock=lambda: now) == 2


def test_send_again_keeps_number_and_content(company, now):
    with receiver() as system:
        endpoint, _ = make_endpoint(company=company, now=now, url=system.url)
        delivery = make_delivery(endpoint=endpoint, now=now)
        with pytest.raises(webhooks.AlreadyWaiting):
            webhooks.send_again(delivery=delivery, now=now)
        webhooks.deliver(pk=delivery.pk, now=now)
        again = webhooks.send_again(delivery=delivery, now=now + 48 * HOUR)
        assert (again.status, again.tries, again.gives_up_at) == (Status.WAITING, 0, now + 72 * HOUR)
        webhooks.deliver(pk=delivery.pk, now=now + 48 * HOUR)

    assert system.sent[0].body == system.sent[1].body
    assert system.sent[0].headers["webhook-id"] == system.sent[1].headers["webhook-id"]
    webhooks.disable(endpoint=endpoint, why=Why.OWNER, now=now)
    with pytest.raises(webhooks.EndpointDisabled):
        webhooks.send_again(delivery=delivery, now=now)


def test_purge_after_ninety_days(endpoint, now):
    old, waiting, fresh = (make_delivery(endpoint=endpoint, now=now) for _ in range(3))
    WebhookEvent.objects.exclude(pk=fresh.event_id).update(made_at=now - timedelta(days=90, seconds=1))
    WebhookDelivery.objects.filter(pk=old.pk).update(status=Status.SENT, next_try_at=None)

    assert webhooks.purge(now=now) == 1

    assert set(WebhookDelivery.objects.values_list("pk", flat=True)) == {waiting.pk, fresh.pk}


def test_tasks_of_the_schedule_exist():
    from lms.celery import app

    app.loader.import_default_modules()
    names = {entry["task"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}
    assert {name for name in names if "webhook" in name or "coverage" in name} == {
        "certificates.staffing.tasks.find_webhook_news",
        "certificates.staffing.tasks.watch_coverage",
        "certificates.staffing.tasks.send_due_webhooks",
        "certificates.staffing.tasks.purge_webhooks",
    }
    assert names <= set(app.tasks)


def test_the_task_sends_at_once_after_the_commit(company, django_capture_on_commit_callbacks):
    now = timezone.now()
    with receiver() as system:
        make_endpoint(company=company, now=now, url=system.url)
        with django_capture_on_commit_callbacks(execute=True):
            events.emit(company=company, kind=Kind.ROSTER_IMPORTED, data={}, now=now)

    assert len(system.sent) == 1
