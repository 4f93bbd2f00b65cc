"""Accounts in the back office."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from lms.users import roles
from lms.users.models import User
from tests.factories.users import UserFactory, make_identity, make_staff, verify_email

NUMBER = "11010519491231002X"
INDEX, ADD = "/cms/users/", "/cms/users/new/"


def edit_url(user: User) -> str:
    return reverse("wagtailusers_users:edit", args=[user.pk])


def bulk_url(action: str, *users: User) -> str:
    query = "&".join(f"id={user.pk}" for user in users)
    return reverse("wagtail_bulk_action", args=["users", "user", action]) + f"?{query}"


@pytest.fixture
def support(synced_roles) -> User:
    return make_staff(roles.SUPPORT, email="support@example.com")


@pytest.fixture
def as_support(support) -> Client:
    client = Client()
    client.force_login(support)
    return client


@pytest.fixture
def as_superuser(synced_roles) -> Client:
    client = Client()
    client.force_login(make_staff(roles.SUPPORT, email="root@example.com", is_superuser=True))
    return client


def test_list_finds_people_and_masks_numbers(as_support, alice, charlie, now):
    make_identity(user=alice, real_name="张三", id_number=NUMBER, now=now)

    text = as_support.get(INDEX).text

    assert "alice@example.com" in text
    assert "张三 110***********002X" in text
    assert NUMBER not in text
    for query in ("张三", "alice@", "学员甲"):
        found = as_support.get(INDEX, {"q": query}).text
        assert "alice@example.com" in found
        assert "charlie@example.com" not in found


@pytest.mark.parametrize("rows", [1, 3])
def test_list_asks_the_same_however_many_people(as_support, rows, now, django_assert_num_queries):
    for _ in range(rows):
        user = UserFactory()
        roles.join(user=user, role=roles.LEARNER)
        make_identity(user=user, now=now)
    as_support.get(INDEX)

    with django_assert_num_queries(13):
        as_support.get(INDEX)


def test_support_mends_a_learner(as_support, alice):
    verify_email(alice)

    page = as_support.get(edit_url(alice))
    response = as_support.post(
        edit_url(alice),
        {"email": "Alice@New.example", "name": "小陈", "is_active": "on", "is_superuser": "on", "groups": [1, 2]},
    )

    alice.refresh_from_db()
    assert sorted(page.context["form"].fields) == ["email", "is_active", "name"]
    assert response.url == INDEX
    assert (alice.email, alice.name, alice.is_superuser, alice.is_staff) == ("alice@new.example", "小陈", False, False)
    assert not alice.groups.exists()
    assert list(EmailAddress.objects.values_list("email", "primary", "verified")) == [
        ("alice@new.example", True, False)
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": "CHARLIE@example.com"}, "该邮箱已注册"),
        ({"email": "nobody"}, "邮箱格式不对"),
        ({"email": ""}, "请填写这一项。"),
        ({"name": "字" * 51}, "最多 50 个字"),
    ],
)
def test_edit_refuses_in_chinese(as_support, alice, charlie, fields, message):
    response = as_support.post(edit_url(alice), {"email": alice.email, "name": "甲", "is_active": "on"} | fields)

    assert response.status_code == 200
    assert message in response.text


def test_support_touches_no_colleague(as_support, support):
    colleague = make_staff(roles.FINANCE)
    superuser = UserFactory(is_superuser=True)

    for person in (colleague, superuser):
        response = as_support.post(edit_url(person), {"email": "taken@example.com", "name": "x", "is_active": "on"})
        assert response.url == "/cms/"
    assert not User.objects.filter(email="taken@example.com").exists()
    assert sorted(as_support.get(edit_url(support)).context["form"].fields) == ["email", "name"]


def test_support_makes_no_account(as_support):
    assert as_support.get(ADD).url == "/cms/"


def test_superuser_makes_an_account_without_password(as_superuser):
    editor = Group.objects.get(name="教务编辑")

    response = as_superuser.post(
        ADD, {"email": "New@example.com", "name": "新同事", "is_active": "on", "groups": [editor.pk]}, follow=True
    )

    user = User.objects.get(email="new@example.com")
    assert "忘记密码" in response.text
    assert (user.is_staff, user.has_usable_password()) == (True, False)
    assert EmailAddress.objects.get(user=user).verified is False


def test_superuser_takes_a_role_away(as_superuser):
    editor = make_staff(roles.EDITOR)

    as_superuser.post(edit_url(editor), {"email": editor.email, "name": "甲", "is_active": "on"})

    editor.refresh_from_db()
    assert (editor.is_staff, editor.groups.count()) == (False, 0)


def test_superuser_cannot_shut_themselves_out(as_superuser):
    me = User.objects.get(email="root@example.com")

    assert sorted(as_superuser.get(edit_url(me)).context["form"].fields) == ["email", "groups", "name"]


def test_nobody_deletes_people(as_superuser, alice):
    assert as_superuser.post(reverse("wagtailusers_users:delete", args=[alice.pk])).url == "/cms/"
    as_superuser.post(bulk_url("delete", alice))

    assert User.objects.filter(pk=alice.pk).exists()


def test_bulk_role_is_for_superusers(as_support, as_superuser, alice):
    editor = Group.objects.get(name="教务编辑")

    as_support.post(bulk_url("assign_role", alice), {"role": editor.pk})
    assert not alice.groups.exists()
    as_superuser.post(bulk_url("assign_role", alice), {"role": editor.pk})

    alice.refresh_from_db()
    assert (list(alice.groups.all()), alice.is_staff) == ([editor], True)


def test_bulk_switching_off_spares_colleagues(as_support, alice):
    colleague = make_staff(roles.FINANCE)

    as_support.post(bulk_url("set_active_state", alice, colleague), {"mark_as_active": "False"})

    assert list(User.objects.filter(is_active=False)) == [alice]


def test_own_preferences_have_no_first_and_last_name(as_support):
    text = as_support.get("/cms/account/").text

    assert "first_name" not in text


def test_roles_are_not_edited_by_support(as_support):
    assert as_support.get("/cms/groups/").url == "/cms/"
