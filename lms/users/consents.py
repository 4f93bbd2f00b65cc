"""Verbs on consents: give one, withdraw one."""

from datetime import datetime

from django.db import transaction

from lms.errors import DomainError
from lms.users.models import Consent, User


class TermsCannotBeWithdrawn(DomainError):
    message = "用户协议与隐私政策是使用账号的前提，不能单独撤回。如果不再使用本平台，请联系客服注销账号。"


@transaction.atomic
def give(*, user: User, purpose: Consent.Purpose, version: str, ip: str | None, now: datetime) -> Consent:
    """
    Record that the person agreed to this version of the text; a consent that stands already comes back unchanged.

    Source: docs/rules/privacy.md, rule V1.
    """
    User.objects.select_for_update().get(pk=user.pk)
    consent, _ = Consent.objects.standing().get_or_create(
        user=user, purpose=purpose, version=version, defaults={"given_at": now, "ip": ip}
    )
    return consent


@transaction.atomic
def withdraw(*, user: User, purpose: Consent.Purpose, now: datetime) -> None:
    """
    End every standing consent of the person for this purpose. The rows stay as evidence.

    What rests on the consent is another verb's: withdrawing IDENTITY goes through lms.users.identity.withdraw.
    Raises: TermsCannotBeWithdrawn. Source: docs/rules/privacy.md, rule V2.
    """
    if purpose == Consent.Purpose.TERMS:
        raise TermsCannotBeWithdrawn
    User.objects.select_for_update().get(pk=user.pk)
    Consent.objects.of(user).standing().filter(purpose=purpose).update(withdrawn_at=now)
