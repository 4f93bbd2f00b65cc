"""The public calculator and its embedded form. docs/rules/planning.md, F9"""

from datetime import date

import pytest
from django.urls import reverse

from tests.factories.courses import make_course

pytestmark = pytest.mark.django_db

QUESTION = {"by": "managers", "managers": "21", "held": "1"}


@pytest.fixture
def today(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.mark.parametrize("name", ["calculator", "calculator_embed"])
@pytest.mark.parametrize(
    ("query", "managers", "required", "gap"),
    [
        (QUESTION, 21, 3, 2),
        ({"by": "layers", "hq": "4", "outlets": "6", "held": "0"}, 10, 1, 1),
        ({"by": "staff", "staff": "286", "held": "5"}, 43, 5, 0),
        ({"managers": "7", "held": "0"}, 7, 1, 1),
    ],
)
def test_calculator_answers(client, today, name, query, managers, required, gap):
    context = client.get(reverse(f"staffing:{name}"), query).context

    assert (context["managers"], context["required"], context["gap"]) == (managers, required, gap)


@pytest.mark.parametrize("name", ["calculator", "calculator_embed"])
def test_calculator_names_the_price_and_the_earliest_day(client, today, name):
    make_course(price_fen=88_000)

    response = client.get(reverse(f"staffing:{name}"), QUESTION)

    assert "¥1,760.00" in response.text
    assert response.context["earliest"].certificate > date(2026, 11, 22)
    assert response.context["earliest"].certificate.isoformat() in response.text


def test_estimate_says_that_it_is_one(client):
    for name in ("calculator", "calculator_embed"):
        assert "15%" in client.get(reverse(f"staffing:{name}"), {"by": "staff", "staff": "20", "held": "0"}).text


def test_only_the_embedded_page_may_be_framed(client):
    embedded, page = (client.get(reverse(f"staffing:{name}")) for name in ("calculator_embed", "calculator"))

    assert "frame-ancestors *" in embedded["Content-Security-Policy"]
    assert "X-Frame-Options" not in embedded
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src 'self'" in embedded["Content-Security-Policy"]


def test_embedded_page_knows_nobody(as_alice):
    response = as_alice.get(reverse("staffing:calculator_embed"))

    assert not response.cookies
    assert "学员甲" not in response.text


def test_share_address_leads_to_the_whole_page(client):
    response = client.get(reverse("staffing:calculator_embed"), QUESTION)

    assert response.context["share_url"] == "http://testserver/staffing/?by=managers&managers=21&held=1"
    assert client.get(response.context["share_url"]).context["required"] == 3


@pytest.mark.parametrize(
    "query",
    [{"managers": "x"}, {"managers": "-1"}, {"managers": "9" * 40}, {"by": "layers", "hq": "0", "outlets": "0"}],
)
def test_bad_counts_are_told(client, query):
    for name in ("calculator", "calculator_embed"):
        response = client.get(reverse(f"staffing:{name}"), query | {"held": "0"})

        assert (response.status_code, "required" in response.context) == (200, False)
        assert response.context["form"].errors
