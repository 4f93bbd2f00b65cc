from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.core.cache import cache
from django.db import connection

from certificates import issuing, lifecycle, renewing
from certificates.models import Certificate, StatusChange
from courses import learning
from lms.users import identity
from lms.users.models import Identity
from tests.factories.certificates import make_attempt, make_certificate, make_exam, make_identity
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
VERBS = {
    "suspend": lifecycle.suspend,
    "restore": lifecycle.restore,
    "revoke": lifecycle.revoke,
    "withdraw": lifecycle.withdraw,
}


def test_issue_freezes_the_facts(alice, now):
    make_identity(user=alice, real_name="阿依古丽·麦麦提", now=now)
    attempt = make_attempt(candidate=alice, points_centi=85_50, now=now)

    certificate = issuing.issue(attempt=attempt, now=now)

    facts = Certificate.objects.values().get()
    assert {name: value for name, value in facts.items() if name not in ("id", "number", "status_bit")} == {
        "attempt_id": attempt.pk,
        "holder_id": alice.pk,
        "serial": "",
        "template_id": None,
        "status": "VALID",
        "title": "售后服务管理师培训考核合格证书",
        "holder_name": "阿依古丽·麦麦提",
        "holder_id_masked": alice.identity.number_masked,
        "course_title": "售后服务管理师岗位课程",
        "course_revision": "第 1 版",
        "study_hours": learning.study_hours(course=attempt.exam.course),
        "exam_title": "售后服务管理师结业考试",
        "points_centi": 85_50,
        "total_centi": 100_00,
        "standard": "GB/T 27922-2011《商品售后服务评价体系》",
        "issuer": "演示培训机构",
        "issued_date": date(2026, 11, 22),
        "valid_until": date(2029, 11, 21),
        "issued_at": now,
        "origin": "EXAM",
        "predecessor_id": None,
    }
    change = certificate.changes.get()
    assert (change.from_status, change.to_status, change.changed_at, change.changed_by) == ("", "VALID", now, None)


def test_issue_dates_are_shanghais(alice, now):
    make_identity(user=alice, now=now)
    new_year = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai

    certificate = issuing.issue(attempt=make_attempt(candidate=alice, now=now), now=new_year)

    assert certificate.issued_date == date(2027, 1, 1)
    assert certificate.number.startswith("SHFW-2027-")


def test_later_changes_do_not_reach_the_facts(now):
    certificate = make_certificate(now=now)
    before = Certificate.objects.values().get()

    exam = certificate.attempt.exam
    exam.title, exam.course.title = "改名", "改名"
    exam.save()
    exam.course.save_revision().publish()
    Identity.objects.update(real_name="改名")

    assert Certificate.objects.values().get() == before


def test_issue_twice_gives_the_same_certificate(now):
    first = make_certificate(now=now)

    again = issuing.issue(attempt=first.attempt, now=now + timedelta(days=1))

    assert again == first
    assert StatusChange.objects.count() == 1


def test_issue_locks_the_identity(alice, now):
    make_certificate(holder=alice, now=now)

    with pytest.raises(identity.IdentityLocked):
        make_identity(user=alice, real_name="李四", now=now)


def test_issue_refuses_a_failed_attempt(alice, now):
    make_identity(user=alice, now=now)

    with pytest.raises(issuing.AttemptNotPassed):
        issuing.issue(attempt=make_attempt(candidate=alice, points_centi=69_99, now=now), now=now)

    assert not Certificate.objects.exists()


def test_issue_refuses_without_identity(alice, now):
    with pytest.raises(issuing.IdentityMissing):
        issuing.issue(attempt=make_attempt(candidate=alice, now=now), now=now)


def test_issue_refuses_banned_words_but_not_in_a_persons_name(now):
    exam = make_exam(title="全国统一考试")

    with pytest.raises(issuing.WordingBanned, match=r"“全国统一考试”.*全国"):
        make_certificate(exam=exam, now=now)

    assert make_certificate(real_name="李中华", now=now).holder_name == "李中华"


def test_course_revision_names_the_newest_live_revision_of_course_and_lessons(now):
    course = make_exam().course
    lesson = course.get_descendants().last().specific
    lesson.save_revision().publish()
    newest = lesson.__class__.objects.get(pk=lesson.pk)

    course.refresh_from_db()
    text = issuing.course_revision(course)

    edition, _, rest = text.partition(" · ")
    day, revision = rest.split(" ")
    assert edition == "第 1 版"
    assert revision == f"r{newest.live_revision_id}"
    assert date.fromisoformat(day)
    assert len(text) <= 40


@pytest.mark.parametrize(
    ("issued", "years", "last"),
    [
        (date(2026, 11, 22), 3, date(2029, 11, 21)),
        (date(2027, 1, 1), 3, date(2029, 12, 31)),
        (date(2028, 2, 29), 3, date(2031, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 28)),
        (date(2028, 3, 1), 3, date(2031, 2, 28)),
        (date(2025, 3, 1), 3, date(2028, 2, 29)),
    ],
)
def test_last_valid_day(issued, years, last):
    assert renewing.last_valid_day(issued=issued, years=years) == last


def test_issue_due_issues_what_waits_and_only_that(now):
    exam = make_exam()
    passed, failed, nameless = UserFactory.create_batch(3)
    make_identity(user=passed, now=now)
    make_identity(user=failed, now=now)
    make_attempt(candidate=passed, exam=exam, now=now)
    make_attempt(candidate=failed, exam=exam, points_centi=10_00, now=now)
    make_attempt(candidate=nameless, exam=exam, now=now)

    assert [issuing.issue_due(now=now) for _ in range(2)] == [1, 0]
    assert Certificate.objects.get().holder == passed

    make_identity(user=nameless, now=now)
    assert issuing.issue_due(now=now) == 1


def test_issue_due_goes_on_after_a_failure_and_tries_it_again_later(now):
    exam = make_exam(title="国家考试")
    for person, of in zip(UserFactory.create_batch(2), (exam, make_exam(course=exam.course)), strict=True):
        make_identity(user=person, now=now)
        make_attempt(candidate=person, exam=of, now=now)

    assert issuing.issue_due(now=now) == 1

    exam.title = "结业考试"
    exam.save()
    assert issuing.issue_due(now=now) == 0  # it rests for ten minutes
    cache.clear()
    assert issuing.issue_due(now=now) == 1


def test_issue_due_looks_at_the_last_hour_and_now_and_then_at_everything(alice, now):
    issuing.issue_due(now=now)
    make_identity(user=alice, now=now)
    make_attempt(candidate=alice, now=now - timedelta(days=30))

    assert issuing.issue_due(now=now) == 0
    cache.clear()  # ten minutes later
    assert issuing.issue_due(now=now) == 1


def test_issue_due_finds_at_once_what_a_new_marking_made_a_pass(alice, now):
    issuing.issue_due(now=now)
    make_identity(user=alice, now=now)
    attempt = make_attempt(candidate=alice, now=now - timedelta(days=30))
    attempt.markings.create(number=1, cause="APPEAL", points_centi=85_00, has_passed=True, made_at=now)

    assert issuing.issue_due(now=now) == 1


def test_issue_due_is_bounded(now, monkeypatch):
    monkeypatch.setattr(issuing, "BATCH", 2)
    exam = make_exam()
    for person in UserFactory.create_batch(3):
        make_identity(user=person, now=now)
        make_attempt(candidate=person, exam=exam, now=now)

    assert [issuing.issue_due(now=now) for _ in range(3)] == [2, 1, 0]


def test_issue_due_reads_no_more_when_nothing_is_due(now, django_assert_num_queries):
    make_certificate(now=now)

    with django_assert_num_queries(1):
        assert issuing.issue_due(now=now) == 0


@pytest.mark.parametrize(
    ("steps", "verb", "result"),
    [
        ([], "suspend", "SUSPENDED"),
        ([], "revoke", "REVOKED"),
        ([], "withdraw", "WITHDRAWN"),
        (["suspend"], "restore", "VALID"),
        (["suspend"], "revoke", "REVOKED"),
        (["suspend"], "withdraw", "WITHDRAWN"),
        ([], "restore", None),
        (["suspend"], "suspend", None),
        *[([end], verb, None) for end in ("revoke", "withdraw") for verb in VERBS],
    ],
)
def test_arrows(steps, verb, result, alice, now):
    certificate = make_certificate(now=now)
    for step in steps:
        VERBS[step](certificate=certificate, reason="前情", person=alice, now=now)
    before = certificate.changes.count()

    if result is None:
        with pytest.raises(lifecycle.StatusRefused):
            VERBS[verb](certificate=certificate, reason="原因", person=alice, now=now)
        assert certificate.changes.count() == before
    else:
        changed = VERBS[verb](certificate=certificate, reason=" 原因 ", person=alice, now=now)
        assert changed.status == result
        last = certificate.changes.last()
        assert (last.to_status, last.reason, last.changed_by, last.changed_at) == (result, "原因", alice, now)


def test_a_change_needs_a_reason(alice, now):
    with pytest.raises(lifecycle.ReasonMissing):
        lifecycle.revoke(certificate=make_certificate(now=now), reason="  ", person=alice, now=now)


def test_an_expired_certificate_is_not_suspended_but_may_be_revoked(alice, now):
    certificate = make_certificate(now=now)
    later = now + timedelta(days=4 * 366)

    with pytest.raises(lifecycle.StatusRefused, match="已过期"):
        lifecycle.suspend(certificate=certificate, reason="原因", person=alice, now=later)

    assert lifecycle.revoke(certificate=certificate, reason="原因", person=alice, now=later).status == "REVOKED"


def race(act: Callable[[], str], *, times: int) -> list[str]:
    """Run one act in so many threads at the same moment."""
    start = Barrier(times)

    def run(_: int) -> str:
        start.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_issue_at_once_and_one_certificate_is_made(alice, now):
    make_identity(user=alice, now=now)
    attempt = make_attempt(candidate=alice, now=now)

    numbers = race(lambda: issuing.issue(attempt=attempt, now=now).number, times=4)

    assert connection.vendor == "postgresql"
    assert len(set(numbers)) == 1
    assert Certificate.objects.count() == StatusChange.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_revoke_at_once_and_one_is_refused(alice, now):
    certificate = make_certificate(now=now)

    def revoke() -> str:
        try:
            return lifecycle.revoke(certificate=certificate, reason="原因", person=alice, now=now).status
        except lifecycle.StatusRefused:
            return "refused"

    assert sorted(race(revoke, times=2)) == ["REVOKED", "refused"]
    assert certificate.changes.count() == 2
