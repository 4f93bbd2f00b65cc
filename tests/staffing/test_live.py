"""The check of what companies keep here: the same rule as for a file, and overlaps with other employers."""

from datetime import date, timedelta

import pytest

from certificates.staffing import checks, live, ratio
from certificates.staffing.models import Company, CompanyGroup, ExternalCertificate, Person, PersonCertificate
from certificates.staffing.ratio import Outcome
from tests.factories.companies import claim, make_company, make_person, make_site
from tests.factories.staffing import make_register

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 22)
CONSENT = PersonCertificate.How.CONSENT
NUMBER = "SHFW-2025-U3A52FZQ-T"  # 林晓岚, 2025-06-10 to 2028-06-09


def figures(answer):
    staffing = answer.staffing
    return staffing.managers, staffing.required, staffing.held


def outcomes(answer):
    return {one.row.name: one.verdict.outcome for one in answer.people}


def verified(**fields):
    return make_company(status=Company.Status.VERIFIED, decided_how="STAFF", decided_at="2026-01-06T00:00Z", **fields)


@pytest.fixture
def register(now):
    return make_register(now=now)


@pytest.fixture
def company(register):
    company = make_company()
    make_person(company=company, name="林晓岚", certificate_number=NUMBER)
    make_person(company=company, name="甲")
    return company


def test_check_company(company):
    answer = checks.check_company(company=company, as_of=DAY)

    assert figures(answer) == (2, 1, 1)
    assert outcomes(answer) == {"林晓岚": Outcome.COUNTED, "甲": Outcome.NO_CERTIFICATE}
    assert (answer.staffing.breach.day, answer.staffing.breach.causes) == (
        date(2028, 6, 10),
        ("林晓岚（没有工号）的证书有效期至 2028-06-09",),
    )


def test_check_company_without_managers():
    with pytest.raises(ratio.NoManagers):
        checks.check_company(company=make_company(), as_of=DAY)


def test_check_company_far_away(company):
    with pytest.raises(checks.AsOfOutOfRange):
        checks.check_company(company=company, as_of=date(1999, 12, 31))


def test_check_needs_exactly_one(company):
    with pytest.raises(ValueError, match="exactly one"):
        checks.check_company(as_of=DAY)


def test_check_site_takes_what_lies_below(company):
    branch = make_site(company=company, name="华东分公司", kind="BRANCH")
    outlet = make_site(company=company, name="城东网点", parent=branch)
    make_person(company=company, name="乙", site=branch)
    make_person(company=company, name="丙", site=outlet)

    assert figures(checks.check_company(site=branch, as_of=DAY)) == (2, 1, 0)
    assert figures(checks.check_company(site=outlet, as_of=DAY)) == (1, 1, 0)


def test_sites_of_an_answer(company):
    outlet = make_site(company=company)
    make_person(company=company, name="乙", site=outlet)
    make_person(company=company, name="丁", site=outlet, left_on=date(2026, 1, 1))

    sites = checks.check_company(company=company, as_of=DAY).sites()

    assert [(one.name, one.managers, one.held, one.reference) for one in sites] == [
        ("", 2, 1, 1),
        ("城东网点", 1, 0, 1),
    ]


def test_check_group_rounds_once_and_counts_a_holder_once(company, now):
    sister = make_company()
    make_person(company=sister, name="林晓岚", certificate_number=NUMBER)
    Company.objects.update(group=CompanyGroup.objects.create(name="集团", made_at=now))

    answer = checks.check_company(group=Company.objects.get(pk=company.pk).group, as_of=DAY)

    assert figures(answer) == (3, 1, 1)
    assert sorted(one.reason for one in answer.people if one.certificate_number) == [
        "同一位持证人已计在 林晓岚（没有工号）名下",
        "在职，证书有效期至 2028-06-09",
    ]


def test_rehired_person_is_one_person(company):
    person = make_person(company=company, name="乙", joined_on=date(2020, 1, 1), left_on=date(2021, 1, 1))
    person.employments.create(joined_on=date(2026, 1, 1))

    answer = checks.check_company(company=company, as_of=DAY)

    assert figures(answer) == (3, 1, 1)
    assert [one.row.joined_on for one in answer.people if one.row.name == "乙"] == [date(2026, 1, 1)]


def test_person_with_consent_counts_by_the_account(company, register):
    holder = register["SHFW-2024-QZTEGMP2-R"].holder  # and of the renewal, which lasts longer
    make_person(company=company, name="周明远", user=holder)

    answer = checks.check_company(company=company, as_of=DAY)

    assert [one.certificate_number for one in answer.people if one.row.name == "周明远"] == ["SHFW-2026-E7TC6Z94-B"]
    assert figures(answer) == (3, 1, 2)


def other_employer(register, now, **fields):
    """Give another company 林晓岚 as well, linked an hour after the first one."""
    other = fields.pop("company", None) or make_company()
    person = make_person(company=other, name="林晓岚", certificate_number=NUMBER, **fields)
    claim(person=person, certificate=register[NUMBER], at=now + timedelta(hours=1))
    return other


def link(company, register, now, how="NUMBER"):
    claim(person=Person.objects.of(company).get(name="林晓岚"), certificate=register[NUMBER], how=how, at=now)


def test_overlap_counts_for_who_linked_first(company, register, now):
    link(company, register, now)
    other = other_employer(register, now)

    mine, theirs = (checks.check_company(company=one, as_of=DAY) for one in (company, other))

    assert (mine.staffing.held, theirs.staffing.held) == (1, 0)
    assert [one.is_contested for one in mine.people] == [True, False]
    assert mine.people[0].reason.endswith("另一家企业也登记了这位持证人，目前计在本企业")
    assert outcomes(theirs) == {"林晓岚": Outcome.OTHER_EMPLOYER}


def test_overlap_verified_company_comes_before_the_first(company, register, now):
    link(company, register, now)
    other = other_employer(register, now, company=verified())

    assert checks.check_company(company=company, as_of=DAY).staffing.held == 0
    assert checks.check_company(company=other, as_of=DAY).staffing.held == 1


def test_overlap_consent_comes_before_all(company, register, now):
    link(company, register, now + timedelta(days=1), how=CONSENT)
    other_employer(register, now, company=verified())

    assert checks.check_company(company=company, as_of=DAY).staffing.held == 1


def test_overlap_the_last_consent_counts(company, register, now):
    link(company, register, now, how=CONSENT)
    other = other_employer(register, now)
    PersonCertificate.objects.of(other).update(how=CONSENT)

    assert checks.check_company(company=company, as_of=DAY).staffing.held == 0
    assert checks.check_company(company=other, as_of=DAY).staffing.held == 1


def test_overlap_takes_only_the_days_of_the_other_employment(company, register, now):
    link(company, register, now)
    PersonCertificate.objects.of(company).update(linked_at=now + timedelta(days=9))
    other_employer(register, now, joined_on=date(2027, 3, 1), left_on=date(2027, 5, 31))

    answer = checks.check_company(company=company, as_of=DAY)

    assert answer.staffing.held == 1
    assert (answer.staffing.breach.day, answer.staffing.breach.causes) == (
        date(2027, 3, 1),
        ("林晓岚（没有工号）自 2027-03-01 起计在另一家企业",),
    )
    assert checks.check_company(company=company, as_of=date(2027, 6, 1)).staffing.held == 1


def test_overlap_ends_with_the_link_and_with_a_rejected_company(company, register, now):
    link(company, register, now + timedelta(days=1))
    other = other_employer(register, now)
    assert checks.check_company(company=company, as_of=DAY).staffing.held == 0

    Company.objects.filter(pk=other.pk).update(status="REJECTED", decided_at=now, decision="查无此企业")
    assert checks.check_company(company=company, as_of=DAY).staffing.held == 1


def test_external_certificates_stand_apart(company, now):
    person = Person.objects.of(company).get(name="甲")
    fields = {"issuer": "其他机构", "holder_name": "甲", "issued_on": date(2025, 1, 1), "submitted_at": now}
    ExternalCertificate.objects.create(person=person, number="1", status="WAITING", **fields)
    assert checks.check_company(company=company, as_of=DAY).externals == 0

    ExternalCertificate.objects.update(status="ACCEPTED", decided_at=now, decision="相符")
    answer = checks.check_company(company=company, as_of=DAY)
    assert (answer.externals, answer.staffing.held) == (1, 1)
    assert [one.has_external for one in answer.people] == [False, True]


@pytest.mark.parametrize("people", [1, 3, 40])
def test_check_company_needs_the_same_queries_for_any_number(people, register, now, django_assert_num_queries):
    company = make_company()
    numbers = list(register)
    for n in range(people):
        number = numbers[n % len(numbers)]
        person = make_person(company=company, name=register[number].holder_name, certificate_number=number)
        claim(person=person, certificate=register[number], at=now)

    with django_assert_num_queries(7):
        checks.check_company(company=company, as_of=DAY)


def test_hash_tells_rosters_apart(company):
    before = live.roster_of(companies=[company.pk]).sha256()
    assert live.roster_of(companies=[company.pk]).sha256() == before

    Person.objects.of(company).filter(name="甲").update(first_is_manager=False)
    assert live.roster_of(companies=[company.pk]).sha256() != before


def test_future_manager_is_on_the_line_and_in_the_hash(company):
    helper = make_person(company=company, name="庚", is_manager=False)
    before = live.roster_of(companies=[company.pk])
    helper.judgements.create(since_on=DAY + timedelta(days=30), is_manager=True, reason="升站长")

    roster = live.roster_of(companies=[company.pk])

    assert roster.sha256() != before.sha256()
    counted = [managers for managers, _ in ratio.daily_counts(roster.people, DAY)]
    expected = [managers for managers, _ in ratio.daily_counts(before.people, DAY)]
    assert counted == [n + (day >= 30) for day, n in enumerate(expected)]
    later = checks.check_company(company=company, as_of=DAY + timedelta(days=30))
    assert [one.manager_reason for one in later.people if one.row.name == "庚"] == ["升站长"]
