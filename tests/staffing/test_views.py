from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import load_workbook

from certificates.staffing import rosters
from certificates.staffing.models import StaffingCheck
from courses.models import CoursePage
from tests.factories.courses import make_course
from tests.factories.staffing import REGISTER, csv_bytes, make_check, make_register, manager
from tests.staffing.test_checks import EXPECTED, ROSTERS

pytestmark = pytest.mark.django_db

NEW = "/staffing/checks/new/"


def figures(html: str) -> list[str]:
    """Return the six figures as text, in their order on the page."""
    return [
        part.split("</dd>")[0].replace("<small>", "").replace("</small>", "").split("<dd>")[1].strip()
        for part in html.split('<div class="stat">')[1:]
    ]


def upload(
    client: Client, content: bytes, *, name: str = "roster.csv", day: str = "2026-11-22", company: str = "某公司"
):
    data = {"company_name": company, "as_of_date": day, "roster": SimpleUploadedFile(name, content)}
    return client.post(NEW, data)


# --- The calculator ------------------------------------------------------------
def test_calculator_asks_first(client):
    response = client.get("/staffing/")

    html = response.content.decode()
    assert response.status_code == 200
    assert "总部的服务管理人员" in html
    assert f'href="{NEW}"' in html
    assert figures(html) == []
    assert "is-invalid" not in html


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("hq=13&outlets=28&held=2", ["41 名", "5 名", "2 名", "3 名", "2 / 5 分", "0 / 5 分"]),
        ("by=managers&managers=21&held=2", ["21 名", "3 名", "2 名", "1 名", "3.33 / 5 分", "0 / 5 分"]),
        ("managers=7&held=1", ["7 名", "1 名", "1 名", "0 名", "5 / 5 分", "5 / 5 分"]),
        ("by=staff&staff=286&held=0", ["43 名", "5 名", "0 名", "5 名", "0 / 5 分", "0 / 5 分"]),
    ],
)
def test_calculator_answers(client, query, expected):
    make_course()

    assert figures(client.get(f"/staffing/?{query}").content.decode()) == expected


def test_calculator_names_cost_from_the_course_page(client):
    course = make_course(price_fen=88_000)

    html = client.get("/staffing/?managers=41&held=2").content.decode()

    assert "3 × ¥880.00 = <strong>¥2,640.00</strong>" in html
    assert f'href="{course.url}"' in html


def test_calculator_without_a_course_names_no_cost(client):
    html = client.get("/staffing/?managers=41&held=2").content.decode()

    assert "还差 3 名" in html
    assert "¥" not in html


def test_calculator_says_when_it_estimates(client):
    assert "15%”的行业粗略说法估算" in client.get("/staffing/?staff=100&held=0").content.decode()
    assert "15%”的行业粗略说法估算" not in client.get("/staffing/?managers=15&held=0").content.decode()


def test_calculator_address_can_be_shared(client):
    html = client.get("/staffing/?hq=1&outlets=2&held=1&utm=x").content.decode()

    assert 'value="http://testserver/staffing/?by=layers&amp;hq=1&amp;outlets=2&amp;held=1"' in html


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("managers=abc&held=1", "请填写整数，如 12。"),
        ("managers=-1&held=1", "不能小于 1。"),
        ("managers=0&held=1", "不能小于 1。"),
        ("managers=99999999999999999999&held=1", "不能大于 1000000，请核对。"),
        ("managers=5&held=", "请填写人数，没有就填 0。"),
        ("managers=1.5&held=0", "请填写整数，如 12。"),
        ("hq=0&outlets=0&held=0", "两层合计不能为 0。"),
        ("hq=%00&outlets=1&held=0", "请填写整数，如 12。"),
        ("staff=&held=0", "请填写人数，没有就填 0。"),
    ],
)
def test_calculator_names_the_mistake(client, query, message):
    response = client.get(f"/staffing/?{query}")

    html = response.content.decode()
    assert response.status_code == 200
    assert message in html
    assert "is-invalid" in html
    assert figures(html) == []


def test_calculator_with_an_unknown_way_asks_first(client):
    assert "总部的服务管理人员" in client.get("/staffing/?by=<script>").content.decode()


def test_calculator_refuses_post(client):
    assert client.post("/staffing/").status_code == 405


# --- The template ------------------------------------------------------------
def test_roster_template_is_a_workbook(client):
    response = client.get("/staffing/template.xlsx")

    assert response["Content-Disposition"] == 'attachment; filename="roster-template.xlsx"'
    assert load_workbook(BytesIO(response.content)).sheet_names == ["花名册", "填写说明"]


# --- A check ------------------------------------------------------------
@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected["file"])
def test_check_create_hand_made_roster(as_alice, expected, now):
    make_register(now=now)
    content = (ROSTERS / expected["file"]).read_bytes()

    response = upload(as_alice, content, name=expected["file"], day=expected["as_of"])

    check = StaffingCheck.objects.get()
    assert response.url == f"/staffing/checks/{check.pk}/"
    html = as_alice.get(response.url).content.decode()
    assert figures(html) == [
        f"{expected['managers']} 名",
        f"{expected['required']} 名",
        f"{expected['held']} 名",
        f"{expected['gap']} 名",
        f"{expected['points']:g} / 5 分",
        f"{expected['worst_points']:g} / 5 分",
    ]
    if expected["gap"]:
        assert f"还差 {expected['gap']} 名" in html
    elif expected["first_breach"]:
        assert f"{expected['first_breach']} 起会不足" in html
    else:
        assert "36 个月内不会不足" in html
    assert [row["row"] for row in check.rows if row["is_counted"]] == expected["counted_rows"]


def test_check_create_names_every_bad_row(as_alice):
    rows = [manager(f"员工{n}", number=f"E{n}") for n in range(500)]
    rows[7][6], rows[250][7], rows[499][0] = "也许", "去年", "=cmd|' /C calc'!A0"

    html = upload(as_alice, csv_bytes(rows)).content.decode()

    assert "共 3 处" in html
    assert html.count("<tr><td>第 ") == 3
    for number, message in ((9, "“也许”看不懂"), (252, "“去年”不是日期"), (501, "不像姓名")):
        assert f"第 {number} 行" in html
        assert message in html
    assert not StaffingCheck.objects.exists()


def test_check_create_shows_many_bad_rows_bounded(as_alice):
    html = upload(as_alice, csv_bytes([manager("", number=f"E{n}") for n in range(600)])).content.decode()

    assert "共 600 处，先列出前 500 处" in html
    assert html.count("<tr><td>第 ") == 500


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "文件是空的"),
        (b"\x89PNG\x00", "也不是能识别的 .csv 文本"),
        (b"PK\x03\x04", "文件已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 .xls"),
        (csv_bytes([manager("甲", is_manager="否")]), "基准日在职的服务管理人员为 0 名"),
        (csv_bytes([manager("甲", left="2021-01-01")]), "基准日在职的服务管理人员为 0 名"),
        (b"x" * (rosters.MAX_BYTES + 1), "文件超过 20 MB"),
    ],
)
def test_check_create_refuses_in_words(as_alice, content, message):
    response = upload(as_alice, content)

    assert response.status_code == 200
    assert message in response.content.decode()
    assert not StaffingCheck.objects.exists()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"company": ""}, "请填写企业名称。"),
        ({"company": "企" * 101}, "企业名称最多 100 个字。"),
        ({"company": "=1+1"}, "企业名称不能以符号开头"),
        ({"company": "a\x00b"}, "含有看不见的空字符，请手工重新输入。"),
        ({"day": ""}, "请选择基准日。"),
        ({"day": "明天"}, "请写成 2026-11-22 这样的日期。"),
        ({"day": "1999-12-31"}, "基准日应在 2000-01-01 至 2100-12-31 之间"),
        ({"day": "9999-12-31"}, "基准日应在 2000-01-01 至 2100-12-31 之间"),
    ],
)
def test_check_create_names_the_field(as_alice, fields, message):
    html = upload(as_alice, csv_bytes([manager("甲")]), **fields).content.decode()

    assert message in html
    assert not StaffingCheck.objects.exists()


def test_check_create_without_anything(as_alice):
    html = as_alice.post(NEW).content.decode()

    assert "请选择花名册文件。" in html
    assert as_alice.post(NEW, {"roster": "not a file"}).status_code == 200


def test_check_create_proposes_today(as_alice, time_machine):
    time_machine.move_to("2026-11-21T16:30:00Z", tick=False)

    assert 'value="2026-11-22"' in as_alice.get(NEW).content.decode()


def test_check_create_says_what_was_not_read(as_alice):
    content = csv_bytes([["甲", "是", "x"]], header=["姓名", "是否服务管理人员", "<b>身份证号</b>"])

    response = upload(as_alice, content)

    assert "这些列没有读取，也没有保存：&lt;b&gt;身份证号&lt;/b&gt;。" in as_alice.get(response.url).content.decode()


def test_check_detail_says_why_nobody_counts(as_alice, now):
    make_register(now=now)
    CoursePage.objects.update(price_fen=99_000)
    content = csv_bytes(
        [
            manager("林晓岚", number="E1", certificate=REGISTER[1][0]),
            manager("李四", number="E2", certificate=REGISTER[2][0]),
            *(manager(f"员工{n}", number=f"M{n}") for n in range(9)),
        ]
    )

    html = as_alice.get(upload(as_alice, content).url).content.decode()

    assert "未配足" in html
    assert "有 1 人填了证书编号但没有计入" in html
    assert "姓名与证书上的不一致" in html
    assert "1 × ¥990.00 = <strong>¥990.00</strong>" in html
    assert f'href="{CoursePage.objects.get().url}"' in html


@pytest.mark.parametrize(
    ("show", "people"),
    [("all", 2), ("counted", 1), ("not_counted", 1), ("managers", 2), ("nonsense", 2)],
)
def test_check_detail_filters_people(as_alice, now, show, people):
    make_register(now=now)
    content = csv_bytes(
        [
            manager("林晓岚", number="E1", certificate=REGISTER[1][0]),
            manager("李四", number="E2", certificate=REGISTER[2][0]),
            manager("王五", number="E3", is_manager="否"),
        ]
    )
    url = upload(as_alice, content).url

    response = as_alice.get(url, {"show": show})

    assert response.context["page_obj"].paginator.count == people


def test_check_detail_pages_people(as_alice, alice, now):
    check = make_check(owner=alice, now=now, managers=120)

    page = as_alice.get(f"/staffing/checks/{check.pk}/?show=managers&page=2")

    html = page.content.decode()
    assert "第 2 / 3 页" in html
    assert 'href="?show=managers&amp;page=3"' in html
    assert as_alice.get(f"/staffing/checks/{check.pk}/?page=oops").status_code == 200


def test_check_detail_shows_no_markup_of_others(as_alice, alice, now):
    check = make_check(owner=alice, now=now, company_name="<script>alert(1)</script>")

    assert "<script>alert" not in as_alice.get(f"/staffing/checks/{check.pk}/").content.decode()


@pytest.mark.parametrize("managers", [1, 3])
def test_check_detail_queries(as_alice, alice, now, managers, django_assert_num_queries):
    make_course()
    check = make_check(owner=alice, now=now, managers=managers)
    as_alice.get(f"/staffing/checks/{check.pk}/")

    with django_assert_num_queries(4):  # session, user, check, course
        as_alice.get(f"/staffing/checks/{check.pk}/")


# --- The list ------------------------------------------------------------
def test_check_list_empty_says_what_to_do(as_alice):
    html = as_alice.get("/staffing/checks/").content.decode()

    assert "还没有检查过" in html
    assert f'href="{NEW}"' in html


def test_check_list_shows_mine_newest_first(as_alice, alice, charlie, now):
    make_check(owner=charlie, now=now, company_name="别人的公司")
    make_check(owner=alice, now=now, company_name="甲公司")
    make_check(owner=alice, now=now.replace(day=23), company_name="乙公司")

    response = as_alice.get("/staffing/checks/")

    assert [check.company_name for check in response.context["page_obj"]] == ["乙公司", "甲公司"]
    assert "别人的公司" not in response.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_check_list_queries(as_alice, alice, now, count, django_assert_num_queries):
    for _ in range(count):
        make_check(owner=alice, now=now)

    with django_assert_num_queries(4):  # session, user, count, page
        as_alice.get("/staffing/checks/")


def test_check_list_pages(as_alice, alice, now):
    for _ in range(21):
        make_check(owner=alice, now=now)

    assert "第 2 / 2 页" in as_alice.get("/staffing/checks/?page=999").content.decode()


# --- Who may ------------------------------------------------------------
def test_others_find_nothing(as_charlie, alice, now):
    check = make_check(owner=alice, now=now)

    assert as_charlie.get(f"/staffing/checks/{check.pk}/").status_code == 404
    assert as_charlie.post(f"/staffing/checks/{check.pk}/delete/").status_code == 404
    assert as_charlie.get("/staffing/checks/99999999999999999999999/").status_code == 404
    assert StaffingCheck.objects.count() == 1


@pytest.mark.parametrize("path", ["", "new/", "1/", "1/delete/"])
def test_strangers_are_asked_to_sign_in(client, path):
    response = client.get(f"/staffing/checks/{path}")

    assert (response.status_code, response.url) == (302, f"/accounts/login/?next=/staffing/checks/{path}")


def test_check_delete_removes_my_own(as_alice, alice, now):
    check = make_check(owner=alice, now=now)

    assert as_alice.get(f"/staffing/checks/{check.pk}/delete/").status_code == 405
    response = as_alice.post(f"/staffing/checks/{check.pk}/delete/", follow=True)

    assert "检查记录和其中的人员信息已删除。" in response.content.decode()
    assert not StaffingCheck.objects.exists()
    assert as_alice.post(f"/staffing/checks/{check.pk}/delete/").status_code == 404


def test_check_keeps_its_day(alice, now):
    assert make_check(owner=alice, now=now).as_of_date == date(2026, 11, 22)
