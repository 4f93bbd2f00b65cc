"""A NUL character in an address is answered in words, on every database."""

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/%00/",
        "/courses/%00/",
        "/media/images/%00.png",
        "/certificates/%00/pdf/",
        "/documents/1/%00",
    ],
)
def test_nul_in_an_address_is_404(address):
    response = Client().get(address)

    assert response.status_code == 404
    assert "没有找到这个页面" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/staffing/?hq=%00", "/accounts/login/?next=/%00"])
def test_nul_in_a_query_is_the_business_of_its_form(address):
    assert Client().get(address).status_code == 200


@pytest.mark.django_db
def test_nul_in_a_form_is_an_error_of_the_field():
    response = Client().post("/accounts/login/", {"login": "a\x00@example.com", "password": "x\x00"})

    assert response.status_code == 200
