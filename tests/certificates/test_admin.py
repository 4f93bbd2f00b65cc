from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from openpyxl import load_workbook

from certificates import lifecycle, revocations
from certificates.models import Certificate
from exams.models import Attempt
from lms.users.models import User
from tests.factories.certificates import make_certificate
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
LIST = "/cms/certificates/"


def staff(*codenames: str) -> tuple[User, Client]:
    """Sign in somebody who may enter the back office and do what is named."""
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["access_admin", *codenames]))
    client = Client()
    client.force_login(user)
    return user, client


@pytest.fixture(autouse=True)
def _no_second_factor(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "StaffTwoFactor" not in name]


@pytest.fixture
def reader() -> Client:
    return staff("view_certificate")[1]


def test_register_lists_searches_and_filters(reader, alice, now):
    valid = make_certificate(real_name="张三丰", now=now)
    revoked = make_certificate(real_name="李四", now=now)
    lifecycle.revoke(certificate=revoked, reason="原因", person=alice, now=now)

    def shown(**query: str) -> list[bool]:
        page = reader.get(LIST, query).content.decode()
        return [certificate.number in page for certificate in (valid, revoked)]

    assert shown() == [True, True]
    assert shown(q="李四") == [False, True]
    assert shown(q=valid.number.lower().replace("-", "")) == [True, False]
    assert shown(state="REVOKED") == [False, True]
    assert shown(state="EXPIRED") == [False, False]
    assert shown(issued_date_from="2026-11-23") == [False, False]


def test_register_finds_and_marks_what_lost_its_pass(reader, now):
    kept, lost = make_certificate(now=now), make_certificate(now=now)
    for number, points in ((1, 85_00), (2, 60_00)):
        lost.attempt.markings.create(number=number, points_centi=points, has_passed=points > 70_00, made_at=now)
    Attempt.objects.filter(pk=lost.attempt_id).update(points_centi=60_00, has_passed=False)

    page = reader.get(LIST, {"exam_result": "lost"}).content.decode()
    inspected = [reader.get(f"{LIST}inspect/{row.pk}/").content.decode() for row in (kept, lost)]

    assert [row.number in page for row in (kept, lost)] == [False, True]
    assert ["已改为不合格（60 分，及格 70 分）" in text for text in inspected] == [False, True]


@pytest.mark.parametrize("rows", [1, 3])
def test_register_queries(rows, reader, now, django_assert_max_num_queries):
    for _ in range(rows):
        make_certificate(now=now)
    reader.get(LIST)

    with django_assert_max_num_queries(14):
        reader.get(LIST)


def test_export_is_masked(reader, now):
    certificate = make_certificate(now=now)

    answer = reader.get(LIST, {"export": "xlsx"})

    heads, row = load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values
    exported = dict(zip(heads, row, strict=True))
    assert exported["证书编号"] == certificate.number
    assert (exported["姓名（遮盖）"], exported["状态"], exported["成绩"]) == ("张*丰", "有效", "85")
    assert "张三丰" not in row


def test_inspect_shows_the_changes_and_no_action_to_a_reader(reader, alice, now):
    certificate = make_certificate(now=now)
    lifecycle.suspend(certificate=certificate, reason="核查身份", person=alice, now=now)

    page = reader.get(f"{LIST}inspect/{certificate.pk}/").content.decode()

    assert "核查身份" in page
    assert "考试合格，自动签发" in page
    assert f"{LIST}{certificate.pk}/restore/" not in page


def test_nothing_adds_edits_or_deletes(now):
    certificate = make_certificate(now=now)
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com", "correct horse battery"))

    for path in ("new/", f"edit/{certificate.pk}/", f"delete/{certificate.pk}/", f"{certificate.pk}/fly/"):
        assert client.get(LIST + path).status_code == 404
    assert client.get(f"{LIST}inspect/{certificate.pk}/").status_code == 200


def test_change_state_needs_its_permission(reader, now):
    certificate = make_certificate(now=now)

    assert reader.post(f"{LIST}{certificate.pk}/revoke/", {"reason": "原因"}).status_code in (302, 403)

    assert Certificate.objects.get().status == "VALID"


def test_change_state_through_the_verb_with_a_reason(now):
    certificate = make_certificate(now=now)
    user, client = staff("view_certificate", "change_certificate")
    assert f"{LIST}{certificate.pk}/suspend/" in client.get(f"{LIST}inspect/{certificate.pk}/").content.decode()

    assert (
        "请写明原因"
        in client.post(f"{LIST}{certificate.pk}/suspend/", {"reason": " ", "why": "INVESTIGATION"}).content.decode()
    )
    page = client.post(
        f"{LIST}{certificate.pk}/suspend/", {"reason": "核查身份", "why": "INVESTIGATION"}, follow=True
    ).content.decode()
    assert f"证书 {certificate.number} 已暂停。" in page
    refused = client.post(
        f"{LIST}{certificate.pk}/suspend/", {"reason": "再次", "why": "OTHER"}, follow=True
    ).content.decode()
    assert "不能改为“暂停”" in refused

    assert Certificate.objects.get().status == "SUSPENDED"
    assert [(c.to_status, c.changed_by) for c in certificate.changes.all()] == [("VALID", None), ("SUSPENDED", user)]


def test_inspect_pages_write_times_of_this_country_and_states_in_words(now):
    certificate = make_certificate(now=now)
    person, client = staff("view_certificate", "view_revocationrequest")
    asked = revocations.ask(certificate=certificate, why="MISCONDUCT", reason="违纪", person=person, now=now)

    register_page = client.get(f"/cms/certificates/inspect/{certificate.pk}/").content.decode()
    request_page = client.get(f"/cms/certificate-revocations/inspect/{asked.pk}/").content.decode()

    assert "2026-11-22 14:03" in register_page
    assert "2026-11-22 14:03" in request_page
    assert f"第 {asked.pk} 份，待复核" in request_page
