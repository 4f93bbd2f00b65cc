"""Evidence packs, their files, links and visits. docs/rules/evidence.md, E1-E11"""

import csv
import re
from datetime import date, timedelta
from io import BytesIO, StringIO

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pyhanko.pdf_utils.reader import PdfFileReader
from python_calamine import load_workbook

from certificates import lifecycle
from certificates.models import StatusChange
from certificates.staffing import ratio
from certificates.staffing.evidence import links, packs, printing, sheets
from certificates.staffing.models import EvidenceLink, EvidencePack, EvidenceVisit, Member, Person
from tests.factories.companies import make_company, make_member, make_person, make_site
from tests.factories.staffing import make_register

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 22)
NUMBER = "SHFW-2025-U3A52FZQ-T"  # 林晓岚, 2025-06-10 to 2028-06-09


@pytest.fixture(autouse=True)
def clock(now):
    cache.clear()  # the counters of the limits
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def register(now):
    return make_register(now=now)


@pytest.fixture
def company(alice, register):
    company = make_company(owner=alice, name="某某服务有限公司")
    site = make_site(company=company)
    make_person(company=company, name="林晓岚", certificate_number=NUMBER, site=site)
    make_person(company=company, name="甲", site=site)
    make_person(company=company, name="乙", certificate_number="SHFW-0000-XXXXXXXX-X")
    return company


@pytest.fixture
def pack(company, alice, now):
    return packs.freeze(company=company, as_of=DAY, by=alice, now=now)


@pytest.fixture
def link(pack, alice, now):
    return links.share(pack=pack, recipient="某认证机构", days=14, by=alice, now=now)


def shared(client, link, **query):
    return client.get(reverse("staffing:evidence_shared", args=[link.token]), query)


# --- Freezing -------------------------------------------------------------------------------------------------------


def test_freeze_keeps_figures_people_and_sites(pack, register):
    assert re.fullmatch(r"PZ-20261122-[0-9A-F]{8}", pack.reference)
    assert (pack.company_name, pack.as_of_date, pack.rule_version) == ("某某服务有限公司", DAY, ratio.RULE_VERSION)
    assert (pack.people, pack.managers, pack.required, pack.held, pack.gap) == (3, 3, 1, 1, 0)
    assert (pack.points_centi, pack.first_breach_date) == (500, date(2028, 6, 10))
    assert pack.rows == [
        {
            "name": "林晓岚",
            "site": "城东网点",
            "number": NUMBER,
            "id_masked": register[NUMBER].holder_id_masked,
            "issued_date": "2025-06-10",
            "valid_until": "2028-06-09",
            "state": "有效",
        }
    ]
    assert pack.sites == [{"name": "城东网点", "managers": 2, "held": 1}, {"name": "", "managers": 1, "held": 0}]


def test_frozen_pack_does_not_follow_the_roster(pack, company, alice, now):
    Person.objects.filter(company=company, name="林晓岚").update(certificate_number="")

    again = packs.freeze(company=company, as_of=DAY, by=alice, now=now)
    pack.refresh_from_db()

    assert (pack.held, again.held) == (1, 0)
    assert pack.roster_sha256 != again.roster_sha256


def test_pdf_is_signed_and_stays_the_same(pack):
    content = packs.signed_pdf(pack)

    signatures = PdfFileReader(BytesIO(content)).embedded_signatures
    assert len(signatures) == 1
    assert signatures[0].sig_object["/Reason"] == "配置清单签发"
    assert packs.signed_pdf(pack) == content
    assert printing.print_pdf(pack) == printing.print_pdf(pack)


def test_a_character_without_a_glyph_is_refused_and_nothing_kept(company, alice, now):
    company.name = "某某\U0001f600公司"

    with pytest.raises(printing.CharacterMissing):
        packs.freeze(company=company, as_of=DAY, by=alice, now=now)

    assert not EvidencePack.objects.exists()


def test_no_managers_no_pack(alice, now):
    with pytest.raises(ratio.NoManagers):
        packs.freeze(company=make_company(owner=alice), as_of=DAY, by=alice, now=now)


def test_twenty_packs_a_day_are_enough(company, pack, alice, now, monkeypatch):
    monkeypatch.setattr(packs, "MOST_A_DAY", 1)

    with pytest.raises(packs.TooManyPacks):
        packs.freeze(company=company, as_of=DAY, by=alice, now=now)
    packs.freeze(company=company, as_of=DAY, by=alice, now=now + timedelta(days=1))


def test_more_people_than_a_pack_holds_are_refused(company, alice, now, monkeypatch):
    monkeypatch.setattr(packs, "MOST_PEOPLE", 0)

    with pytest.raises(packs.TooManyPeople):
        packs.freeze(company=company, as_of=DAY, by=alice, now=now)


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        (DAY, "按生成时的资料，2028-06-10 起会不足。"),
        (date(2028, 6, 10), "基准日缺 1 名；评价方法也允许不足即全扣，最坏情况得 0 分。"),
    ],
)
def test_sentences_say_what_the_figures_mean(company, alice, now, as_of, said):
    pack = packs.freeze(company=company, as_of=as_of, by=alice, now=now)

    assert printing.sentences(pack)[-1] == said
    assert (printing.sentences(pack)[0] == "基准日在生成日之后，按生成时的资料推算。") is (as_of > DAY)


# --- Files ----------------------------------------------------------------------------------------------------------


def test_csv_and_xlsx_say_the_same(pack):
    rows = list(csv.reader(StringIO(sheets.csv_text(pack).decode("utf-8-sig"))))
    book = load_workbook(BytesIO(sheets.workbook(pack)))
    sheet = book.get_sheet_by_name("配置清单").to_python()

    at = rows.index(list(sheets.COLUMNS))
    assert rows[at + 1 :] == sheet[1:]
    assert sheet[1][:7] == ["林晓岚", pack.rows[0]["id_masked"], NUMBER, "2025-06-10", "2028-06-09", "有效", "城东网点"]
    assert book.sheet_names == ["配置清单", "按网点", "说明"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_stay_texts(pack, text):
    pack.rows[0]["site"] = text

    rows = csv.reader(StringIO(sheets.csv_text(pack).decode("utf-8-sig")))
    cells = [cell for row in rows for cell in row]
    sheet = load_workbook(BytesIO(sheets.workbook(pack))).get_sheet_by_name("配置清单").to_python()

    assert not any(cell.startswith(sheets.DANGEROUS) for cell in cells)
    assert f"'{text}" in cells
    assert sheet[1][6].strip() == text.strip()


# --- Links ----------------------------------------------------------------------------------------------------------


def test_link_shows_the_pack_and_records_the_visit(client, link):
    address = reverse("staffing:evidence_shared", args=[link.token])
    response = client.get(address, REMOTE_ADDR="203.0.113.9", headers={"User-Agent": "评审" * 200})

    assert response.status_code == 200
    assert "某某服务有限公司" in response.text
    assert (response["X-Robots-Tag"], response["Referrer-Policy"]) == ("noindex", "no-referrer")
    visit = EvidenceVisit.objects.get()
    assert (visit.what, visit.network, len(visit.user_agent)) == ("PAGE", "203.0.113.0/24", 200)


@pytest.mark.parametrize(
    ("address", "network"), [("203.0.113.9", "203.0.113.0/24"), ("2001:db8::1:2:3:4", "2001:db8:0:0::/64")]
)
def test_network_leaves_out_the_last_part(address, network):
    assert links.network_of(address) == network.replace(":0:0::", "::")


@pytest.mark.parametrize(("kind", "what"), [("pdf", "PDF"), ("xlsx", "XLSX"), ("csv", "CSV")])
def test_link_gives_the_files(client, link, kind, what):
    response = client.get(reverse("staffing:evidence_shared_file", args=[link.token, kind]))

    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert EvidenceVisit.objects.get().what == what


def test_ended_link_shows_nothing_and_looks_like_a_wrong_one(client, link, alice, now):
    links.revoke(link=link, by=alice, now=now)
    ended = shared(client, link)
    wrong = client.get(reverse("staffing:evidence_shared", args=["x" * 43]))

    assert (ended.status_code, wrong.status_code) == (404, 404)
    assert ended.text == wrong.text
    assert "某某服务" not in ended.text
    assert client.get(reverse("staffing:evidence_shared_file", args=[link.token, "csv"])).status_code == 404
    assert set(EvidenceVisit.objects.values_list("what", flat=True)) == {"REFUSED"}


def test_link_expires_on_the_second(client, link, time_machine):
    time_machine.move_to(link.expires_at - timedelta(seconds=1), tick=False)
    assert shared(client, link).status_code == 200
    time_machine.move_to(link.expires_at, tick=False)
    assert shared(client, link).status_code == 404


def test_link_page_shows_the_present_beside_the_frozen(client, link, register, alice, now):
    assert not shared(client, link).context["live"].has_changed
    lifecycle.suspend(
        certificate=register[NUMBER], why=StatusChange.ReasonClass.INVESTIGATION, reason="核查", person=alice, now=now
    )

    response = shared(client, link)
    live = response.context["live"]

    assert (live.people[0].is_in_force, live.people[0].is_counted, live.staffing.held) == (False, False, 0)
    assert "名单里有人的情况和冻结时不同" in response.text


def test_link_page_without_managers_now_shows_the_states_only(client, link, company):
    Person.objects.filter(company=company).update(first_is_manager=False)

    live = shared(client, link).context["live"]

    assert (live.staffing, live.people[0].is_counted, live.people[0].is_in_force) == (None, None, True)


def test_guessing_is_slowed_down(client):
    codes = [client.get(reverse("staffing:evidence_shared", args=["x" * 43])).status_code for _ in range(31)]

    assert codes == [404] * 30 + [429]


def test_links_have_a_number_and_a_length(pack, link, alice, now, monkeypatch):
    monkeypatch.setattr(links, "MOST_OPEN", 1)

    with pytest.raises(links.TooManyLinks):
        links.share(pack=pack, recipient="另一个", days=1, by=alice, now=now)
    with pytest.raises(ValueError, match="days"):
        links.share(pack=pack, recipient="另一个", days=91, by=alice, now=now)
    links.revoke(link=link, by=alice, now=now)
    links.share(pack=pack, recipient="另一个", days=90, by=alice, now=now)


def test_revoking_twice_keeps_the_first(link, alice, charlie, now):
    links.revoke(link=link, by=alice, now=now)
    again = links.revoke(link=link, by=charlie, now=now + timedelta(hours=1))

    assert (again.revoked_by, again.revoked_at) == (alice, now)


# --- Pages of the company -------------------------------------------------------------------------------------------


def test_evidence_journey(as_alice, company):
    assert "还没有清单" in as_alice.get(reverse("staffing:evidence_list", args=[company.pk])).text

    made = as_alice.post(reverse("staffing:evidence_create", args=[company.pk]), {"as_of_date": "2026-11-22"})
    pack = EvidencePack.objects.get()
    assert made.url == reverse("staffing:evidence_detail", args=[company.pk, pack.pk])
    as_alice.post(reverse("staffing:evidence_share", args=[company.pk, pack.pk]), {"recipient": "机构", "days": "7"})
    link = EvidenceLink.objects.get()
    assert link.token in as_alice.get(made.url).text
    as_alice.post(reverse("staffing:evidence_revoke", args=[company.pk, link.pk]))
    link.refresh_from_db()

    assert link.revoked_at
    assert pack.reference in as_alice.get(reverse("staffing:evidence_list", args=[company.pk])).text


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, "请选择基准日。"),
        ({"as_of_date": "1999-12-31"}, "基准日应在"),
        ({"as_of_date": "很快"}, "请写成 2026-11-22 这样的日期。"),
        ({"as_of_date": "2019-01-01"}, "服务管理人员为 0 名"),
    ],
)
def test_create_refuses_in_words(as_alice, company, data, error):
    response = as_alice.post(reverse("staffing:evidence_create", args=[company.pk]), data)

    assert error in response.text
    assert not EvidencePack.objects.exists()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"recipient": "", "days": "7"}, "请写明给谁"),
        ({"recipient": "机构", "days": "0"}, "至少 1 天。"),
        ({"recipient": "机构", "days": "91"}, "最多 90 天。"),
        ({"recipient": "机构", "days": "x"}, "请填写整数。"),
        ({"recipient": "机构\x00", "days": "7"}, "没有提交成功"),
    ],
)
def test_share_refuses_in_words(as_alice, company, pack, data, error):
    response = as_alice.post(reverse("staffing:evidence_share", args=[company.pk, pack.pk]), data)

    assert (response.status_code, error in response.text) == (400, True)
    assert not EvidenceLink.objects.exists()


def test_viewer_looks_but_makes_nothing_and_sees_no_address(as_charlie, company, pack, link, charlie):
    make_member(company=company, user=charlie, role=Member.Role.VIEWER)
    detail = as_charlie.get(reverse("staffing:evidence_detail", args=[company.pk, pack.pk]))

    assert detail.status_code == 200
    assert link.token not in detail.text
    assert as_charlie.get(reverse("staffing:evidence_file", args=[company.pk, pack.pk, "pdf"])).status_code == 200
    for name, arg in (("evidence_share", pack.pk), ("evidence_revoke", link.pk)):
        assert as_charlie.post(reverse(f"staffing:{name}", args=[company.pk, arg])).status_code == 404
    assert as_charlie.post(reverse("staffing:evidence_create", args=[company.pk])).status_code == 404


def test_stranger_and_other_company_find_nothing(as_charlie, company, pack, link, charlie):
    other = make_company(owner=charlie)
    addresses = [
        reverse(f"staffing:{name}", args=[owner.pk, *rest])
        for owner in (company, other)
        for name, *rest in (
            ("evidence_detail", pack.pk),
            ("evidence_share", pack.pk),
            ("evidence_file", pack.pk, "pdf"),
            ("evidence_revoke", link.pk),
        )
    ]
    codes = {path: {as_charlie.get(path).status_code, as_charlie.post(path).status_code} for path in addresses}

    assert {path: seen for path, seen in codes.items() if not seen <= {404, 405}} == {}
    assert as_charlie.get(reverse("staffing:evidence_list", args=[company.pk])).status_code == 404


def test_unknown_kind_of_file_is_404(as_alice, client, company, pack, link):
    assert as_alice.get(reverse("staffing:evidence_file", args=[company.pk, pack.pk, "exe"])).status_code == 404
    assert client.get(reverse("staffing:evidence_shared_file", args=[link.token, "exe"])).status_code == 404


@pytest.mark.parametrize("name", ["evidence_list", "evidence_detail", "evidence_shared"])
def test_queries_do_not_grow(as_alice, company, pack, alice, now, name):
    def address() -> str:
        link = links.share(pack=pack, recipient="机构", days=7, by=alice, now=now)
        links.visit(link=link, what=links.What.PAGE, address="203.0.113.9", user_agent="", now=now)
        packs.freeze(company=company, as_of=DAY, by=alice, now=now)
        own = {"evidence_list": [company.pk], "evidence_detail": [company.pk, pack.pk]}
        return reverse(f"staffing:{name}", args=own.get(name, [link.token]))

    counts = []
    for _ in range(2):
        path = address()
        as_alice.get(path)
        with CaptureQueriesContext(connection) as queries:
            as_alice.get(path)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 20
