"""The holder's page: what can be done there, by whom, and what open data says."""

import json

import pytest
from django.test import Client

from certificates import lifecycle, logbook
from certificates.checks import check_keys
from certificates.models import Certificate, Petition, ShareLink
from tests.certificates.test_admin import staff
from tests.factories.certificates import make_attempt, make_certificate, make_exam, make_identity

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(alice, now) -> Certificate:
    return make_certificate(holder=alice, now=now)


@pytest.fixture
def path(certificate) -> str:
    return f"/certificates/{certificate.number}/"


def test_detail_offers_what_fits_the_state(as_alice, certificate, path, now):
    page = as_alice.get(path).content.decode()
    for words in ("下载 PDF", "打印", "数字凭证", "日志证明", "建立分享链接", "申请更正", "注销这张证书", "演示签名"):
        assert words in page

    lifecycle.revoke(certificate=certificate, reason="替考", person=None, now=now)
    page = as_alice.get(path).content.decode()
    assert "下载 PDF" not in page
    assert "提出申诉" in page
    assert "替考" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_detail_queries(rows, as_alice, certificate, path, now, django_assert_max_num_queries):
    for _ in range(rows):
        lifecycle.suspend(certificate=certificate, reason="原因", person=None, now=now)
        lifecycle.restore(certificate=certificate, reason="原因", person=None, now=now)
    as_alice.get(path)

    with django_assert_max_num_queries(9):
        as_alice.get(path)


@pytest.mark.parametrize(
    "part",
    ["", "pdf/", "credential/", "proof/", "share/", "unshare/", "public/", "petition/correction/", "withdraw/"],
)
def test_everything_is_the_holders_alone(part, as_charlie, path):
    assert as_charlie.get(path + part).status_code in (404, 405)
    assert as_charlie.post(path + part).status_code in (404, 405)
    assert Client().get(path + part).status_code == 302


def test_share_choose_and_unshare(as_alice, certificate, path):
    assert ShareLink.objects.count() == 0
    page = as_alice.post(f"{path}share/", follow=True).content.decode()
    token = ShareLink.objects.get().token
    assert f"/certificates/shared/{token}/" in page

    as_alice.post(f"{path}public/", {"shows_full_name": "on"})
    assert "张三丰" in Client().get(f"/certificates/shared/{token}/").content.decode()

    assert "已收回" in as_alice.post(f"{path}unshare/", follow=True).content.decode()
    assert Client().get(f"/certificates/shared/{token}/").status_code == 404


def test_petition_is_filed_shown_and_taken_back(as_alice, as_charlie, certificate, path):
    assert "请填写正确的姓名" in as_alice.post(f"{path}petition/correction/", {"text": "错"}).content.decode()
    said = {"wished_name": "张三峰", "text": "登记时录错"}
    page = as_alice.post(f"{path}petition/correction/", said, follow=True).content.decode()
    assert "更正姓名：处理中" in page
    assert "已有一份正在处理" in as_alice.post(f"{path}petition/correction/", said).content.decode()
    assert as_alice.get(f"{path}petition/nonsense/").status_code == 404

    cancel = f"/certificates/petitions/{Petition.objects.get().pk}/cancel/"
    assert as_charlie.post(cancel).status_code == 404
    assert "已撤回" in as_alice.post(cancel, follow=True).content.decode()
    assert "已经办结" in as_alice.post(cancel, follow=True).content.decode()


def test_withdraw_needs_the_number_typed(as_alice, certificate, path):
    assert "编号与这张证书不同" in as_alice.post(f"{path}withdraw/", {"typed": "SHFW"}).content.decode()
    assert Certificate.objects.get().status == "VALID"

    typed = certificate.number.lower().replace("-", " ")
    assert "已注销" in as_alice.post(f"{path}withdraw/", {"typed": typed}, follow=True).content.decode()
    assert Certificate.objects.get().status == "WITHDRAWN"
    assert "不能改为" in as_alice.post(f"{path}withdraw/", {"typed": typed}, follow=True).content.decode()


def test_proof_waits_for_the_log_and_is_then_a_download(as_alice, certificate, path, now):
    assert "一分钟内记入日志" in as_alice.get(f"{path}proof/", follow=True).content.decode()
    logbook.sequence(now=now)

    answer = as_alice.get(f"{path}proof/")

    assert answer["Content-Disposition"] == f'attachment; filename="{certificate.number}-log.json"'
    assert json.loads(answer.content)["facts"]["number"] == certificate.number


def test_pdf_to_print_opens_in_the_browser(as_alice, path):
    assert as_alice.get(f"{path}pdf/?inline=1")["Content-Disposition"].startswith("inline")


def test_a_deleted_accounts_certificate_still_answers(client, certificate, alice):
    Certificate.objects.update(holder=None)

    page = client.get("/certificates/verify/", {"number": certificate.number, "name": "张三丰"}).content.decode()
    assert "证书有效" in page


def test_open_data_of_the_log(client, now):
    exam = make_exam()
    assert "还没有签过树头" in client.get("/certificates/log/").content.decode()
    for _ in range(3):
        make_certificate(exam=exam, now=now)
    logbook.sequence(now=now)

    head = client.get("/certificates/log/head/")
    heads = client.get("/certificates/log/heads/").json()
    leaves = client.get("/certificates/log/leaves/").json()["leaves"]

    assert head["Access-Control-Allow-Origin"] == "*"
    assert head.content.decode().split("\n")[1] == "3"
    assert [row["size"] for row in heads["heads"]] == [3]
    assert len(leaves) == 3
    proof = client.get("/certificates/log/inclusion/", {"leaf": leaves[1], "size": 3}).json()
    assert (proof["index"], len(proof["path"])) == (1, 2)
    assert client.get("/certificates/log/consistency/", {"from": 3, "to": 3}).json()["path"] == []
    for address in ("inclusion/?size=3&leaf=00", "inclusion/", "consistency/?from=1&to=x", "consistency/"):
        assert client.get(f"/certificates/log/{address}").status_code == 404
    assert client.get("/certificates/log/leaves/?start=99999999999999999999").json()["start"] == 0
    assert heads["keys"][0] in client.get("/certificates/log/").content.decode().replace("&#x2B;", "+")


def test_production_without_keys_is_refused(settings, tmp_path):
    assert check_keys(None) == []
    settings.EMBEDDED = False
    assert [error.id for error in check_keys(None)] == ["certificates.E002", "certificates.E003", "certificates.E003"]

    key = tmp_path / "key"
    settings.CERTIFICATE_PKCS12 = settings.CREDENTIAL_KEY_FILE = settings.LOG_KEY_FILE = str(key)
    assert [error.id for error in check_keys(None)] == ["certificates.E004"] * 3
    key.touch()
    assert check_keys(None) == []


# --- Back office ------------------------------------------------------------------------------------------------------


@pytest.fixture
def _no_second_factor(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "StaffTwoFactor" not in name]


@pytest.mark.usefixtures("_no_second_factor")
def test_back_office_revokes_by_two(certificate):
    may = ("view_certificate", "change_certificate", "view_revocationrequest", "change_revocationrequest")
    (_, first), (_, second) = staff(*may), staff(*may)
    said = {"why": "MISCONDUCT", "reason": "替考"}
    assert "已提出撤销" in first.post(f"/cms/certificates/{certificate.pk}/revoke/", said, follow=True).content.decode()
    row = certificate.revocation_requests.get()
    inspect, decide = (f"/cms/certificate-revocations/{part}" for part in (f"inspect/{row.pk}/", f"{row.pk}/decide/"))

    assert "要由另一位同事复核" in first.get(inspect).content.decode()
    assert "提出的人不能复核" in first.post(decide, {"do": "approve", "text": "同意"}, follow=True).content.decode()
    assert "同意撤销" in second.get(inspect).content.decode()
    assert "请写明意见" in second.post(decide, {"do": "approve", "text": ""}, follow=True).content.decode()
    assert "已记录" in second.post(decide, {"do": "approve", "text": "证据充分"}, follow=True).content.decode()
    assert Certificate.objects.get().status == "REVOKED"
    assert second.get(decide).status_code == 404
    assert "替考" in second.get("/cms/certificate-revocations/").content.decode() or row.pk


@pytest.mark.usefixtures("_no_second_factor")
def test_back_office_answers_a_petition(as_alice, certificate, path):
    as_alice.post(f"{path}petition/correction/", {"wished_name": "张三峰", "text": "登记时录错"})
    row = Petition.objects.get()
    _, client = staff("view_certificate", "view_petition", "change_petition")
    _, reader = staff("view_petition")
    answer = f"/cms/certificate-petitions/{row.pk}/answer/"

    assert reader.post(answer, {"do": "grant", "text": "x"}).status_code in (302, 403)
    assert certificate.number in client.get("/cms/certificate-petitions/").content.decode()
    assert "登记时录错" in client.get(f"/cms/certificate-petitions/inspect/{row.pk}/").content.decode()
    client.post(answer, {"do": "grant", "text": "已核对证件"})

    assert Certificate.objects.get(pk=certificate.pk).status == "REPLACED"
    assert "已被新证替代" in as_alice.get(path).content.decode()


@pytest.mark.usefixtures("_no_second_factor")
def test_bulk_change_previews_then_acts(certificate, now):
    other = make_certificate(now=now)
    lifecycle.suspend(certificate=other, reason="核查", person=None, now=now)
    _, client = staff("view_certificate", "change_certificate")
    said = {
        "numbers": f"{certificate.number}\n{other.number}\nSHFW-2026-AAAAAAAA-A\n",
        "action": "suspend",
        "why": "INVESTIGATION",
        "reason": "批量核查",
    }

    preview = client.post("/cms/certificates/bulk/", said).content.decode()
    assert "1 张会变更" in preview
    assert "登记簿里没有这个编号" in preview
    assert "不能暂停" in preview
    assert Certificate.objects.filter(status="SUSPENDED").count() == 1

    done = client.post("/cms/certificates/bulk/", said | {"confirm": "yes"}, follow=True).content.decode()
    assert "1 张已暂停，2 张不适用，0 张被拒绝" in done
    assert Certificate.objects.filter(status="SUSPENDED").count() == 2
    assert (
        "一次最多 500 个"
        in client.post(
            "/cms/certificates/bulk/", said | {"numbers": "\n".join(str(n) for n in range(501))}
        ).content.decode()
    )


def test_certificate_list_promises_nothing_automatic_where_somebody_approves(as_alice, alice, now, settings):
    settings.CERTIFICATE_APPROVAL = True
    empty = as_alice.get("/certificates/").content.decode()
    make_attempt(candidate=alice, now=now)
    nameless = as_alice.get("/certificates/").content.decode()
    make_identity(user=alice, now=now)
    waiting = as_alice.get("/certificates/").content.decode()

    assert "由机构审核签发" in empty
    assert "证书交机构审核" in nameless
    assert "证书正在等待审核" in waiting
    assert "自动签发" not in empty + nameless + waiting
