"""The certificates of the company's people, and the look-up."""

import pytest

from certificates.staffing import links
from tests.factories.companies import make_person
from tests.factories.staffing import make_register

pytestmark = pytest.mark.django_db
NUMBER, NAME = "SHFW-2025-U3A52FZQ-T", "林晓岚"


def test_certificate_list(api, company, now):
    make_register(now=now)
    person = make_person(company=company, name=NAME, staff_number="E1", certificate_number=NUMBER)
    make_person(company=company, name="别人", certificate_number="SHFW-2024-QZTEGMP2-R")
    links.link(people=[person.pk], now=now)

    assert api.get("certificates").json()["items"] == [
        {
            "person_id": person.pk,
            "name": NAME,
            "staff_number": "E1",
            "number": NUMBER,
            "linked_by": "NUMBER",
            "status": "VALID",
            "status_label": "有效",
            "issued_date": "2025-06-10",
            "valid_until": "2028-06-09",
        }
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_certificate_list_queries(rows, api, company, now, django_assert_max_num_queries):
    register = make_register(now=now)
    people = [
        make_person(company=company, name=one.holder_name, staff_number=f"E{n}", certificate_number=number)
        for n, (number, one) in enumerate(list(register.items())[:rows])
    ]
    links.link(people=[person.pk for person in people], now=now)
    api.get("certificates")

    with django_assert_max_num_queries(6):
        assert api.get("certificates").json()["count"] == rows


@pytest.mark.parametrize(
    ("number", "name", "is_found"),
    [(NUMBER, NAME, True), (NUMBER.lower(), f" {NAME} ", True), (NUMBER, "林晓风", False), ("SHFW", NAME, False)],
)
def test_certificate_lookup_needs_both_keys(number, name, is_found, api, now):
    make_register(now=now)

    answer = api.get("certificates/lookup", number=number, name=name).json()

    assert (answer["found"], answer["certificate"] is not None) == (is_found, is_found)
    if is_found:
        assert (answer["certificate"]["number"], answer["certificate"]["name_masked"]) == (NUMBER, "林*岚")
