"""The back office sees figures, never people, and changes nothing."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from certificates.staffing.models import StaffingCheck
from lms.users.models import User
from tests.factories.staffing import make_check
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_support(db) -> Client:
    """Staff with all permissions on checks, and a second factor."""
    user: User = UserFactory(is_staff=True)
    user.user_permissions.add(
        Permission.objects.get(codename="access_admin"),
        *Permission.objects.filter(content_type__app_label="staffing", content_type__model="staffingcheck"),
    )
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    client.force_login(user)
    return client


def url(name: str, *arguments: int) -> str:
    return reverse(f"wagtailsnippets_staffing_staffingcheck:{name}", args=arguments)


def test_list_and_inspect_show_figures_only(as_support, alice, now):
    check = make_check(owner=alice, now=now, company_name="甲公司")

    for path in (url("list"), url("inspect", check.pk)):
        html = as_support.get(path).content.decode()
        assert "甲公司" in html
        assert "经理0" not in html


def test_nothing_can_be_changed(as_support, alice, now):
    check = make_check(owner=alice, now=now)

    for path in (url("add"), url("edit", check.pk), url("delete", check.pk)):
        response = as_support.post(path)
        assert response.status_code in (302, 403)
    assert StaffingCheck.objects.count() == 1


def test_export_has_no_people(as_support, alice, now):
    make_check(owner=alice, now=now, company_name="甲公司")

    content = b"".join(as_support.get(url("list"), {"export": "csv"}).streaming_content).decode()

    assert "甲公司" in content
    assert "经理0" not in content


@pytest.mark.parametrize("count", [1, 3])
def test_list_queries(as_support, alice, now, count, django_assert_max_num_queries):
    for _ in range(count):
        make_check(owner=alice, now=now)

    with django_assert_max_num_queries(12):
        as_support.get(url("list"))
