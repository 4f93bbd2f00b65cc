"""The roster through the interface: read, write, leave."""

from datetime import date

import pytest
from django.utils import timezone

from certificates.staffing.models import ApiWrite, Company, Employment, Person
from tests.factories.companies import make_person, make_site

pytestmark = pytest.mark.django_db
ROW = {"name": "张三丰", "is_manager": True, "staff_number": "E1", "site": "城东网点", "joined_on": "2020-03-01"}


def test_roster_list(api, company):
    site = make_site(company=company)
    person = make_person(company=company, site=site, staff_number="E1", department="售后部", left_on=date(2026, 12, 1))
    make_person(company=company, name="早已离职", left_on=date(2021, 1, 1))

    assert api.get("roster", employed_on="2026-11-22").json() == {
        "count": 1,
        "page": 1,
        "page_size": 50,
        "items": [
            {
                "id": person.pk,
                "name": "张三丰",
                "staff_number": "E1",
                "department": "售后部",
                "site": "城东网点",
                "level": "",
                "post": "",
                "is_manager": True,
                "manager_reason": "花名册填写",
                "certificate_number": "",
                "employments": [{"joined_on": "2020-01-01", "left_on": "2026-12-01"}],
            }
        ],
    }
    assert [one["id"] for one in api.get("roster", staff_number="E1").json()["items"]] == [person.pk]
    assert api.get("roster")["Cache-Control"] == "no-store"
    assert api.get("roster", page=2, page_size=1).json()["items"][0]["name"] == "早已离职"
    assert api.get("roster", page=3).json()["items"] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_roster_list_queries(rows, api, company, django_assert_num_queries):
    for n in range(rows):
        make_person(company=company, name=f"员工{n}", site=make_site(company=company, name=f"网点{n}"))
    api.get("roster")  # notes the token's use

    with django_assert_num_queries(5):  # the token, the count, the people with sites, employments, judgements
        api.get("roster")


def test_roster_write_adds_and_changes(api, company):
    old = make_person(company=company, name="李四", staff_number="E2", department="维修部")

    response = api.post(
        "roster",
        {
            "people": [
                ROW | {"department": "售后部"},
                ROW | {"name": "李四", "staff_number": "E2", "department": "客服"},
            ]
        },
    )

    assert (response.status_code, response.json()) == (
        200,
        {"joined": 1, "left": 0, "moved": 1, "changed": 0, "same": 0, "missing": 0},
    )
    assert list(Person.objects.order_by("staff_number").values_list("name", "department", "site__name")) == [
        ("张三丰", "售后部", "城东网点"),
        ("李四", "客服", "城东网点"),
    ]
    assert Person.objects.get(staff_number="E2").pk == old.pk
    assert Company.objects.get(pk=company.pk).roster_revision == 1


def test_roster_write_keeps_what_no_row_says(api, company):
    make_person(company=company, name="李四", staff_number="E2", department="维修部", post="站长")

    api.post("roster", {"people": [{"name": "李四", "staff_number": "E2", "is_manager": False}]})

    person = Person.objects.get()
    assert (person.department, person.post, person.judged_on(timezone.localdate()).is_manager) == (
        "维修部",
        "站长",
        False,
    )
    assert list(Employment.objects.values_list("joined_on", "left_on")) == [(date(2020, 1, 1), None)]


def test_roster_write_is_all_or_nothing(api, company):
    rows = [ROW, ROW | {"name": "1=", "staff_number": "E2"}, ROW | {"name": "李四"}]

    response = api.post("roster", {"people": rows})

    assert response.status_code == 422
    assert response.json() == {
        "type": "about:blank",
        "title": "内容有错，什么也没有改变",
        "status": 422,
        "code": "roster_unusable",
        "detail": "花名册有 2 行需要修改，一行也没有采用。",
        "errors": [
            {
                "at": "people[1].name",
                "message": "“1=”不像姓名",
                "remedy": "姓名只能有文字和间隔号，不能以符号开头",
            },
            {
                "at": "people[2].staff_number",
                "message": "工号 E1 与第 1 行相同，但姓名不同",
                "remedy": "请核对工号，一个工号只能给一个人",
            },
        ],
    }
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("people", "errors"),
    [
        ([], [("people", "至少要有一条")]),
        ([{"name": "甲"}], [("people[0].is_manager", "缺少这个字段")]),
        ([ROW | {"nmae": "甲"}], [("people[0].nmae", "没有这个字段")]),
        ([ROW | {"joined_on": "2026-02-30"}], [("people[0].joined_on", "不是日期")]),
        ([ROW | {"name": 1}], [("people[0].name", "应是文字")]),
        ([ROW] * 2001, [("people", "条数太多")]),
        ([ROW, {"name": "乙", "is_manager": False}], [("people[1].name", "字段与第 1 行的不一致")]),
        ([ROW | {"left_on": "2019-01-01"}], [("people[0].left_on", "离职日期 2019-01-01 早于入职日期 2020-03-01")]),
        ([ROW | {"joined_on": "0001-01-01"}], [("people[0].joined_on", "0001-01-01 不在合理范围内")]),
        ([ROW | {"staff_number": "11010519491231002X"}], [("people[0].staff_number", "像是身份证号码")]),
    ],
)
def test_roster_write_names_what_is_wrong(people, errors, api):
    response = api.post("roster", {"people": people})

    assert (response.status_code, [(one["at"], one["message"]) for one in response.json()["errors"]]) == (422, errors)
    assert not Person.objects.exists()


def test_roster_write_with_a_homonym_of_the_company(api, company):
    make_person(company=company, name="张三丰", staff_number="E7")
    make_person(company=company, name="张三丰", staff_number="E8")

    response = api.post("roster", {"people": [{"name": "张三丰", "is_manager": True}]})

    assert response.json()["errors"] == [
        {
            "at": "people[0].staff_number",
            "message": "花名册里有 2 个“张三丰”",
            "remedy": "请填写工号，以便分清是哪一个",
        }
    ]


def test_roster_write_of_a_full_list_lets_the_others_leave(api, company):
    make_person(company=company, name="名单外")

    response = api.post("roster", {"people": [ROW], "is_full": True, "left_on": "2026-11-30"})

    assert response.json()["missing"] == 1
    assert Employment.objects.get(person__name="名单外").left_on == date(2026, 11, 30)


def test_roster_leave(api, company):
    person = make_person(company=company)

    left = api.post(f"roster/{person.pk}/leave", {"left_on": "2026-11-30"})
    again = api.post(f"roster/{person.pk}/leave", {"left_on": "2026-11-30"})

    assert (left.status_code, left.json()) == (200, {"joined_on": "2020-01-01", "left_on": "2026-11-30"})
    assert (again.status_code, again.json()["code"]) == (409, "not_employed")


def test_key_writes_once(api, company):
    person = make_person(company=company)
    path, body = f"roster/{person.pk}/leave", {"left_on": "2026-11-30"}

    first, second = api.post(path, body, key="leave-0001"), api.post(path, body, key="leave-0001")
    other = api.post(path, {"left_on": "2026-12-01"}, key="leave-0001")

    assert (first.status_code, second.status_code, second.json()) == (200, 200, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert Employment.objects.get().left_on == date(2026, 11, 30)


def test_refused_write_leaves_its_key_free(api, company):
    person = make_person(company=company)
    path = f"roster/{person.pk}/leave"

    refused = api.post(path, {"left_on": "2019-01-01"}, key="leave-0001")
    mended = api.post(path, {"left_on": "2026-11-30"}, key="leave-0001")

    assert (refused.status_code, refused.json()["code"], mended.status_code) == (409, "days_out_of_order", 200)
    assert ApiWrite.objects.count() == 1


@pytest.mark.parametrize("key", ["short", "x" * 101, "with space"])
def test_odd_key_is_refused(key, api, company):
    assert api.post("roster", {"people": [ROW]}, key=key).status_code == 422
    assert not Person.objects.exists()
