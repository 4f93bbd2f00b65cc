"""Signing up and in, and the mails: allauth's journeys in our words."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client
from django.urls import reverse

from lms.users import roles, vault
from lms.users.models import Consent, User
from tests.factories.users import PASSWORD, UserFactory, make_staff, verify_email

pytestmark = pytest.mark.django_db

ENGLISH = re.compile(r"[A-Za-z]{4,} [a-z]{2,} [a-z]{2,}")
SIGNUP = {
    "name": "小陈",
    "email": "New@Example.com",
    "password1": "zhongwen mima",
    "password2": "zhongwen mima",
    "accepts_terms": "on",
}


def signup(client: Client, **changes: str):
    return client.post(reverse("account_signup"), SIGNUP | changes)


def totp_code(user: User) -> str:
    secret = vault.decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def link_in(message) -> str:
    return re.search(r"http://testserver(/\S+/)\n", message.body)[1]


def main_text(response) -> str:
    main = response.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"<[^>]+>", " ", main)


def test_signup_makes_a_learner_who_agreed(client, settings):
    response = signup(client)

    user = User.objects.get()
    consent = Consent.objects.get()
    assert response.url == reverse("account_email_verification_sent")
    assert (user.email, user.name, user.is_staff) == ("new@example.com", "小陈", False)
    assert [group.name for group in user.groups.all()] == ["学员"]
    assert (consent.purpose, consent.version, consent.ip) == ("TERMS", settings.TERMS_VERSION, "127.0.0.1")


def test_signup_mail_confirms_the_address_and_signs_in(client):
    signup(client)
    message = mail.outbox[0]

    assert (message.subject, message.to) == ("【售后服务管理师】请验证你的邮箱，完成注册", ["new@example.com"])
    assert "小陈" not in message.body
    assert client.get("/accounts/profile/").status_code == 302
    assert "new@example.com" in client.get(link_in(message)).text
    assert client.post(link_in(message)).url == reverse("learn")
    assert EmailAddress.objects.get().verified
    assert client.get("/accounts/profile/").status_code == 200


def test_signup_link_in_another_browser_does_not_sign_in(client):
    signup(client)
    other = Client()

    assert other.post(link_in(mail.outbox[0])).url == "/accounts/login/"
    assert other.get("/accounts/profile/").status_code == 302


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"accepts_terms": ""}, "请阅读并勾选同意《用户协议》和《隐私政策》，否则不能注册。"),
        ({"name": ""}, "请填写这一项。"),
        ({"name": "字" * 51}, "最多 50 个字，现在有 51 个。"),
        ({"name": "甲\u202e乙"}, "含有看不见的控制字符，请手工重新输入。"),
        ({"name": "甲\n请访问 http://evil.example"}, "含有看不见的控制字符，请手工重新输入。"),
        ({"email": "nobody"}, "邮箱格式不对，请写成 name@example.com 的样子。"),
        ({"email": "a" * 250 + "@example.com"}, "最多 254 个字，现在有 262 个。"),
        ({"password1": "short", "password2": "short"}, "密码太短，至少要 10 个字符。"),
        ({"password1": "2026112212", "password2": "2026112212"}, "密码不能只有数字，请加上字母或文字。"),
        ({"password1": "password123", "password2": "password123"}, "这是很多人在用的常见密码，请换一个。"),
        ({"password1": "new@example.com", "password2": "new@example.com"}, "密码与电子邮箱太相近，请换一个。"),
        ({"password2": "another one"}, "两次输入的密码不一样，请重新输入。"),
        ({"email": "a\x00b@example.com"}, "含有看不见的空字符，请手工重新输入。"),
    ],
)
def test_signup_refuses_in_chinese(client, changes, message):
    response = signup(client, **changes)

    assert response.status_code == 200
    assert message in response.text
    assert not User.objects.exists()


def test_signup_box_is_not_ticked_beforehand(client):
    box = re.search(r"<input[^>]*accepts_terms[^>]*>", client.get(reverse("account_signup")).text)[0]

    assert "checked" not in box


def test_signup_with_a_known_address_tells_only_its_owner(client, alice):
    verify_email(alice)

    response = signup(client, email="ALICE@example.com")

    assert response.url == reverse("account_email_verification_sent")
    assert User.objects.get() == alice
    assert (mail.outbox[0].subject, mail.outbox[0].to) == ("【售后服务管理师】你已经有账号了", ["alice@example.com"])


def test_login_needs_a_verified_address(client, alice):
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True)

    response = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})

    assert response.url == reverse("account_email_verification_sent")
    assert mail.outbox[0].subject == "【售后服务管理师】请验证你的邮箱"
    assert client.get("/accounts/profile/").status_code == 302


def test_login_and_logout(client, alice):
    verify_email(alice)

    assert client.post("/accounts/login/", {"login": "ALICE@example.com", "password": PASSWORD}).url == reverse("learn")
    assert client.post("/accounts/logout/").url == "/"
    assert client.get("/accounts/profile/").status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_login_leads_nowhere_else(client, alice, target):
    verify_email(alice)

    response = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD, "next": target})

    assert response.url == reverse("learn")


def test_login_says_the_same_for_a_wrong_password_and_an_unknown_address(client, alice):
    answers = {
        client.post("/accounts/login/", {"login": email, "password": "wrong"}).context["form"].non_field_errors()[0]
        for email in (alice.email, "nobody@example.com")
    }

    assert answers == {"邮箱或密码不正确。请检查后重试；忘记密码可以重新设置。"}


def test_login_pauses_after_five_failures(client, alice):
    verify_email(alice)
    for _ in range(5):
        client.post("/accounts/login/", {"login": alice.email, "password": "wrong"})

    response = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})

    assert "登录失败的次数太多，请 5 分钟后再试，或重新设置密码。" in response.text


def test_too_many_requests_get_a_chinese_answer(client):
    answers = [signup(client, email=f"p{n}@example.com", accepts_terms="") for n in range(21)]

    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert "操作太频繁" in answers[-1].text


def test_password_reset_by_mail(client, alice):
    verify_email(alice)
    client.post("/accounts/password/reset/", {"email": alice.email})
    message = mail.outbox[0]
    page = client.get(link_in(message), follow=True)

    done = client.post(page.request["PATH_INFO"], {"password1": "xin mima 2026", "password2": "xin mima 2026"})

    assert message.subject == "【售后服务管理师】设置新密码"
    assert done.url == reverse("account_reset_password_from_key_done")
    assert mail.outbox[1].subject == "【售后服务管理师】密码已重新设置"
    alice.refresh_from_db()
    assert alice.check_password("xin mima 2026")
    assert "链接已失效" in Client().get(link_in(message), follow=True).text


def test_password_reset_of_an_unknown_address_looks_the_same(client):
    response = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})

    assert response.url == reverse("account_reset_password_done")
    assert mail.outbox[0].subject == "【售后服务管理师】这个邮箱还没有注册"


def test_password_change_tells_by_mail(as_alice, alice):
    verify_email(alice)

    as_alice.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "xin mima 2026", "password2": "xin mima 2026"},
    )

    assert mail.outbox[0].subject == "【售后服务管理师】密码已修改"
    assert "IP：127.0.0.1" in mail.outbox[0].body
    assert as_alice.get("/accounts/profile/").status_code == 200


def test_email_change_holds_after_the_new_address_is_confirmed(client, alice):
    verify_email(alice)
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    client.post("/accounts/email/", {"email": "alice@new.example", "action_add": ""})

    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert mail.outbox[-1].to == ["alice@new.example"]
    client.post(link_in(mail.outbox[-1]))
    alice.refresh_from_db()
    assert alice.email == "alice@new.example"
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("alice@new.example", True)]


def test_sensitive_page_asks_again(as_alice, alice):
    verify_email(alice)

    response = as_alice.post("/accounts/email/", {"email": "alice@new.example", "action_add": ""})

    assert response.url.startswith("/accounts/reauthenticate/")


def test_two_factor_is_set_up_with_a_scannable_code_and_kept_encrypted(client, alice):
    verify_email(alice)
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))

    assert 'src="data:image/svg+xml;base64,' in page.text
    assert "data:" in page["Content-Security-Policy"].partition("img-src")[2].partition(";")[0]
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000" if code != "000000" else "111111"})
    assert "验证码不正确或已用过" in wrong.text
    codes = client.post(reverse("mfa_activate_totp"), {"code": code}, follow=True)

    rows = {row.type: str(row.data) for row in Authenticator.objects.filter(user=alice)}
    assert sorted(rows) == ["recovery_codes", "totp"]
    assert secret not in rows["totp"]
    assert len(re.findall(r"<li>\d{8}</li>", codes.text)) == 10
    assert re.findall(r"<li>\d{8}</li>", client.get(reverse("mfa_view_recovery_codes")).text) == []


def test_staff_sign_in_with_a_code_once(client, synced_roles):
    staff = verify_email(make_staff(roles.FINANCE))

    step = client.post("/accounts/login/?next=/cms/", {"login": staff.email, "password": PASSWORD, "next": "/cms/"})
    assert step.url == reverse("mfa_authenticate")
    assert client.get("/cms/").url == "/accounts/login/?next=/cms/"
    code = totp_code(staff)
    assert client.post(step.url, {"code": code}).url == "/cms/"
    assert client.get("/cms/").status_code == 200

    other = Client()
    other.post("/accounts/login/", {"login": staff.email, "password": PASSWORD})
    assert "验证码不正确或已用过" in other.post(step.url, {"code": code}).text


PUBLIC = [
    "account_login",
    "account_signup",
    "account_inactive",
    "account_email_verification_sent",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
]
PRIVATE = [
    "account_email",
    "account_change_password",
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "users:profile",
    "users:identity",
]
WITH_TOTP = ["mfa_index", "mfa_reauthenticate", "mfa_deactivate_totp", "mfa_generate_recovery_codes"]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_page_is_chinese(client, name):
    response = client.get(reverse(name))

    assert response.status_code == 200
    assert ENGLISH.findall(main_text(response)) == []


@pytest.mark.parametrize("name", PRIVATE)
def test_private_page_is_chinese(as_alice, alice, name):
    verify_email(alice)
    as_alice.post("/accounts/reauthenticate/", {"password": PASSWORD})

    response = as_alice.get(reverse(name))

    assert response.status_code == 200
    assert ENGLISH.findall(main_text(response)) == []


@pytest.mark.parametrize("name", WITH_TOTP)
def test_two_factor_page_is_chinese(client, synced_roles, name):
    staff = make_staff(roles.FINANCE)
    client.force_login(staff)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    response = client.get(reverse(name))

    assert response.status_code == 200
    assert ENGLISH.findall(main_text(response)) == []


def test_password_is_set_by_mail_for_an_account_without_one(client):
    user = UserFactory(password=None)
    user.set_unusable_password()
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True)

    client.post("/accounts/password/reset/", {"email": user.email})

    assert mail.outbox[0].subject == "【售后服务管理师】设置新密码"
