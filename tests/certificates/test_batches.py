"""Approval before issue, and issuing many. docs/rules/certificates.md, rules N33 and N34."""

from datetime import timedelta

import pytest

from certificates import batches, issuing, tasks
from certificates.models import Certificate, IssueBatch, IssueItem, StatusChange
from exams.models import Attempt
from tests.certificates.test_admin import staff
from tests.factories.certificates import make_attempt, make_exam, make_identity
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
BASE = "/cms/certificate-batches/"


@pytest.fixture(autouse=True)
def _settings(settings):
    settings.CERTIFICATE_APPROVAL = True
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "StaffTwoFactor" not in name]


@pytest.fixture
def exam():
    return make_exam()


def make_waiting(count: int, *, exam, now) -> list[Attempt]:
    """Make people who passed and wait for their certificates."""
    made = []
    for _ in range(count):
        user = UserFactory()
        make_identity(user=user, now=now)
        made.append(make_attempt(candidate=user, exam=exam, now=now))
    return made


def test_nothing_is_issued_before_somebody_approves(alice, exam, now):
    first, second = make_waiting(2, exam=exam, now=now)
    assert issuing.issue_due(now=now) == 0

    batch = batches.approve(attempts=[first.pk], person=alice, now=now)
    tasks.issue_due_certificates()

    certificate = Certificate.objects.get()
    change = certificate.changes.get()
    assert (certificate.attempt, change.changed_by, change.reason) == (first, alice, "考试合格，审核后签发")
    batch.refresh_from_db()
    assert (batch.approved_by, batch.total, batch.finished_at is not None) == (alice, 1, True)
    assert list(batches.waiting()) == [second]


def test_approve_everybody_and_the_sweep_stops_and_goes_on(alice, exam, now):
    make_waiting(5, exam=exam, now=now)
    batch = batches.approve(attempts=None, person=alice, now=now)
    assert not batches.waiting().exists()

    counts = [batches.work_off(now=now, seconds=-1) for _ in range(2)]
    assert (counts, batches.progress(batch=batch).percent) == ([1, 1], 40)
    assert IssueBatch.objects.unfinished().exists()

    assert batches.work_off(now=now) == 3
    assert batches.progress(batch=batch) == batches.Progress(total=5, issued=5, refused=0)
    assert Certificate.objects.count() == StatusChange.objects.count() == 5
    assert batches.work_off(now=now) == 0


def test_one_refusal_stops_nobody_and_may_be_approved_again(alice, exam, now):
    good, bad = make_waiting(1, exam=exam, now=now) + make_waiting(1, exam=make_exam(title="国家考试"), now=now)
    batch = batches.approve(attempts=None, person=alice, now=now)

    batches.work_off(now=now)

    rows = batch.items.order_by("pk").values_list("attempt", "status", "refusal")
    assert rows[0] == (good.pk, "ISSUED", "")
    assert rows[1][:2] == (bad.pk, "REFUSED")
    assert "国家" in rows[1][2]
    assert list(batches.waiting()) == [bad]

    type(bad.exam).objects.filter(pk=bad.exam_id).update(title="结业考试")
    batches.approve(attempts=[bad.pk], person=alice, now=now)
    batches.work_off(now=now)
    assert Certificate.objects.filter(attempt=bad).exists()


def test_an_error_in_one_row_stops_nobody(alice, exam, now, monkeypatch):
    first, second = make_waiting(2, exam=exam, now=now)
    real = issuing.issue

    def break_the_first(*, attempt, **rest):
        if attempt == first:
            raise RuntimeError
        return real(attempt=attempt, **rest)

    monkeypatch.setattr(issuing, "issue", break_the_first)
    batch = batches.approve(attempts=None, person=alice, now=now)
    batches.work_off(now=now)

    assert batches.progress(batch=batch) == batches.Progress(total=2, issued=1, refused=1)
    assert Certificate.objects.get().attempt == second


def test_what_cannot_be_approved(alice, exam, now, monkeypatch):
    with pytest.raises(batches.NothingToApprove):
        batches.approve(attempts=None, person=alice, now=now)
    make_identity(user=alice, now=now)
    own = make_attempt(candidate=alice, exam=exam, now=now)
    with pytest.raises(batches.OwnCertificate):
        batches.approve(attempts=[own.pk], person=alice, now=now)
    others = make_waiting(2, exam=exam, now=now)
    monkeypatch.setattr(batches, "MOST", 1)
    with pytest.raises(batches.TooMany):
        batches.approve(attempts=[one.pk for one in others], person=alice, now=now)
    monkeypatch.setattr(batches, "MOST", 2)
    batches.approve(attempts=[one.pk for one in others], person=alice, now=now)
    with pytest.raises(batches.NothingToApprove):  # a batch has them already
        batches.approve(attempts=[others[0].pk], person=alice, now=now)
    assert IssueItem.objects.count() == 2


def test_pages(exam, now):
    person, client = staff("view_issuebatch", "add_issuebatch")
    assert "没有人在等" in client.get(f"{BASE}queue/").content.decode()
    attempts = make_waiting(2, exam=exam, now=now)
    assert "张三丰" in client.get(f"{BASE}queue/").content.decode()

    for wrong in ({}, {"attempts": ["x"]}, {"attempts": ["999999"]}):
        assert client.post(f"{BASE}approve/", wrong).url == f"{BASE}queue/"
    answer = client.post(f"{BASE}approve/", {"attempts": [attempts[0].pk]})

    batch = IssueBatch.objects.get()
    assert (answer.url, batch.approved_by, batch.total) == (f"{BASE}inspect/{batch.pk}/", person, 1)
    page, part = client.get(answer.url).content.decode(), client.get(f"{BASE}{batch.pk}/progress/").content.decode()
    assert "正在签发" in page
    assert 'hx-trigger="every 2s"' in part
    batches.work_off(now=now + timedelta(seconds=3))
    part = client.get(f"{BASE}{batch.pk}/progress/").content.decode()
    assert "1 份已签发，0 份没有签发，共 1 份" in part
    assert "hx-get" not in part
    assert f'href="{BASE}inspect/{batch.pk}/"' in client.get(BASE).content.decode()


def test_pages_need_the_permission(exam, now):
    _, client = staff("view_issuebatch")

    assert client.get(BASE).status_code == 200
    assert [client.get(f"{BASE}queue/").status_code, client.post(f"{BASE}approve/").status_code] == [302, 302]


@pytest.mark.parametrize("rows", [1, 3])
def test_queue_queries(rows, exam, now, django_assert_max_num_queries):
    _, client = staff("add_issuebatch")
    make_waiting(rows, exam=exam, now=now)
    client.get(f"{BASE}queue/")

    with django_assert_max_num_queries(11):
        client.get(f"{BASE}queue/")
