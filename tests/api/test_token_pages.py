"""The page where an owner makes and revokes tokens."""

import pytest
from django.urls import reverse

from certificates.staffing import api_tokens
from certificates.staffing.models import ApiToken
from tests.factories.api import Caller, make_token
from tests.factories.companies import make_member

pytestmark = pytest.mark.django_db
TYPED = {"name": "人事系统", "scopes": ["roster:read", "check:read"], "valid_days": "90"}


@pytest.fixture
def page(company):
    return reverse("staffing:api_token_list", args=[company.pk])


def test_api_token_list_shows_a_new_secret_once(as_alice, page):
    answer = as_alice.post(page, TYPED)

    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in as_alice.get(page).content.decode()
    token = ApiToken.objects.get()
    assert (token.name, token.scopes, (token.expires_at - token.made_at).days) == (
        "人事系统",
        ["check:read", "roster:read"],
        90,
    )
    assert Caller(secret).get("roster").status_code == 200


@pytest.mark.parametrize("spoilt", [{"scopes": []}, {"scopes": ["everything"]}, {"name": ""}, {"valid_days": "99999"}])
def test_api_token_list_refuses(spoilt, as_alice, page):
    assert as_alice.post(page, TYPED | spoilt).context["form"].errors
    assert not ApiToken.objects.exists()


def test_api_token_list_has_an_end(as_alice, page, company, alice):
    for _ in range(api_tokens.MAX_LIVE):
        make_token(company=company, by=alice)

    answer = as_alice.post(page, TYPED)

    assert api_tokens.TooManyTokens.message in answer.content.decode()
    assert ApiToken.objects.count() == api_tokens.MAX_LIVE


def test_api_token_revoke(as_alice, company, alice, page):
    token, secret = make_token(company=company, by=alice)

    answer = as_alice.post(reverse("staffing:api_token_revoke", args=[company.pk, token.pk]))

    assert (answer.status_code, answer.url) == (302, page)
    assert Caller(secret).get("roster").status_code == 401
    assert " 作废。" in as_alice.get(page).content.decode()


@pytest.mark.parametrize("role", ["MANAGER", "VIEWER"])
def test_only_owners_see_tokens(role, as_charlie, charlie, company, alice, page):
    make_member(company=company, user=charlie, role=role)
    token, _ = make_token(company=company, by=alice)

    codes = [
        as_charlie.get(page).status_code,
        as_charlie.post(page, TYPED).status_code,
        as_charlie.post(reverse("staffing:api_token_revoke", args=[company.pk, token.pk])).status_code,
    ]

    assert codes == [404, 404, 404]
    assert ApiToken.objects.filter(revoked_at=None).count() == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_api_token_list_queries(rows, as_alice, page, company, alice, django_assert_num_queries):
    for _ in range(rows):
        make_token(company=company, by=alice)
    as_alice.get(page)

    with django_assert_num_queries(6):
        as_alice.get(page)
