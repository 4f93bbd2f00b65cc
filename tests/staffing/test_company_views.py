"""Pages of companies: the way through them, refusals beside the field, the same queries at one row and at three."""

from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import load_workbook

from certificates.staffing import links, roster_sheet
from certificates.staffing.models import Company, Member, Person, PersonInvitation, RosterImport, Site
from courses.seats import tokens
from tests.factories.companies import company_code, make_company, make_member, make_person, make_site
from tests.factories.staffing import csv_bytes, make_register
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(alice):
    return make_company(owner=alice)


def page(name, *keys):
    return reverse(f"staffing:{name}", args=keys)


def text(response):
    return response.content.decode()


def test_company_create_then_empty(as_alice):
    answer = as_alice.post(page("company_create"), {"name": "甲服务有限公司", "uscc": company_code(9)}, follow=True)

    assert "还没有花名册" in text(answer)
    assert Company.objects.get().name == "甲服务有限公司"


def test_company_create_refuses_beside_the_field(as_alice, company):
    assert "校验位不对" in text(as_alice.post(page("company_create"), {"name": "甲服务", "uscc": "91110105000000000A"}))
    assert "已经登记" in text(as_alice.post(page("company_create"), {"name": "甲服务", "uscc": company.uscc}))
    assert "请填写企业名称" in text(as_alice.post(page("company_create"), {}))


def test_company_list_empty(as_alice):
    assert "还没有企业" in text(as_alice.get(page("company_list")))


def test_company_detail_in_breach_covered_and_on_another_day(as_alice, company, now):
    make_register(now=now)
    make_person(company=company, name="甲", joined_on=date(2026, 1, 1))
    detail = page("company_detail", company.pk)
    assert "需要 1 名，已有 0 名，缺 1 名" in text(as_alice.get(detail, {"as_of": "2026-11-22"}))

    make_person(company=company, name="林晓岚", certificate_number="SHFW-2025-U3A52FZQ-T")
    assert "需要 1 名，已有 1 名；2028-06-10 起会不足" in text(as_alice.get(detail, {"as_of": "2026-11-22"}))
    assert "36 个月内都够" not in text(as_alice.get(detail, {"as_of": "2029-01-01"}))
    for odd in ("2026-13-01", "1000-01-01", "=1", "9999-12-31"):
        assert as_alice.get(detail, {"as_of": odd, "site": "9" * 30, "page": "x", "show": "?"}).status_code == 200


def test_company_detail_of_a_site(as_alice, company):
    site = make_site(company=company)
    make_person(company=company, site=site)
    other = make_site(company=make_company())

    assert "城东网点" in text(as_alice.get(page("company_detail", company.pk), {"site": site.pk}))
    assert as_alice.get(page("company_detail", company.pk), {"site": other.pk}).status_code == 404


def person_with_site(company, n):
    make_person(company=company, name=f"人{n}", site=make_site(company=company, name=f"{n}"))


LISTS = {
    "company_detail": lambda company, n: make_person(company=company, name=f"人{n}"),
    "person_list": lambda company, n: make_person(
        company=company, name=f"人{n}", site=make_site(company=company, name=f"{n}")
    ),
    "site_list": lambda company, n: make_site(company=company, name=f"网点{n}"),
    "member_list": lambda company, n: make_member(company=company, user=UserFactory()),
    "import_list": lambda company, n: RosterImport.objects.create(
        company=company,
        uploaded_at="2026-01-01T00:00Z",
        file_name=f"{n}",
        sha256="0",
        status="APPLIED",
        uploaded_by=UserFactory(),
    ),
    "training_list": lambda company, n: make_person(
        company=company, name=f"人{n}", site=make_site(company=company, name=f"{n}")
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_same_queries_at_one_row_and_at_three(
    name, as_alice, company, django_assert_num_queries, django_assert_max_num_queries
):
    make = LISTS[name]
    make(company, 0)
    as_alice.get(page(name, company.pk))
    with django_assert_max_num_queries(40) as counted:
        as_alice.get(page(name, company.pk))
    make(company, 1)
    make(company, 2)
    with django_assert_num_queries(len(counted)):
        as_alice.get(page(name, company.pk))


def upload(client, company, content, name="名单.csv"):
    return client.post(page("import_list", company.pk), {"roster": SimpleUploadedFile(name, content)}, follow=True)


HEADER = ["姓名", "是否服务管理人员"]


def test_roster_from_upload_to_answer(as_alice, company):
    shown = upload(as_alice, company, csv_bytes([["甲", "是"], ["乙", "否"]], header=HEADER))
    assert "会改动什么" in text(shown)
    roster_import = RosterImport.objects.get()

    refused = as_alice.post(page("import_confirm", company.pk, roster_import.pk), {})
    assert "请选择一项" in text(refused)
    done = as_alice.post(page("import_confirm", company.pk, roster_import.pk), {"is_full": "1"}, follow=True)

    assert "需要 1 名，已有 0 名，缺 1 名" in text(done)
    assert Person.objects.count() == 2


def test_bad_roster_is_told_row_by_row(as_alice, company):
    shown = upload(as_alice, company, csv_bytes([["甲", "也许"], ["=1+1", "是"]], header=HEADER))

    assert ("第 2 行" in text(shown), "第 3 行" in text(shown)) == (True, True)
    assert Person.objects.count() == 0


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04broken", b"x" * 300, "姓名".encode()])
def test_odd_file_is_refused_in_words(content, as_alice, company):
    assert upload(as_alice, company, content, "a.xlsx").status_code == 200
    assert Person.objects.count() == 0


def test_roster_that_is_being_read_asks_again(as_alice, company, alice):
    waiting = RosterImport.objects.create(
        company=company, uploaded_at="2026-01-01T00:00Z", file_name="a", sha256="0", uploaded_by=alice
    )
    address = page("import_detail", company.pk, waiting.pk)
    assert "正在核对" in text(as_alice.get(address, headers={"HX-Request": "true"}))

    RosterImport.objects.update(status="UNUSABLE")
    assert as_alice.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_person_by_hand(as_alice, company):
    answer = as_alice.post(
        page("person_create", company.pk), {"name": "甲", "is_manager": "1", "joined_on": "2026-01-01"}, follow=True
    )
    person = Person.objects.get()
    assert "甲 已加到花名册" in text(answer)

    refused = as_alice.post(page("person_create", company.pk), {"name": "甲", "is_manager": "1"})
    assert "花名册上已有同名的人" in text(refused)
    assert "姓名只能有文字" in text(as_alice.post(page("person_create", company.pk), {"name": "=1", "is_manager": "1"}))
    late = {"name": "乙", "is_manager": "1", "joined_on": "3026-01-01"}
    assert "请核对年份" in text(as_alice.post(page("person_create", company.pk), late))
    as_alice.post(page("person_leave", company.pk, person.pk))
    assert person.employments.get().left_on is not None


def test_guide_advises_then_keeps(as_alice, company):
    person = make_person(company=company, is_manager=False)
    answers = {"does_service": "1", "leads": "1", "layer": "OUTLET"}
    address = page("person_judge", company.pk, person.pk)

    assert "建议：算" in text(as_alice.post(address, answers))
    as_alice.post(address, answers | {"keep": "1"})
    person.refresh_from_db()
    assert (person.first_is_manager, person.first_reason) == (True, "第二层：下属机构的管理人员")


def test_judgement_with_a_day_is_shown_and_taken_back(as_alice, company):
    person = make_person(company=company, is_manager=False)
    answers = {"does_service": "1", "leads": "1", "layer": "HQ", "since_on": "2026-06-01", "keep": "1"}
    as_alice.post(page("person_judge", company.pk, person.pk), answers)
    judgement = person.judgements.get()

    shown = text(as_alice.get(page("person_detail", company.pk, person.pk)))
    assert "起初：否（花名册填写）" in shown
    assert "2026-06-01 起：是（第一层：总部服务相关部门、环节、岗位的负责人）" in shown

    other = make_person(company=company, name="乙", staff_number="E2")
    delete = [page("judgement_delete", company.pk, one.pk, judgement.pk) for one in (other, person)]
    assert [as_alice.post(address).status_code for address in delete] == [404, 302]
    assert not person.judgements.exists()


def test_edit_dates_a_changed_judgement(as_alice, company):
    person = make_person(company=company, is_manager=False)
    address = page("person_edit", company.pk, person.pk)

    as_alice.post(address, {"name": person.name, "is_manager": "1", "since_on": "2026-06-01"})
    assert list(person.judgements.values_list("since_on", "is_manager", "reason")) == [
        (date(2026, 6, 1), True, "手工填写")
    ]
    assert "应在" in text(as_alice.post(address, {"name": person.name, "is_manager": "0", "since_on": "1900-01-01"}))


def test_consent_on_the_persons_own_page(as_charlie, company, alice, charlie, now):
    person = make_person(company=company)
    links.invite(person=person, email=charlie.email, by=alice, now=now)
    PersonInvitation.objects.update(token_hash=tokens.hash_of("t"), expires_at="2100-01-01T00:00Z")
    address = page("consent_give", "t")

    assert company.name in text(as_charlie.get(address))
    assert "同意后请勾选" in text(as_charlie.post(address, {"do": "agree"}))
    assert "同意中" in text(as_charlie.post(address, {"do": "agree", "agrees": "on"}, follow=True))
    invitation = PersonInvitation.objects.get()
    assert "已撤回" in text(as_charlie.post(page("consent_withdraw", invitation.pk), follow=True))
    assert "这个邀请已经失效" in text(as_charlie.get(address))


def test_consent_of_another_cannot_be_withdrawn(as_alice, company, charlie, now):
    invitation = PersonInvitation.objects.create(
        person=make_person(company=company),
        email="a@b.cn",
        token_hash="t",
        invited_at=now,
        expires_at=now,
        closed_at=now,
        accepted_at=now,
        consent_version="1",
        user=charlie,
    )

    assert as_alice.post(page("consent_withdraw", invitation.pk)).status_code == 404


def test_export_neutralises_formulas_and_can_be_sent_back(as_alice, company):
    make_person(company=company, name="甲", department="=cmd|' /C calc'!A1", post="+1", site=make_site(company=company))
    answer = as_alice.get(page("person_export", company.pk))
    row = load_workbook(BytesIO(answer.content)).get_sheet_by_index(0).to_python()[1]

    assert (row[2], row[5]) == ("'=cmd|' /C calc'!A1", "'+1")
    assert "会改动什么" in text(upload(as_alice, company, answer.content, "a.xlsx"))
    assert [roster_sheet.plain(one) for one in ("-1", "@x", "\t", "a")] == ["'-1", "'@x", "'\t", "a"]


def test_search_with_odd_text(as_alice, company):
    make_person(company=company, name="甲")
    for text_ in ("\x00", "%", "_", "'", "x" * 500):
        assert as_alice.get(page("person_list", company.pk), {"q": text_, "site": "x", "who": "?"}).status_code == 200


def test_members_on_the_page(as_alice, company, alice):
    as_alice.post(page("member_list", company.pk), {"email": "bob@example.com", "role": "MANAGER"})
    assert "bob@example.com" in text(as_alice.get(page("member_list", company.pk)))
    mine = Member.objects.get(user=alice)
    assert "至少要有一名负责人" in text(as_alice.post(page("member_remove", company.pk, mine.pk), follow=True))


def test_sites_on_the_page(as_alice, company):
    as_alice.post(page("site_list", company.pk), {"name": "总部", "kind": "HQ"})
    hq = Site.objects.get()
    assert "已有同名的网点" in text(as_alice.post(page("site_list", company.pk), {"name": "总部", "kind": "OUTLET"}))
    as_alice.post(page("site_edit", company.pk, hq.pk), {"name": "总公司", "kind": "HQ"})
    assert "总公司" in text(as_alice.get(page("site_list", company.pk)))
