"""The demo's people: one account a role, so that a visitor can see the site through everybody's eyes."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings

from lms.errors import DomainError
from lms.users import consents, identity, roles
from lms.users.models import Consent, User

PASSWORD = "shouhou-demo-2026"  # noqa: S105  # public on purpose: the demo lends its accounts out
LOCAL_IP = "127.0.0.1"


@dataclass(frozen=True)
class Account:
    email: str
    label: str
    role: roles.Role


ACCOUNTS = (
    Account("learner@example.com", "演示学员", roles.LEARNER),
    Account("ready@example.com", "演示学员·已学完", roles.LEARNER),
    Account("editor@example.com", "演示教务编辑", roles.EDITOR),
    Account("reviewer@example.com", "演示教务审核", roles.REVIEWER),
    Account("examiner@example.com", "演示考务", roles.EXAMINER),
    Account("finance@example.com", "演示财务", roles.FINANCE),
    Account("support@example.com", "演示客服", roles.SUPPORT),
    Account("company@example.com", "演示企业管理员", roles.COMPANY),
)
READY = "ready@example.com"
READY_NAME = "陈演示"
READY_NUMBER = "11010519491231002X"  # the sample printed in GB 11643-1999 itself: nobody's


class NotTheDemo(DomainError):
    message = "演示账号的密码人人可见，只能在内嵌模式下载入。"


def load(*, now: datetime) -> None:
    """
    Make the demo accounts that are not there yet; leave those that are as they are.

    Raises: NotTheDemo outside the embedded mode.
    """
    if not settings.EMBEDDED:
        raise NotTheDemo
    for account in ACCOUNTS:
        _load_account(account, now=now)


def _load_account(account: Account, *, now: datetime) -> None:
    user = User.objects.filter(email=account.email).first() or _make_account(account, now=now)
    roles.join(user=user, role=account.role)
    if account.role.is_staff and not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        TOTP.activate(user, generate_totp_secret())


def _make_account(account: Account, *, now: datetime) -> User:
    user = User.objects.create_user(account.email, PASSWORD, name=account.label)
    EmailAddress.objects.create(user=user, email=account.email, primary=True, verified=True)
    consents.give(user=user, purpose=Consent.Purpose.TERMS, version=settings.TERMS_VERSION, ip=LOCAL_IP, now=now)
    if account.email == READY:
        identity.record(
            user=user,
            real_name=READY_NAME,
            id_number=READY_NUMBER,
            consent_version=identity.CONSENT_VERSION,
            ip=LOCAL_IP,
            now=now,
        )
    return user
