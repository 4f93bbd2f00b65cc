"""The demo's accounts."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client

from lms.users import demo, identity
from lms.users.models import Consent, Identity, User

pytestmark = pytest.mark.django_db


def test_load_makes_one_account_a_role(now):
    demo.load(now=now)

    accounts = {
        user.email: (user.name, user.is_staff, [group.name for group in user.groups.all()])
        for user in User.objects.all()
    }
    assert accounts == {
        "learner@example.com": ("演示学员", False, ["学员"]),
        "ready@example.com": ("演示学员·已学完", False, ["学员"]),
        "editor@example.com": ("演示教务编辑", True, ["教务编辑"]),
        "reviewer@example.com": ("演示教务审核", True, ["教务审核"]),
        "examiner@example.com": ("演示考务", True, ["考务"]),
        "finance@example.com": ("演示财务", True, ["财务"]),
        "support@example.com": ("演示客服", True, ["客服"]),
        "company@example.com": ("演示企业管理员", False, ["企业管理员"]),
    }
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == 8
    assert set(Authenticator.objects.values_list("user__email", flat=True)) == {
        email for email, (_, is_staff, _) in accounts.items() if is_staff
    }
    assert identity.number_of(Identity.objects.get()) == "11010519491231002X"
    assert Consent.objects.filter(purpose="TERMS").count() == 8


def test_load_twice_changes_nothing(now):
    demo.load(now=now)
    before = [*User.objects.order_by("pk").values(), *Authenticator.objects.order_by("pk").values()]
    Identity.objects.all().delete()

    demo.load(now=now)

    assert [*User.objects.order_by("pk").values(), *Authenticator.objects.order_by("pk").values()] == before
    assert not Identity.objects.exists()  # what a visitor deleted stays deleted


def test_demo_password_signs_in(now, synced_roles):
    demo.load(now=now)

    response = Client().post("/accounts/login/", {"login": "learner@example.com", "password": demo.PASSWORD})

    assert response.url == "/learn/"


def test_load_refuses_outside_the_embedded_mode(now, settings):
    settings.EMBEDDED = False

    with pytest.raises(demo.NotTheDemo):
        demo.load(now=now)

    assert not User.objects.exists()
