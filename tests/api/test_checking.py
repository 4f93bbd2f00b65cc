"""The same answers as on the web and on the command line."""

import json
from datetime import date
from pathlib import Path

import pytest
import time_machine

from certificates.staffing import rosters
from tests.factories.companies import make_person, make_site
from tests.factories.staffing import make_register

ROSTERS = Path(__file__).parent.parent / "data" / "rosters"
EXPECTED = json.loads((ROSTERS / "expected.json").read_text())
pytestmark = pytest.mark.django_db


def sent(entry) -> dict[str, object]:
    """A row of a file as a program would send it."""
    fields = ("name", "staff_number", "department", "site", "level", "post", "is_manager", "certificate_number")
    days = {name: day and str(day) for name in ("joined_on", "left_on") for day in [getattr(entry, name)]}
    return {name: getattr(entry, name) for name in fields} | days


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected["file"])
def test_hand_made_roster(expected, api, company, now):
    make_register(now=now)
    entries = rosters.read((ROSTERS / expected["file"]).read_bytes()).entries
    numbered = [
        sent(entry) | {"staff_number": entry.staff_number or f"R-{entry.name}-{entry.row}"} for entry in entries
    ]
    assert api.post("roster", {"people": numbered}).status_code == 200

    answer = api.get("check", as_of=expected["as_of"]).json()

    figures = ("managers", "required", "held", "gap", "points", "worst_points", "first_breach", "as_of")
    assert {name: answer[name] for name in figures} == {name: expected[name] for name in figures}
    counted = api.get("check/people", as_of=expected["as_of"], show="counted", page_size=200).json()
    assert counted["count"] == expected["held"]


def test_check_of_a_site_and_its_sites(api, company):
    site = make_site(company=company)
    make_person(company=company, name="甲", site=site)
    make_person(company=company, name="乙", staff_number="E2")

    whole, part = api.get("check").json(), api.get("check", site=site.pk).json()

    assert (whole["managers"], part["managers"]) == (2, 1)
    assert whole["sites"] == [
        {"id": None, "name": "", "managers": 1, "held": 0, "reference": 1},
        {"id": site.pk, "name": "城东网点", "managers": 1, "held": 0, "reference": 1},
    ]


@pytest.mark.parametrize("path", ["check", "check/people", "forecast"])
def test_no_managers_is_told(path, api, company):
    response = api.get(path)

    assert (response.status_code, response.json()["code"]) == (409, "no_managers")


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("check", 9), ("check/people", 9), ("forecast", 9)])
def test_queries(rows, path, queries, api, company, now, django_assert_max_num_queries):
    numbers = list(make_register(now=now))
    for n in range(rows):
        make_person(company=company, name=f"员工{n}", staff_number=f"E{n}", certificate_number=numbers[n])
    api.get(path)

    with django_assert_max_num_queries(queries):
        api.get(path)


def test_forecast_names_the_breach_and_its_cause(api, company, now):
    make_register(now=now)
    make_person(company=company, name="林晓岚", certificate_number="SHFW-2025-U3A52FZQ-T")

    with time_machine.travel(now, tick=False):
        answer = api.get("forecast").json()

    assert (answer["as_of"], answer["first_breach"], answer["people_needed"]) == ("2026-11-22", "2028-06-10", 1)
    assert answer["items"] == [
        {
            "first": "2026-11-22",
            "last": "2028-06-09",
            "managers": 1,
            "required": 1,
            "held": 1,
            "gap": 0,
            "causes": ["基准日"],
        },
        {
            "first": "2028-06-10",
            "last": "2029-11-22",
            "managers": 1,
            "required": 1,
            "held": 0,
            "gap": 1,
            "causes": ["林晓岚的证书到期"],
        },
    ]


def test_check_people_says_why(api, company, now):
    make_register(now=now)
    person = make_person(company=company, name="陈立", certificate_number="SHFW-2025-3V2R5FVB-V")

    [line] = api.get("check/people", as_of=str(date(2026, 11, 22))).json()["items"]

    assert (line["person_id"], line["is_counted"], line["outcome"]) == (person.pk, False, "NOT_IN_FORCE")
    assert line["reason"]
