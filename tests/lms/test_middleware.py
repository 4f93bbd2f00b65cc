"""A NUL character in an address is refused in words, on every database."""

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/%00/",
        "/courses/%00/",
        "/media/images/%00.png",
        "/certificates/verify/?number=%00&name=x",
        "/certificates/%00/pdf/",
        "/search/?q=a%00b",
        "/accounts/login/?next=/%00",
        "/documents/1/%00",
    ],
)
def test_nul_in_an_address_is_400(address):
    response = Client().get(address)

    assert response.status_code == 400
    assert "这个请求无法处理" in response.content.decode()


@pytest.mark.django_db
def test_nul_in_a_form_is_an_error_of_the_field():
    response = Client().post("/accounts/login/", {"login": "a\x00@example.com", "password": "x\x00"})

    assert response.status_code == 200
