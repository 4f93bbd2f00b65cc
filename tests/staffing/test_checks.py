"""Rosters against the register of certificates, by the verb."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from certificates import logbook
from certificates.models import Certificate
from certificates.staffing import checks, ratio, register, rosters
from certificates.staffing.models import StaffingCheck
from tests.factories.staffing import REGISTER, make_check, make_register, manager, roster_of

ROSTERS = Path(__file__).parent.parent / "data" / "rosters"
EXPECTED = json.loads((ROSTERS / "expected.json").read_text())
DAY = date(2026, 11, 22)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected["file"])
def test_evaluate_hand_made_roster(expected, now):
    make_register(now=now)
    roster = rosters.read((ROSTERS / expected["file"]).read_bytes())

    staffing = checks.evaluate(roster=roster, as_of=date.fromisoformat(expected["as_of"]))

    assert {
        "file": expected["file"],
        "as_of": str(staffing.as_of),
        "managers": staffing.managers,
        "required": staffing.required,
        "held": staffing.held,
        "gap": staffing.gap,
        "points": staffing.points_centi / 100,
        "worst_points": staffing.worst_points_centi / 100,
        "first_breach": str(staffing.breach.day) if staffing.breach else None,
        "counted_rows": [verdict.person.row for verdict in staffing.verdicts if verdict.is_counted],
    } == expected


def test_run_check_keeps_the_answer_and_who_bears_on_it(alice, now):
    make_register(now=now)
    number = REGISTER[1][0]
    roster = roster_of(
        manager("林晓岚", number="E1", site="城东网点", certificate=number),
        manager("乙", number="E2", is_manager="否", certificate="SHFW"),
        manager("丙", number="E3", is_manager="否"),
    )

    check = checks.run_check(owner=alice, company_name="某公司", roster=roster, as_of=DAY, now=now)

    stored = StaffingCheck.objects.values().get(pk=check.pk)
    assert stored == {
        "id": check.pk,
        "owner_id": alice.pk,
        "company_name": "某公司",
        "as_of_date": DAY,
        "roster_sha256": roster.sha256,
        "rule_version": ratio.RULE_VERSION,
        "people": 3,
        "managers": 1,
        "required": 1,
        "held": 1,
        "points_centi": 500,
        "first_breach_date": date(2028, 6, 10),
        "first_breach_cause": "林晓岚（第 2 行）的证书有效期至 2028-06-09",
        "checked_at": now,
        "rows": [
            {
                "row": 2,
                "name": "林晓岚",
                "staff_number": "E1",
                "department": "售后部",
                "site": "城东网点",
                "is_manager": True,
                "is_counted": True,
                "outcome": "COUNTED",
                "reason": "在职，证书有效期至 2028-06-09",
                "certificate_number": number,
            },
            {
                "row": 3,
                "name": "乙",
                "staff_number": "E2",
                "department": "售后部",
                "site": "",
                "is_manager": False,
                "is_counted": False,
                "outcome": "UNKNOWN_CERTIFICATE",
                "reason": "查不到这个证书编号，请核对；其他机构的证书不计入",
                "certificate_number": "SHFW",
            },
        ],
    }


def test_run_check_without_managers_keeps_nothing(alice, now):
    with pytest.raises(ratio.NoManagers):
        checks.run_check(
            owner=alice, company_name="某公司", roster=roster_of(manager("甲", is_manager="否")), as_of=DAY, now=now
        )

    assert not StaffingCheck.objects.exists()


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(2101, 1, 1), date(9999, 12, 31)])
def test_evaluate_out_of_range(day):
    with pytest.raises(checks.AsOfOutOfRange, match="2000-01-01 至 2100-12-31"):
        checks.evaluate(roster=roster_of(manager("甲")), as_of=day)


@pytest.mark.parametrize("people", [1, 3, 50])
def test_evaluate_looks_all_certificates_up_in_three_queries(people, now, django_assert_num_queries):
    make_register(now=now)
    roster = roster_of(
        *(manager(f"员工{n}", number=f"E{n}", certificate=REGISTER[n % len(REGISTER)][0]) for n in range(people))
    )

    with django_assert_num_queries(3):
        checks.evaluate(roster=roster, as_of=DAY)


def test_evaluate_goes_in_batches(now, monkeypatch, django_assert_num_queries):
    make_register(now=now)
    monkeypatch.setattr(register, "KEYS_PER_QUERY", 2)
    roster = roster_of(
        *(
            manager(name, number=number, certificate=number)
            for number, name, *_ in (REGISTER[1], REGISTER[2], REGISTER[8])
        )
    )

    with django_assert_num_queries(6):
        staffing = checks.evaluate(roster=roster, as_of=DAY)

    assert staffing.held == 3


def test_evaluate_knows_a_holder_whose_account_is_gone(now):
    register = make_register(now=now)
    old, new = register["SHFW-2024-QZTEGMP2-R"], register["SHFW-2026-E7TC6Z94-B"]
    Certificate.objects.filter(pk__in=[old.pk, new.pk]).update(holder=None)
    roster = roster_of(
        manager("周明远", number="E1", certificate=old.number), manager("周明远", number="E2", certificate=new.number)
    )

    assert checks.evaluate(roster=roster, as_of=DAY).held == 1


def forge(certificate: Certificate) -> None:
    """Make a row of the register as somebody with the database's password would, past our verbs."""
    certificate.changes.all()[0].log_entry.delete()


def rename(certificate: Certificate) -> None:
    Certificate.objects.filter(pk=certificate.pk).update(holder_name="林小岚")


def extend(certificate: Certificate) -> None:
    Certificate.objects.filter(pk=certificate.pk).update(valid_until=date(2099, 1, 1))


@pytest.mark.parametrize(("tamper", "name"), [(forge, "林晓岚"), (rename, "林小岚"), (extend, "林晓岚")])
def test_a_certificate_that_the_log_does_not_bear_out_is_not_counted(tamper, name, now):
    certificate = make_register(now=now)[REGISTER[1][0]]
    roster = roster_of(manager(name, number="E1", certificate=certificate.number))

    tamper(certificate)

    staffing = checks.evaluate(roster=roster, as_of=DAY)
    assert (staffing.held, [verdict.outcome for verdict in staffing.verdicts]) == (
        0,
        [ratio.Outcome.UNKNOWN_CERTIFICATE],
    )


def test_a_back_dated_certificate_is_not_counted(now):
    logbook.sign_head(now=now)
    certificate = make_register(now=now - timedelta(days=1))[REGISTER[1][0]]
    roster = roster_of(manager("林晓岚", number="E1", certificate=certificate.number))

    assert checks.evaluate(roster=roster, as_of=DAY).held == 0


def test_delete_takes_the_people_along(alice, now):
    check = make_check(owner=alice, now=now)

    checks.delete(check=check)

    assert not StaffingCheck.objects.exists()
