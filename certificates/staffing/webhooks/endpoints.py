"""Verbs on the addresses that a company wants to hear at. Source: docs/rules/api.md, rules I9, I14, I16 and I18."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from certificates.staffing.models import Company, Member, WebhookDelivery, WebhookEndpoint, WebhookEvent
from certificates.staffing.webhooks import destinations, signatures
from lms.errors import DomainError
from lms.users import outbox, vault
from lms.users.models import User

Why = WebhookEndpoint.DisabledWhy
MAX_ENDPOINTS = 10
OLD_SECRET_SIGNS = timedelta(hours=24)
FAILURES_ALLOWED = 8
FAILING_FOR = timedelta(hours=24)
CHOSEN = tuple(kind for kind in WebhookEvent.Kind if kind != WebhookEvent.Kind.PING)


class NoEvent(DomainError):
    message = "没有勾选事件，这样的地址什么也收不到。请至少勾选一项。"


class TooManyEndpoints(DomainError):
    message = f"一家企业最多 {MAX_ENDPOINTS} 个推送地址。请先删除不再使用的。"


class AddressTaken(DomainError):
    message = "这个地址已经登记。请打开已有的那一条修改。"


class AlreadyDisabled(DomainError):
    message = "这个地址已经停用。请刷新页面查看。"


class NotDisabled(DomainError):
    message = "这个地址没有停用，不需要启用。请刷新页面查看。"


def make(
    *, company: Company, url: str, events: Collection[str], by: User, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """
    Register an address and return it with its secret, which nobody is shown again.

    Raises: NoEvent, BadDestination, TooManyEndpoints, AddressTaken. Source: docs/rules/api.md, rules I9 and I10.
    """
    chosen = _chosen(events)
    destinations.resolve(url, allow_local=settings.WEBHOOKS_ALLOW_LOCAL)
    with transaction.atomic():
        locked = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        known = WebhookEndpoint.objects.of(locked)
        if known.filter(url=url).exists():
            raise AddressTaken
        if known.count() >= MAX_ENDPOINTS:
            raise TooManyEndpoints
        secret = signatures.new_secret()
        endpoint = WebhookEndpoint.objects.create(
            company=locked,
            url=url,
            events=chosen,
            secret_cipher=vault.encrypt(secret),
            made_by=by,
            made_at=now,
            listens_since=now,
        )
        return endpoint, secret


def change(*, endpoint: WebhookEndpoint, url: str, events: Collection[str], now: datetime) -> WebhookEndpoint:
    """
    Give an endpoint another address or other events, from now on.

    Raises: NoEvent, BadDestination, AddressTaken. Source: docs/rules/api.md, rule I9.
    """
    chosen = _chosen(events)
    destinations.resolve(url, allow_local=settings.WEBHOOKS_ALLOW_LOCAL)
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=endpoint.company_id)
        locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        if WebhookEndpoint.objects.filter(company=locked.company_id, url=url).exclude(pk=locked.pk).exists():
            raise AddressTaken
        if set(chosen) - set(locked.events):
            locked.listens_since = now
        if url != locked.url:
            locked.failures, locked.failing_since = 0, None
        locked.url, locked.events = url, chosen
        locked.save(update_fields=["url", "events", "listens_since", "failures", "failing_since"])
        return locked


@transaction.atomic
def rotate(*, endpoint: WebhookEndpoint, now: datetime) -> str:
    """Give an endpoint a new secret and return it; the old one signs for 24 hours more. Rule I14 of the same file."""
    locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    secret = signatures.new_secret()
    locked.old_secret_cipher, locked.old_secret_until = locked.secret_cipher, now + OLD_SECRET_SIGNS
    locked.secret_cipher = vault.encrypt(secret)
    locked.save(update_fields=["old_secret_cipher", "old_secret_until", "secret_cipher"])
    return secret


def keys_of(endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """Return the secrets that sign now, the newest first. Source: docs/rules/api.md, rule I14."""
    keys = [vault.decrypt(endpoint.secret_cipher)]
    if endpoint.old_secret_until and now < endpoint.old_secret_until:
        keys.append(vault.decrypt(endpoint.old_secret_cipher))
    return keys


@transaction.atomic
def disable(*, endpoint: WebhookEndpoint, why: WebhookEndpoint.DisabledWhy, now: datetime) -> WebhookEndpoint:
    """Send nothing to an endpoint any more. Raises: AlreadyDisabled. Source: docs/rules/api.md, rule I16."""
    locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if locked.disabled_at:
        raise AlreadyDisabled
    shut(locked, why=why, now=now)
    return locked


@transaction.atomic
def enable(*, endpoint: WebhookEndpoint, now: datetime) -> WebhookEndpoint:
    """Let an endpoint hear of what happens from now on. Raises: NotDisabled. Source: docs/rules/api.md, rule I16."""
    locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if locked.disabled_at is None:
        raise NotDisabled
    locked.disabled_at, locked.disabled_why, locked.listens_since = None, "", now
    locked.failures, locked.failing_since = 0, None
    locked.save(update_fields=["disabled_at", "disabled_why", "listens_since", "failures", "failing_since"])
    return locked


def delete(*, endpoint: WebhookEndpoint) -> None:
    """Forget an endpoint, what waits for it and the log of what went there."""
    endpoint.delete()


def disable_failing(*, now: datetime) -> int:
    """Disable what has failed for too long; return how many. Source: docs/rules/api.md, rule I16."""
    tired = WebhookEndpoint.objects.filter(
        disabled_at=None, failures__gte=FAILURES_ALLOWED, failing_since__lte=now - FAILING_FOR
    )
    pks = list(tired.values_list("pk", flat=True))
    for pk in pks:
        with transaction.atomic():
            locked = tired.select_for_update(no_key=True, skip_locked=True).filter(pk=pk).first()
            if locked:
                shut(locked, why=Why.FAILING, now=now)
    return len(pks)


def shut(locked: WebhookEndpoint, *, why: WebhookEndpoint.DisabledWhy, now: datetime) -> None:
    """Disable an endpoint that the caller has locked, give up what waits, and tell the owners unless they did it."""
    locked.disabled_at, locked.disabled_why = now, why
    locked.save(update_fields=["disabled_at", "disabled_why"])
    give_up(WebhookDelivery.objects.waiting().filter(endpoint=locked))
    if why != Why.OWNER:
        _tell_owners(locked, now)


def give_up(deliveries: QuerySet[WebhookDelivery]) -> None:
    """Let deliveries to a disabled endpoint wait no more."""
    deliveries.update(status=WebhookDelivery.Status.GIVEN_UP, next_try_at=None, error="推送地址已停用")


def _chosen(events: Collection[str]) -> list[str]:
    chosen = [kind.value for kind in CHOSEN if kind.value in events]
    if not chosen:
        raise NoEvent
    return chosen


def _tell_owners(endpoint: WebhookEndpoint, now: datetime) -> None:
    owners = Member.objects.filter(company=endpoint.company_id, role=Member.Role.OWNER, user__is_active=True)
    mailboxes = list(owners.order_by("pk").values_list("user__email", flat=True))
    if not mailboxes:
        return
    context = {
        "company": endpoint.company,
        "endpoint": endpoint,
        "failures_allowed": FAILURES_ALLOWED,
        "url": settings.SITE_URL + reverse("staffing:webhook_detail", args=[endpoint.company_id, endpoint.pk]),
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    message = EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{endpoint.company.name} 的推送地址已停用",
        render_to_string("staffing/mail/webhook_disabled.txt", context),
        bcc=mailboxes,
    )
    outbox.queue(message=message, now=now)
