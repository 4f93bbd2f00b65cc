"""Error pages speak Chinese and say what to do."""

import pytest
from django.template.loader import render_to_string
from django.test import Client


@pytest.mark.django_db
def test_unknown_address_is_404_in_words():
    response = Client().get("/no-such-page/")

    assert response.status_code == 404
    assert "没有找到这个页面" in response.content.decode()


@pytest.mark.django_db
def test_unknown_address_is_json_to_a_json_client():
    response = Client().get("/no-such-page/", headers={"accept": "application/json"})

    assert (response.status_code, response.json()) == (404, {"error": "没有找到。"})


@pytest.mark.django_db
def test_missing_csrf_token_is_refused_in_words():
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@example.com", "password": "x"})

    assert response.status_code == 403
    assert "页面已过期，没有提交" in response.content.decode()


def test_500_page_needs_no_context():
    assert "系统出错了" in render_to_string("500.html")
