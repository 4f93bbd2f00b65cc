"""Verbs on the identity behind an account: record or correct it, lock it, withdraw it, read its number."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from lms.errors import DomainError
from lms.users import consents, identity_rules, vault
from lms.users.models import Consent, Identity, User

# What the person agrees to, word for word. A change of substance is a new version.
CONSENT_VERSION = "2026-11"
CONSENT_TEXT = (
    "我单独同意平台处理我的证件号，用于核对考试本人、签发和查验证书、计算企业持证人数。"
    "证件号加密保存，页面上只显示前三位和后四位；不提供就不能参加考试和取得证书，但可以学习课程。"
)


class IdentityLocked(DomainError):
    message = "你已取得证书，实名信息不能自行修改或撤回。如有错误，请联系客服更正。"


class NumberTaken(DomainError):
    message = "这个证件号已在另一个账号登记。每人只用一个账号：请登录原来的账号；如果不是你登记的，请联系客服。"


def record(
    *, user: User, real_name: str, id_number: str, consent_version: str, ip: str | None, now: datetime
) -> Identity:
    """
    Record who the account's holder is, or correct it, together with the consent that allows it.

    Raises: RealNameInvalid, IdNumberInvalid, NumberTaken, IdentityLocked.
    Source: docs/rules/privacy.md, rules V1, V3-V6.
    """
    name = identity_rules.check_name(real_name)
    number = identity_rules.check_number(id_number, today=timezone.localdate(now))
    try:
        with transaction.atomic():
            return _record(user=user, name=name, number=number, consent_version=consent_version, ip=ip, now=now)
    except IntegrityError as error:  # two accounts with one number at the same moment: the database lets one in
        raise NumberTaken from error


def number_of(identity: Identity) -> str:
    """Decrypt the 证件号. For checks and documents that need it; no screen shows it."""
    return vault.decrypt(identity.number_cipher)


@transaction.atomic
def lock(*, user: User, now: datetime) -> None:
    """
    Keep the person's identity as it is, because a certificate now rests on it. Locking twice changes nothing.

    Source: docs/rules/privacy.md, rule V6.
    """
    Identity.objects.select_for_update().filter(user=user, locked_at=None).update(locked_at=now)


def checked_name(real_name: str) -> str:
    """Return a real name as it is stored. Raises: RealNameInvalid. Source: docs/rules/privacy.md, rule V4."""
    return identity_rules.check_name(real_name)


@transaction.atomic
def correct_name(*, user: User, real_name: str, now: datetime) -> None:
    """
    Correct the real name of a locked identity, after staff have seen proof. The number and the lock stay.

    Raises: RealNameInvalid. Source: docs/rules/privacy.md, rule V6.
    """
    name = identity_rules.check_name(real_name)
    Identity.objects.select_for_update().filter(user=user).update(real_name=name, updated_at=now)


@transaction.atomic
def withdraw(*, user: User, now: datetime) -> None:
    """
    Withdraw the consent to process the 证件号 and delete the identity.

    Raises: IdentityLocked. Source: docs/rules/privacy.md, rule V2.
    """
    User.objects.select_for_update().get(pk=user.pk)
    standing = Identity.objects.select_for_update().filter(user=user).first()
    if standing and standing.locked_at:
        raise IdentityLocked
    if standing:
        standing.delete()
    consents.withdraw(user=user, purpose=Consent.Purpose.IDENTITY, now=now)


def _record(*, user: User, name: str, number: str, consent_version: str, ip: str | None, now: datetime) -> Identity:
    User.objects.select_for_update().get(pk=user.pk)
    standing = Identity.objects.select_for_update().filter(user=user).first()
    if standing and standing.locked_at:
        raise IdentityLocked
    digest = vault.digest(number, purpose="id-number")
    if Identity.objects.filter(number_digest=digest).exclude(user=user).exists():
        raise NumberTaken
    consents.give(user=user, purpose=Consent.Purpose.IDENTITY, version=consent_version, ip=ip, now=now)
    saved, _ = Identity.objects.update_or_create(
        user=user,
        defaults={
            "real_name": name,
            "number_cipher": vault.encrypt(number),
            "number_digest": digest,
            "number_masked": identity_rules.mask(number),
            "updated_at": now,
        },
    )
    return saved
