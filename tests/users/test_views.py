"""The profile and identity pages."""

import pytest
from django.test import Client
from django.urls import reverse

from lms.users import consents, identity, roles
from lms.users.models import Consent, Identity
from tests.factories.users import make_id_number, make_identity

PROFILE, IDENTITY, WITHDRAW = (
    "/accounts/profile/",
    "/accounts/profile/identity/",
    "/accounts/profile/identity/withdraw/",
)
NUMBER = "11010519491231002X"
FILLED = {"real_name": "阿依古丽•麦麦提", "id_number": "１１０１０５１９４９１２３１００２ｘ", "agrees": "on"}


def test_profile_shows_the_account(as_alice, alice, now):
    roles.join(user=alice, role=roles.LEARNER)
    make_identity(user=alice, real_name="张三", id_number=NUMBER, now=now)

    text = as_alice.get(PROFILE).text

    for shown in ("alice@example.com", "张三", "110***********002X", "处理证件号", "2026-11-22 14:03", "学员"):
        assert shown in text
    assert NUMBER not in text


def test_profile_without_anything_says_what_to_do(as_alice):
    text = as_alice.get(PROFILE).text

    assert "填写实名信息" in text
    assert "没有角色" in text
    assert "没有记录。" in text


def test_profile_changes_the_name(as_alice, alice):
    response = as_alice.post(PROFILE, {"name": " 小陈 ", "email": "evil@example.com", "is_staff": "on"})

    alice.refresh_from_db()
    assert response.url == PROFILE
    assert (alice.name, alice.email, alice.is_staff) == ("小陈", "alice@example.com", False)


@pytest.mark.parametrize(
    ("name", "message"), [("", "请填写这一项。"), ("字" * 51, "最多 50 个字"), ("甲\x07乙", "含有看不见的控制字符")]
)
def test_profile_refuses_a_bad_name(as_alice, alice, name, message):
    response = as_alice.post(PROFILE, {"name": name})

    alice.refresh_from_db()
    assert message in response.text
    assert alice.name == "学员甲"


@pytest.mark.parametrize("rows", [1, 3])
def test_profile_asks_the_same_however_many_consents(as_alice, alice, now, rows, django_assert_num_queries):
    for n in range(rows):
        consents.give(user=alice, purpose=Consent.Purpose.TERMS, version=str(n), ip=None, now=now)

    with django_assert_num_queries(8):
        as_alice.get(PROFILE)


def test_identity_is_recorded_with_its_consent(as_alice, alice):
    response = as_alice.post(IDENTITY, FILLED, follow=True)

    saved, consent = Identity.objects.get(), Consent.objects.get()
    assert (saved.user, saved.real_name, identity.number_of(saved)) == (alice, "阿依古丽·麦麦提", NUMBER)
    assert (consent.purpose, consent.version, consent.ip) == ("IDENTITY", identity.CONSENT_VERSION, "127.0.0.1")
    assert "110***********002X" in response.text
    assert NUMBER not in response.text


@pytest.mark.parametrize(
    ("target", "arrives"),
    [("/exams/1/", "/exams/1/"), ("https://evil.example/", IDENTITY), ("//evil.example", IDENTITY), ("", IDENTITY)],
)
def test_identity_leads_back_to_pages_of_this_site_only(as_alice, target, arrives):
    assert as_alice.post(IDENTITY, {**FILLED, "next": target}).url == arrives


def test_identity_consent_is_separate_and_unticked(as_alice):
    response = as_alice.get(IDENTITY)

    assert response.context["form"]["agrees"].value() is None
    assert identity.CONSENT_TEXT in response.text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"agrees": ""}, "处理证件号需要你的单独同意。"),
        ({"real_name": "张3"}, "姓名只能写汉字"),
        ({"real_name": "赵" * 201}, "最多 200 个字，现在有 201 个。"),
        ({"real_name": ""}, "请填写这一项。"),
        ({"id_number": "1101051949"}, "证件号应为 18 位，你输入了 10 位。"),
        ({"id_number": "110105194912310020"}, "证件号的校验位不对"),
        ({"id_number": "110105194902310021"}, "“19490231”不是有效的出生日期"),
        ({"id_number": "<script>alert(1)</script>"}, "证件号应为 18 位，你输入了 25 位。"),
        ({"id_number": "1\x00"}, "含有看不见的空字符"),
    ],
)
def test_identity_refuses_in_chinese(as_alice, changes, message):
    response = as_alice.post(IDENTITY, FILLED | changes)

    assert response.status_code == 200
    assert message in response.text
    assert not Identity.objects.exists()
    assert not Consent.objects.exists()


def test_identity_refuses_the_number_of_another_account(as_alice, charlie, now):
    make_identity(user=charlie, id_number=NUMBER, now=now)

    response = as_alice.post(IDENTITY, FILLED)

    assert "这个证件号已在另一个账号登记。" in response.text
    assert charlie.email not in response.text


def test_identity_can_be_corrected_until_locked(as_alice, alice, now):
    make_identity(user=alice, real_name="张山", now=now)
    as_alice.post(IDENTITY, FILLED | {"real_name": "张三"})
    assert Identity.objects.get().real_name == "张三"
    identity.lock(user=alice, now=now)

    page, refused = as_alice.get(IDENTITY), as_alice.post(IDENTITY, FILLED | {"real_name": "李四"})

    assert "请联系客服更正" in page.text
    assert 'name="id_number"' not in page.text
    assert "请联系客服更正" in refused.text
    assert Identity.objects.get().real_name == "张三"


def test_identity_attempts_are_limited(as_alice):
    wrong = FILLED | {"id_number": "1"}

    answers = [as_alice.post(IDENTITY, wrong).status_code for _ in range(21)]

    assert answers == [200] * 20 + [429]
    assert as_alice.get(IDENTITY).status_code == 200


def test_identity_withdraw_deletes(as_alice, alice, charlie, now):
    make_identity(user=alice, now=now)
    make_identity(user=charlie, now=now)

    response = as_alice.post(WITHDRAW, follow=True)

    assert "已撤回同意，实名信息已删除。" in response.text
    assert [row.user for row in Identity.objects.all()] == [charlie]


def test_identity_withdraw_refuses_when_locked(as_alice, alice, now):
    make_identity(user=alice, now=now)
    identity.lock(user=alice, now=now)

    response = as_alice.post(WITHDRAW, follow=True)

    assert "不能自行修改或撤回" in response.text
    assert Identity.objects.exists()


def test_identity_withdraw_takes_only_post(as_alice):
    assert as_alice.get(WITHDRAW).status_code == 405


def test_identity_of_others_is_never_shown(as_charlie, alice, now):
    make_identity(user=alice, real_name="张三丰", id_number=make_id_number(), now=now)

    assert "张三丰" not in as_charlie.get(PROFILE).text + as_charlie.get(IDENTITY).text


@pytest.mark.parametrize("name", ["users:profile", "users:identity", "users:identity_withdraw"])
def test_pages_need_a_login(db, name):
    url = reverse(name)

    assert Client().post(url).url == f"/accounts/login/?next={url}"
