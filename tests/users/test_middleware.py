"""Who may enter the back office."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from lms.users import roles
from tests.factories.users import UserFactory, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_of(synced_roles):
    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/cms/", "/accounts/login/?next=/cms/"),
        ("/cms/users/?p=2", "/accounts/login/?next=/cms/users/%3Fp%3D2"),
        ("/cms/login/", "/accounts/login/?next=/cms/"),
        ("/cms/login/?next=/cms/users/", "/accounts/login/?next=/cms/users/"),
        ("/django-admin/login/", "/accounts/login/?next=/cms/"),
    ],
)
def test_visitor_is_sent_to_our_login(client, path, target):
    response = client.get(path)

    assert (response.status_code, response.url) == (302, target)


@pytest.mark.parametrize("path", ["/cms/login/", "/django-admin/login/"])
def test_side_door_takes_no_password(client, path):
    staff = make_staff(roles.FINANCE)

    response = client.post(path, {"username": staff.email, "password": "correct horse battery"})

    assert response.url.startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_learner_is_refused_without_a_loop(client_of, alice):
    response = client_of(alice).get("/cms/")

    assert response.status_code == 403
    assert "工作人员权限" in response.text


def test_staff_without_second_factor_set_one_up_first(client_of):
    staff = make_staff(roles.FINANCE)
    Authenticator.objects.all().delete()

    response = client_of(staff).get("/cms/", follow=True)

    assert response.redirect_chain == [
        ("/accounts/2fa/totp/activate/", 302),
        ("/accounts/reauthenticate/?next=%2Faccounts%2F2fa%2Ftotp%2Factivate%2F", 302),
    ]
    assert "进入管理后台前，请先开启两步验证。" in response.text


def test_recovery_codes_alone_are_no_second_factor(client_of):
    staff = make_staff(roles.FINANCE)
    Authenticator.objects.update(type=Authenticator.Type.RECOVERY_CODES)

    assert client_of(staff).get("/cms/").url == "/accounts/2fa/totp/activate/"


def test_staff_with_second_factor_enter(client_of):
    client = client_of(make_staff(roles.FINANCE))

    assert client.get("/cms/").status_code == 200
    assert client.get("/cms/login/").url == "/cms/"


def test_repairs_are_for_superusers(client_of):
    superuser = make_staff(roles.FINANCE, is_superuser=True)

    assert client_of(make_staff(roles.FINANCE)).get("/django-admin/").status_code == 403
    assert client_of(superuser).get("/django-admin/").status_code == 200


def test_deactivated_staff_are_visitors(client_of):
    staff = make_staff(roles.FINANCE)
    client = client_of(staff)
    staff.is_active = False
    staff.save()

    assert client.get("/cms/").url == "/accounts/login/?next=/cms/"


def test_other_pages_are_not_guarded(client_of):
    assert client_of(UserFactory()).get("/accounts/profile/").status_code == 200
