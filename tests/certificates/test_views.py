from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from certificates import lifecycle, numbering
from tests.factories.certificates import make_attempt, make_certificate, make_exam, make_identity

pytestmark = pytest.mark.django_db
VERIFY = "/certificates/verify/"
JSON = {"Accept": "application/json"}
KEYS = {
    "found", "number", "status", "status_label", "status_since", "name_masked", "title", "course",
    "course_revision", "status_reason", "replaced_by", "renewed_by", "log", "log_label", "exam", "score",
    "standard", "study_hours", "issuer", "issued_date", "valid_until", "serial", "disclaimer", "message",
}  # fmt: skip


def pdf_url(certificate) -> str:
    return reverse("certificates:certificate_pdf", args=[certificate.number])


def test_certificate_list_empty_says_what_to_do(as_alice):
    page = as_alice.get("/certificates/").content.decode()

    assert "还没有证书" in page
    assert 'href="/learn/"' in page


def test_certificate_list_shows_mine_only(as_alice, alice, charlie, now):
    mine, other = make_certificate(holder=alice, now=now), make_certificate(holder=charlie, now=now)

    page = as_alice.get("/certificates/").content.decode()

    assert mine.number in page
    assert "有效" in page
    assert "2026-11-22 至 2029-11-21" in page
    assert other.number not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_certificate_list_queries(rows, as_alice, alice, now, django_assert_num_queries):
    for _ in range(rows):
        make_certificate(holder=alice, now=now)
    as_alice.get("/certificates/")

    with django_assert_num_queries(6):  # session, user, count, certificates, changes, waiting
        as_alice.get("/certificates/")


def test_certificate_list_is_paginated(as_alice, alice, now):
    exam = make_exam()
    for _ in range(11):
        make_certificate(holder=alice, exam=exam, now=now)

    assert as_alice.get("/certificates/").content.decode().count("证书编号</dt>") == 10
    assert as_alice.get("/certificates/?page=2").content.decode().count("证书编号</dt>") == 1
    assert as_alice.get("/certificates/?page=x").status_code == 200


def test_certificate_list_asks_for_the_identity_that_is_missing(as_alice, alice, now):
    make_attempt(candidate=alice, now=now)

    assert reverse("users:identity") in as_alice.get("/certificates/").content.decode()

    make_identity(user=alice, now=now)
    assert "证书正在签发" in as_alice.get("/certificates/").content.decode()


def test_certificate_list_gives_the_reason_and_no_download_of_what_is_revoked(as_alice, alice, now):
    certificate = make_certificate(holder=alice, now=now)
    lifecycle.revoke(certificate=certificate, reason="成绩更正后不合格", person=None, now=now)

    page = as_alice.get("/certificates/").content.decode()

    assert "成绩更正后不合格" in page
    assert pdf_url(certificate) not in page


def test_certificate_pdf_for_its_holder(as_alice, alice, now):
    certificate = make_certificate(holder=alice, now=now)

    answer = as_alice.get(pdf_url(certificate))

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.7")
    name = f"售后服务管理师培训考核合格证书-{certificate.number}.pdf"
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote(name)}"
    assert answer["Cache-Control"] == "private, no-cache"
    again = as_alice.get(pdf_url(certificate), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_certificate_pdf_is_nobody_elses(as_charlie, alice, now):
    certificate = make_certificate(holder=alice, now=now)

    assert as_charlie.get(pdf_url(certificate)).status_code == 404
    assert as_charlie.get("/certificates/nonsense/pdf/").status_code == 404
    assert Client().get(pdf_url(certificate)).status_code == 302


def test_certificate_pdf_of_a_revoked_certificate_is_refused_with_words(as_alice, alice, now):
    certificate = make_certificate(holder=alice, now=now)
    etag = as_alice.get(pdf_url(certificate))["ETag"]
    lifecycle.revoke(certificate=certificate, reason="原因", person=None, now=now)

    answer = as_alice.get(pdf_url(certificate), headers={"If-None-Match": etag}, follow=True)

    assert answer.redirect_chain == [("/certificates/", 302)]
    assert "证书现在是“撤销”，不提供下载" in answer.content.decode()


def test_verify_shows_a_form_to_everybody(client):
    answer = client.get(VERIFY)

    assert answer.status_code == 200
    assert "证书编号" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "is_hidden"), [("", False), ("?number=SHFW-2026-000001", True), ("?name=x&number=y", True)]
)
def test_verify_lets_search_engines_list_the_empty_form_only(query, is_hidden, client):
    html = client.get(reverse("certificates:verify") + query).content.decode()

    assert ('content="noindex"' in html) == is_hidden


def test_verify_by_qr_code_asks_for_the_name_first(client, now):
    certificate = make_certificate(now=now)

    page = client.get(f"{VERIFY}{certificate.number}/").content.decode()

    assert f'value="{certificate.number}"' in page
    assert "请再填写证书上的持证人姓名" in page
    assert "2029-11-21" not in page
    assert "有效期至" not in page


def test_verify_shows_every_fact_masked(client, now):
    certificate = make_certificate(now=now)

    page = client.get(VERIFY, {"number": certificate.number, "name": "张三丰"}).content.decode()

    for fact in (
        certificate.number,
        "张*丰",
        "有效",
        "2026-11-22",
        "2029-11-21",
        certificate.course_title,
        "第 1 版",
        "85/100",
        certificate.exam_title,
        certificate.standard,
        certificate.issuer,
        "不属于国家职业资格证书",
    ):
        assert fact in page
    assert certificate.holder_id_masked not in page
    assert "<dd>张三丰</dd>" not in page


def test_verify_as_json(client, now):
    certificate = make_certificate(now=now)

    answer = client.get(VERIFY, {"number": certificate.number.lower(), "name": " 张三丰 "}, headers=JSON)

    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == KEYS
    assert {key: body[key] for key in ("found", "number", "status", "status_label", "name_masked", "study_hours")} == {
        "found": True,
        "number": certificate.number,
        "status": "VALID",
        "status_label": "有效",
        "name_masked": "张*丰",
        "study_hours": certificate.study_hours,
    }
    assert "Accept" in answer["Vary"]
    assert "no-store" in answer["Cache-Control"]


def test_verify_gives_one_answer_to_unknown_number_and_wrong_name(client, now):
    certificate = make_certificate(now=now)
    pairs = [(certificate.number, "李四"), (numbering.draw(year=2026), "张三丰"), (numbering.draw(year=2026), "李四")]

    answers = [client.get(VERIFY, {"number": n, "name": name}, headers=JSON) for n, name in pairs]
    pages = [
        client.get(VERIFY, {"number": n, "name": name}).content.decode().replace(n, "#").replace(name, "@")
        for n, name in pairs
    ]

    assert {(a.status_code, a.content) for a in answers} == {(200, answers[0].content)}
    assert answers[0].json()["found"] is False
    assert len(set(pages)) == 1
    assert "没有查到" in pages[0]


def test_verify_hints_at_a_misspelt_number(client):
    page = client.get(VERIFY, {"number": "SHFW-2026-00000000-0", "name": "张三丰"}).content.decode()

    assert "没有查到" in page
    assert "末位校验不对" in page


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"number": ""},
        {"number": "", "name": ""},
        {"number": "x" * 500, "name": "张"},
        {"number": "1", "name": "\0"},
    ],
)
def test_verify_refuses_half_a_question(query, client):
    answer = client.get(VERIFY, query, headers=JSON)

    assert (answer.status_code, answer.json()["found"]) == (400, None)
    assert set(answer.json()) == KEYS
    assert client.get(VERIFY, query).status_code in (200, 400)


def test_verify_tells_the_state(client, now, alice):
    certificate = make_certificate(now=now)
    query = {"number": certificate.number, "name": "张三丰"}
    lifecycle.suspend(certificate=certificate, reason="内部原因不外传", person=alice, now=now)

    page = client.get(VERIFY, query).content.decode()

    assert "证书已暂停，恢复之前不应采信。" in page
    assert "内部原因不外传" not in page
    assert client.get(VERIFY, query, headers=JSON).json()["status"] == "SUSPENDED"


def test_verify_says_expired_by_date(client, now, time_machine):
    certificate = make_certificate(now=now)
    time_machine.move_to("2029-11-22T00:00:01+08:00")

    body = client.get(VERIFY, {"number": certificate.number, "name": "张三丰"}, headers=JSON).json()

    assert (body["status"], body["status_label"]) == ("EXPIRED", "已过期")


def test_verify_stops_counting_machines_at_twenty_a_minute(client, time_machine):
    time_machine.move_to("2026-11-22T12:00:00+08:00", tick=False)
    query = {"number": numbering.draw(year=2026), "name": "张三丰"}

    assert {client.get(VERIFY, query).status_code for _ in range(20)} == {200}

    page, body = client.get(VERIFY, query), client.get(VERIFY, query, headers=JSON)
    assert (page.status_code, body.status_code, body["Retry-After"]) == (429, 429, "60")
    assert "查询太频繁" in page.content.decode()
    assert (body.json()["found"], "查询太频繁" in body.json()["message"]) == (None, True)
    assert client.get(VERIFY, query, REMOTE_ADDR="192.0.2.9").status_code == 200
    assert client.get(VERIFY).status_code == 200  # the form itself is never refused

    time_machine.move_to("2026-11-22T12:01:00+08:00", tick=False)
    assert client.get(VERIFY, query).status_code == 200


def test_verify_counts_an_ipv6_network_as_one(client, time_machine):
    time_machine.move_to("2026-11-22T12:00:00+08:00", tick=False)
    query = {"number": numbering.draw(year=2026), "name": "张三丰"}

    codes = [client.get(VERIFY, query, REMOTE_ADDR=f"2001:db8::{n:x}").status_code for n in range(1, 22)]

    assert codes == [200] * 20 + [429]


def test_verify_is_read_only(client):
    assert client.post(VERIFY).status_code == 405
