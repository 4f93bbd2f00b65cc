"""Tokens for a company's own systems: make, find, revoke; and writes that happen once. Source: docs/rules/api.md."""

import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction

from certificates.staffing.models import ApiToken, ApiWrite, Company
from courses.seats import tokens
from lms.errors import DomainError
from lms.users.models import User

MAX_LIVE = 20
PREFIX_LENGTH = 12
USE_NOTED_AFTER = timedelta(minutes=5)
ANSWERS_KEPT = timedelta(hours=24)
Answer = dict[str, object]


class NoScope(DomainError):
    message = "没有勾选权限，这样的令牌什么也做不了。请至少勾选一项。"


class TooManyTokens(DomainError):
    message = f"一家企业最多 {MAX_LIVE} 个有效的令牌。请先作废不再使用的。"


class KeyReused(DomainError):
    message = "这个 Idempotency-Key 在 24 小时内用于另一个请求。请为每个新的请求换一个键。"


@transaction.atomic
def make(
    *, company: Company, name: str, scopes: Collection[str], valid_days: int, by: User, now: datetime
) -> tuple[ApiToken, str]:
    """
    Make a token and return it with its secret, which nobody can read again.

    Raises: NoScope, TooManyTokens. Source: docs/rules/api.md, rule I1.
    """
    if not scopes:
        raise NoScope
    locked = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    if ApiToken.objects.of(locked).filter(revoked_at=None, expires_at__gt=now).count() >= MAX_LIVE:
        raise TooManyTokens
    secret = f"shfw_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        company=locked,
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        token_hash=tokens.hash_of(secret),
        scopes=sorted(ApiToken.Scope(scope).value for scope in scopes),
        made_by=by,
        made_at=now,
        expires_at=now + timedelta(days=valid_days),
    )
    return token, secret


def find(*, secret: str, now: datetime) -> ApiToken | None:
    """Return the token that a secret opens now, and note its use. Source: docs/rules/api.md, rule I2."""
    found = ApiToken.objects.live(now).select_related("company", "made_by")
    token = found.filter(token_hash=tokens.hash_of(secret)).first()
    if token and (token.last_used_at is None or token.last_used_at <= now - USE_NOTED_AFTER):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


@transaction.atomic
def revoke(*, token: ApiToken, now: datetime) -> None:
    """Let a token open nothing any more. Source: docs/rules/api.md, rule I1."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)


@transaction.atomic
def once(
    *, token: ApiToken, key: str | None, request_sha256: str, write: Callable[[], Answer], now: datetime
) -> Answer:
    """
    Write, unless the same request was written under this key before: then return its answer again.

    A second request waits until the first is over; a refused one leaves nothing behind.
    Raises: KeyReused, and whatever `write` refuses. Source: docs/rules/api.md, rule I7.
    """
    if key is None:
        return write()
    ApiWrite.objects.filter(token=token, made_at__lte=now - ANSWERS_KEPT).delete()
    row, is_new = ApiWrite.objects.get_or_create(
        token=token, key=key, defaults={"request_sha256": request_sha256, "made_at": now}
    )
    if not is_new:
        if row.request_sha256 != request_sha256:
            raise KeyReused
        return row.answer
    row.answer = write()
    row.save(update_fields=["answer"])
    return row.answer
