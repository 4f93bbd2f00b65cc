"""The pages of a company's forecast and plan. docs/rules/planning.md, F1-F8"""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certificates.staffing.models import CertificationCycle, Employment, Person
from exams.models import ExamWindow
from tests.factories.certificates import make_exam
from tests.factories.companies import make_company, make_member, make_person, make_site
from tests.factories.courses import make_course
from tests.factories.staffing import make_register

pytestmark = pytest.mark.django_db

NUMBER = "SHFW-2025-U3A52FZQ-T"  # 林晓岚, 2025-06-10 to 2028-06-09


@pytest.fixture(autouse=True)
def today(now):
    with time_machine.travel(now, tick=False):
        yield date(2026, 11, 22)


@pytest.fixture
def company(alice, now):
    make_register(now=now)
    company = make_company(owner=alice)
    site = make_site(company=company)
    make_person(company=company, name="林晓岚", certificate_number=NUMBER, staff_number="E1")
    make_person(company=company, name="甲", staff_number="E2", site=site)
    return company


def page(client, company, name, **query):
    return client.get(reverse(f"staffing:{name}", args=[company.pk]), query)


@pytest.mark.parametrize("name", ["plan_forecast", "plan_detail"])
def test_pages_are_for_members_only(as_alice, as_charlie, company, charlie, name):
    assert page(as_alice, company, name).status_code == 200
    assert page(as_charlie, company, name).status_code == 404
    make_member(company=company, user=charlie)
    assert page(as_charlie, company, name).status_code == 200


@pytest.mark.parametrize("name", ["plan_forecast", "plan_detail"])
def test_empty_roster_says_what_to_do(as_alice, alice, name):
    response = page(as_alice, make_company(owner=alice), name)

    assert "花名册上还没有服务管理人员" in response.text


def test_forecast_shows_the_breach_and_its_cause(as_alice, company):
    response = page(as_alice, company, "plan_forecast")

    assert response.context["seen"].short.first == date(2028, 6, 10)
    assert [reasons for _, reasons in response.context["spans"]] == [("基准日",), ("林晓岚的证书到期",)]
    assert "2028-06-10 起缺 1 名" in response.text
    assert "<svg" in response.text


def test_forecast_shows_the_audits_of_the_cycle(as_alice, company, now):
    CertificationCycle.objects.create(company=company, certified_date=date(2026, 6, 1), started_at=now)

    audits = page(as_alice, company, "plan_forecast").context["seen"].audits

    assert [(a.number, a.name, a.due.day, a.span.gap if a.span else None) for a in audits] == [
        (1, "第一次监督审核", date(2027, 6, 1), 0),
        (2, "第二次监督审核", date(2028, 6, 1), 0),
        (3, "证书到期，完成再认证", date(2029, 5, 31), 1),
    ]
    assert audits[1].latest_span.gap == 1  # 2028-09-01: put off, and it fails


def test_supposition_moves_the_breach_and_touches_nothing(as_alice, company):
    before = list(Person.objects.order_by("pk").values()), list(Employment.objects.order_by("pk").values())

    response = page(
        as_alice, company, "plan_forecast", **{"c0-kind": "LEAVE", "c0-day": "2027-03-31", "c0-person": "E1"}
    )

    assert response.context["seen"].short.first == date(2027, 4, 1)
    assert response.context["seen"].known_short.first == date(2028, 6, 10)
    assert "没有改动任何资料" in response.text
    assert before == (list(Person.objects.order_by("pk").values()), list(Employment.objects.order_by("pk").values()))


def test_several_suppositions_by_name_and_number(as_alice, company):
    query = {
        "c0-kind": "HIRE", "c0-day": "2027-01-01", "c0-count": "9",
        "c1-kind": "CERTIFY", "c1-day": "2027-01-01", "c1-person": "甲",
        "c2-kind": "", "c2-day": "", "c2-person": "",
    }  # fmt: skip

    seen = page(as_alice, company, "plan_forecast", **query).context["seen"]

    assert [(span.first, span.managers, span.held) for span in seen.line[:2]] == [
        (date(2026, 11, 22), 2, 1),
        (date(2027, 1, 1), 11, 2),
    ]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"kind": "LEAVE", "day": "2027-01-01", "person": "没有的人"}, "花名册上没有这个人，请核对姓名或工号。"),
        ({"kind": "LEAVE", "day": "2027-01-01", "person": "同名"}, "有 2 位同名，请改填工号。"),
        ({"kind": "LEAVE", "day": "2027-01-01", "person": "走了"}, "这一天这个人不在职，请核对日期。"),
        ({"kind": "LEAVE", "day": "2027-01-01"}, "请填写姓名或工号。"),
        ({"kind": "HIRE", "day": "2026-11-21"}, "请填写今天起 36 个月以内的日期。"),
        ({"kind": "HIRE", "day": "2029-11-23"}, "请填写今天起 36 个月以内的日期。"),
        ({"kind": "HIRE"}, "请填写今天起 36 个月以内的日期。"),
        ({"kind": "HIRE", "day": "很快"}, "请写成 2026-11-22 这样的日期。"),
        ({"kind": "HIRE", "day": "2027-01-01", "count": "0"}, "至少 1 人。"),
        ({"kind": "HIRE", "day": "2027-01-01", "count": "99999999999999999999"}, "最多 10000 人。"),
        ({"kind": "WHAT", "day": "2027-01-01"}, "请从列表里选。"),
    ],
)
def test_bad_supposition_is_told_and_left_out(as_alice, company, fields, error):
    make_person(company=company, name="同名", staff_number="E3")
    make_person(company=company, name="同名", staff_number="E4")
    make_person(company=company, name="走了", left_on=date(2026, 1, 1))

    response = page(as_alice, company, "plan_forecast", **{f"c0-{name}": value for name, value in fields.items()})

    assert error in response.text
    assert response.context["changes"] == []
    assert response.context["seen"].short.first == date(2028, 6, 10)


def test_more_suppositions_up_to_eight(as_alice, company):
    assert len(page(as_alice, company, "plan_forecast", more="1").context["forms"]) == 2
    full = {f"c{n}-kind": "HIRE" for n in range(8)}
    response = page(as_alice, company, "plan_forecast", more="1", **full)
    assert (len(response.context["forms"]), response.context["may_add"]) == (8, False)


@pytest.mark.parametrize("name", ["plan_forecast", "plan_detail"])
def test_queries_do_not_grow_with_the_people(as_alice, company, name):
    counts = []
    for people in (1, 2):
        for n in range(people):
            make_person(company=company, name=f"乙{people}{n}", certificate_number="SHFW-2026-4RWDXSZS-D")
        page(as_alice, company, name)
        with CaptureQueriesContext(connection) as queries:
            page(as_alice, company, name)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 20


def test_plan_names_people_price_and_days(as_alice, company, settings):
    settings.CERTIFICATE_RENEWAL_COURSES = []
    for n in range(9):
        make_person(company=company, name=f"新{n}", joined_on=date(2027, 2, 10))
    make_exam()

    response = page(as_alice, company, "plan_detail")
    plan = response.context["plan"]

    assert (plan.due, plan.due_reason, plan.needed, plan.proposal.seats) == (date(2027, 2, 10), "首次不足日", 1, 1)
    assert plan.proposal.trainees[0].name == "甲"
    assert plan.proposal.trainees[0].reason == "城东网点现在没有计入的管理师；2020-01-01 入职"
    assert (plan.latest.certificate, plan.is_late) == (date(2027, 2, 10), False)
    assert "2027-02-10 之前补 1 人" in response.text
    assert f"/orders/seats/{plan.course.pk}/?quantity=1" in response.text


def test_plan_prices_the_renewals(as_alice, alice, settings, now):
    company = make_company(owner=alice)
    certificate = make_register(now=now)["SHFW-2024-VR7WEXK8-V"]  # until 2027-05-19
    make_person(company=company, name=certificate.holder_name, certificate_number=certificate.number)
    course, further = make_course(price_fen=88000), make_course(price_fen=20000)
    settings.CERTIFICATE_RENEWAL_COURSES = []

    plan = page(as_alice, company, "plan_detail").context["plan"]
    assert (plan.renewal_course, plan.cost_fen, plan.renewal_fen) == (plan.course, 0, plan.course.price_fen)

    settings.CERTIFICATE_RENEWAL_COURSES = [further.slug]
    response = page(as_alice, company, "plan_detail")
    plan = response.context["plan"]
    assert (plan.renewal_fen, plan.total_fen) == (20000, 20000)
    assert f"按《{further.title}》现价¥200.00/人估算" in "".join(response.text.split())
    assert course.pk != further.pk


def test_plan_of_a_company_that_is_short_now_aims_at_the_next_audit(as_alice, alice, now):
    company = make_company(owner=alice)
    make_person(company=company, name="甲")

    assert page(as_alice, company, "plan_detail").context["plan"].due is None
    CertificationCycle.objects.create(company=company, initial_audit_date=date(2027, 5, 1), started_at=now)
    plan = page(as_alice, company, "plan_detail").context["plan"]

    assert (plan.due, plan.due_reason) == (date(2027, 5, 1), "下一次审核日")


def test_plan_says_when_it_is_too_late(as_alice, alice):
    company = make_company(owner=alice)
    make_person(company=company, name="甲")
    make_course()

    response = page(as_alice, company, "plan_detail", due="2026-11-24")

    assert response.context["plan"].is_late
    assert "按这个进度来不及" in response.text


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"due": "2026-11-22"}, "请填写明天起 36 个月以内的日期。"),
        ({"due": "昨天"}, "请写成 2026-11-22 这样的日期。"),
        ({"hours": "0"}, "至少 1 小时。"),
        ({"hours": "41"}, "最多 40 小时。"),
        ({"hours": "x"}, "请填写整数。"),
    ],
)
def test_bad_pace_is_told(as_alice, alice, query, error):
    company = make_company(owner=alice)
    make_person(company=company, name="甲")

    response = page(as_alice, company, "plan_detail", **query)

    assert error in response.text
    assert response.context["plan"].pace.hours_per_week == 4


def test_plan_lists_windows_that_fit_and_have_room(as_alice, alice, now):
    company = make_company(owner=alice)
    make_person(company=company, name="甲")
    exam = make_exam()

    def window(title: str, opens: datetime, **fields: object) -> None:
        ExamWindow.objects.create(
            exam=exam,
            title=title,
            registration_opens_at=now - timedelta(days=1),
            registration_closes_at=opens,
            opens_at=opens,
            closes_at=opens + timedelta(hours=8),
            **fields,
        )

    assert page(as_alice, company, "plan_detail").context["plan"].windows is None
    window("一月", datetime.fromisoformat("2027-01-20T01:00Z"))
    window("一月满", datetime.fromisoformat("2027-01-21T01:00Z"), capacity=0)
    window("明天", now + timedelta(hours=20))

    plan = page(as_alice, company, "plan_detail", due="2027-02-10").context["plan"]

    assert [one.title for one in plan.windows] == ["一月"]


def test_covered_company_needs_no_plan(as_alice, alice, now):
    make_register(now=now)
    company = make_company(owner=alice)
    make_person(company=company, name="吴桐", certificate_number="SHFW-2026-YBHME524-D")  # until 2030-12-31

    assert "36 个月内不会不足，不用补" in page(as_alice, company, "plan_detail").text
    assert "36 个月内不会不足" in page(as_alice, company, "plan_forecast").text


def test_pages_need_a_login(client, company):
    assert page(client, company, "plan_forecast").status_code == 302
