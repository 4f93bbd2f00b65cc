"""People: accounts, identities through the verb, and staff who may enter the back office."""

from datetime import UTC, datetime
from itertools import count

import factory
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from stdnum.cn.ric import calc_check_digit

from lms.users import identity, roles
from lms.users.models import Identity, User

PASSWORD = "correct horse battery"
_serial = count(1)


class UserFactory(factory.django.DjangoModelFactory):
    """An active account."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"学员{n}")
    password = factory.django.Password(PASSWORD)


def make_id_number(serial: int | None = None, *, born: str = "19900101") -> str:
    """Make a valid 证件号 of nobody: the area code 000000 is given to no county."""
    body = f"000000{born}{(serial if serial is not None else next(_serial)) % 1000:03d}"
    return body + calc_check_digit(f"{body}0")


def make_identity(*, user: User, real_name: str = "张三", id_number: str = "", now: datetime | None = None) -> Identity:
    return identity.record(
        user=user,
        real_name=real_name,
        id_number=id_number or make_id_number(),
        consent_version=identity.CONSENT_VERSION,
        ip="192.0.2.1",
        now=now or datetime(2026, 11, 1, tzinfo=UTC),
    )


def verify_email(user: User) -> User:
    """Confirm the account's address, so that it may sign in by the form."""
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def make_staff(role: roles.Role, **fields: object) -> User:
    """Make somebody with a staff role and a second factor. Roles have their permissions after `roles.sync()`."""
    user = UserFactory(**fields)
    roles.join(user=user, role=role)
    TOTP.activate(user, generate_totp_secret())
    return user
