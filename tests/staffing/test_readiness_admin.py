"""The table of clauses in the back office, and what loads it. docs/rules/readiness.md, A1-A2"""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from certificates.staffing import tasks
from certificates.staffing.models import CycleReminder, Indicator
from certificates.staffing.readiness import indicators
from certificates.staffing.readiness.admin import shown_points
from lms.users import roles
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


def test_points_without_a_source_are_refused():
    with pytest.raises(ValidationError, match="来源"):
        Indicator(code="5.2.1", title="商品信息", points_centi=500).full_clean()


def test_points_are_shown_or_said_to_be_unknown():
    indicators.load()

    assert shown_points(Indicator.objects.get(code="5.1.2.2")) == "5"
    assert shown_points(Indicator.objects.get(code="5.2.1")) == "—"


def test_reviewers_keep_the_table_and_nobody_deletes():
    assert {name for role in roles.ROLES for name in role.permissions if name.endswith("_indicator")} == {
        "staffing.view_indicator",
        "staffing.add_indicator",
        "staffing.change_indicator",
    }


@pytest.fixture
def as_reviewer(db) -> Client:
    """Staff who keep the table, with a second factor."""
    user = UserFactory(is_staff=True)
    user.user_permissions.add(
        Permission.objects.get(codename="access_admin"),
        *Permission.objects.filter(codename__in=["view_indicator", "change_indicator"]),
    )
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    client.force_login(user)
    return client


def test_points_are_typed_with_their_source(as_reviewer):
    indicators.load()
    row = Indicator.objects.get(code="5.2.1")
    path = reverse("wagtailsnippets_staffing_indicator:edit", args=[row.pk])
    filled = {"code": "5.2.1", "title": "商品信息", "summary": "", "is_leaf": "on", "is_deletable": "on"}

    assert "商品信息" in as_reviewer.get(reverse("wagtailsnippets_staffing_indicator:list")).text
    refused = as_reviewer.post(path, filled | {"points_centi": "6.5", "points_source": "UNKNOWN"})
    assert "填了分值就要写来源" in refused.text
    as_reviewer.post(path, filled | {"points_centi": "6.5", "points_source": "STANDARD"})

    row.refresh_from_db()
    assert (row.points_centi, row.points_source) == (650, "STANDARD")


def test_sweep_runs_as_a_task():
    tasks.remind_companies()

    assert not CycleReminder.objects.exists()
