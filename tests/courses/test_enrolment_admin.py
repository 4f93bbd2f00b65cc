"""Enrolments in the back office."""

from io import BytesIO

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from wagtail.models import ModelLogEntry

from courses import enrolment
from courses.models import Enrolment
from lms.users.models import User
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.users import UserFactory

INDEX, ADD = "enrolments:index", "enrolments:add"


def staff_client(person: User, *codenames: str) -> Client:
    """Sign somebody with a second factor and these permissions in."""
    person.user_permissions.set(Permission.objects.filter(codename__in=["access_admin", *codenames]))
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def support(db) -> Client:
    """客服: looks, grants, withdraws."""
    return staff_client(UserFactory(is_staff=True), "view_enrolment", "add_enrolment", "change_enrolment")


@pytest.fixture
def finance(db) -> Client:
    """财务: may only look."""
    return staff_client(UserFactory(is_staff=True), "view_enrolment")


def test_enrolments_list_searches_and_filters(support, alice, now):
    standing = EnrolmentFactory(learner=alice)
    ended = EnrolmentFactory()
    enrolment.withdraw(enrolment=ended, reason="退款", now=now)

    def listed(**query: str) -> set[int]:
        return {row.pk for row in support.get(reverse(INDEX), query).context["object_list"]}

    assert listed() == {standing.pk, ended.pk}
    assert listed(q="alice@") == {standing.pk}
    assert listed(q="学员甲") == {standing.pk}
    assert listed(state="standing") == {standing.pk}
    assert listed(state="withdrawn") == {ended.pk}
    assert listed(course=str(ended.course.pk)) == {ended.pk}
    assert listed(source="PAYMENT") == set()


@pytest.mark.parametrize("count", [1, 3])
def test_enrolments_list_takes_a_fixed_number_of_queries(support, count, django_assert_num_queries):
    course = make_course()
    for _ in range(count):
        EnrolmentFactory(course=course)
    support.get(reverse(INDEX))  # warms content types and site caches

    with django_assert_num_queries(12):
        support.get(reverse(INDEX))


def test_enrolments_export_as_xlsx_in_local_time(support, alice):
    EnrolmentFactory(learner=alice, source_ref="演示")

    response = support.get(reverse(INDEX), {"export": "xlsx"})

    head, row = load_workbook(BytesIO(b"".join(response.streaming_content))).active.values
    assert head == ("邮箱", "称呼", "课程", "来源", "凭据", "状态", "报名时间", "撤回时间", "撤回原因")
    assert row[:6] == ("alice@example.com", "学员甲", "课程1", "赠与", "演示", "有效")
    assert f"{row[6]:%Y-%m-%d %H:%M}" == "2026-11-01 08:00"


def test_grant_enrols_and_is_logged(support, alice):
    course = make_course()

    response = support.post(reverse(ADD), {"email": "Alice@Example.com", "course": course.pk, "reason": "讲师试讲"})

    assert response.status_code == 302
    made = Enrolment.objects.get()
    assert (made.learner, made.course, made.source, made.source_ref) == (alice, course, "GRANT", "讲师试讲")
    assert ModelLogEntry.objects.get().data == {"reason": "讲师试讲"}


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "nobody@example.com"},
        {"email": "不是邮箱"},
        {"email": ""},
        {"reason": ""},
        {"reason": "长" * 201},
        {"course": "99999"},
    ],
)
def test_grant_refuses_bad_input(support, alice, fields):
    good = {"email": alice.email, "course": make_course().pk, "reason": "讲师试讲"}

    response = support.post(reverse(ADD), good | fields)

    assert list(response.context["form"].errors) == list(fields)
    assert not Enrolment.objects.exists()


def test_grant_names_the_address_without_an_account(support):
    response = support.post(reverse(ADD), {"email": "nobody@example.com"})

    assert "没有使用 nobody@example.com 的账号" in response.text


def test_grant_to_an_enrolled_person_is_refused_in_words(support, alice):
    course = EnrolmentFactory(learner=alice).course

    response = support.post(reverse(ADD), {"email": alice.email, "course": course.pk, "reason": "再来"})

    assert "已有这门课的有效报名" in response.text
    assert Enrolment.objects.count() == 1


def test_withdraw_with_reason_and_is_logged(support, alice):
    standing = EnrolmentFactory(learner=alice)

    response = support.post(reverse("enrolments:edit", args=[standing.pk]), {"reason": "学员申请退款"})

    standing.refresh_from_db()
    assert response.status_code == 302
    assert (standing.withdrawn_reason, standing.withdrawn_at is None) == ("学员申请退款", False)
    assert ModelLogEntry.objects.get().data == {"reason": "学员申请退款"}


@pytest.mark.parametrize("reason", ["", "   "])
def test_withdraw_without_reason_is_refused(support, reason):
    standing = EnrolmentFactory()

    response = support.post(reverse("enrolments:edit", args=[standing.pk]), {"reason": reason})

    assert list(response.context["form"].errors) == ["reason"]
    assert Enrolment.objects.standing().count() == 1


def test_withdraw_again_is_404(support, now):
    ended = EnrolmentFactory()
    enrolment.withdraw(enrolment=ended, reason="退款", now=now)

    assert support.get(reverse("enrolments:edit", args=[ended.pk])).status_code == 404


def test_inspect_shows_an_enrolment(support, alice):
    standing = EnrolmentFactory(learner=alice, source_ref="讲师试讲")

    response = support.get(reverse("enrolments:inspect", args=[standing.pk]))

    fields = {field["label"]: str(field["value"]) for field in response.context["fields"]}
    assert fields == {
        "学员": "学员甲（alice@example.com）",
        "课程": "课程1",
        "状态": "有效",
        "来源": "赠与",
        "凭据": "讲师试讲",
        "报名时间": "2026-11-01 08:00:00",
        "撤回时间": "—",
        "撤回原因": "—",
    }


@pytest.mark.parametrize("name", ["add", "edit", "delete"])
def test_enrolments_only_with_permission(finance, name):
    standing = EnrolmentFactory()
    args = [] if name == "add" else [standing.pk]

    response = finance.post(reverse(f"enrolments:{name}", args=args), {"reason": "没有权限"})

    assert (response.status_code, response["Location"]) == (302, reverse("wagtailadmin_home"))
    assert Enrolment.objects.standing().count() == 1


def test_enrolments_are_never_deleted(db):
    standing = EnrolmentFactory()
    root = staff_client(User.objects.create_superuser("root@example.com", "x"))

    root.post(reverse("enrolments:delete", args=[standing.pk]))

    assert Enrolment.objects.count() == 1
