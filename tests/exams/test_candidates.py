"""The pages before the room: exam page, 考期, mock exam, 便利安排, one's own list."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from exams import registrations
from exams.models import Accommodation, Attempt, Exam, Registration
from tests.factories.courses import EnrolmentFactory
from tests.factories.exams import AttemptFactory, make_accommodation, make_eligible, make_practice, make_window

TICK = {"has_read_rules": "on"}


@pytest.fixture
def clock(now, time_machine):
    time_machine.move_to(now, tick=False)
    return time_machine


@pytest.fixture
def ready(exam, alice, clock):
    make_eligible(alice, exam)
    return exam


def text_of(response):
    return response.content.decode()


def words_of(response):
    """The page's words without tags, one space apart."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text_of(response)))


# --- The exam page --------------------------------------------------------------------------------------------------
def test_exam_detail_says_all_that_counts_before_a_one_shot_exam(as_alice, ready):
    words = words_of(as_alice.get(f"/exams/{ready.pk}/"))

    for sentence in (
        "现在开始，2026-11-22 15:33 自动收卷",
        "离开考试页面达到 10 秒会记一次",
        "姓名水印",
        "到时以后 5 秒内送到的作答照常计分",
        "交卷后 7 天内可以申请成绩复核",
        "可以看题目和自己的作答",
        "两次之间至少间隔 24 小时",
        "微信的浏览器",
    ):
        assert sentence in words


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"appeal_days": 0}, "不受理成绩复核"),
        ({"review": "NONE"}, "只看成绩，不公布题目和答案"),
        ({"review": "KEY", "review_from": "WHEN_DONE"}, "合格后或次数用完后 可以看题目、自己的作答、答案与解析"),
        ({"needs_safe_browser": True, "safe_browser_config_keys": ["0" * 64]}, "必须用 Safe Exam Browser 打开"),
        ({"away_seconds": 25}, "离开考试页面达到 25 秒"),
        ({"cooldown_hours": 0}, "一共 3 次机会，补考不收费"),
    ],
)
def test_exam_detail_follows_the_settings(as_alice, ready, settings, words):
    Exam.objects.update(**settings)

    assert words.replace(" ", "") in words_of(as_alice.get(f"/exams/{ready.pk}/")).replace(" ", "")


def test_exam_detail_counts_the_own_accommodation(as_alice, alice, ready):
    make_accommodation(alice, larger_type=True, extra_attempts=1)

    words = words_of(as_alice.get(f"/exams/{ready.pk}/"))

    assert "你的时长 135 分钟" in words
    assert "剩余次数 4 / 4 次" in words
    assert "考试页面用大字" in words
    assert "每场考试增加 1 次机会" in words
    assert "现在开始，2026-11-22 16:18 自动收卷" in words


def test_exam_detail_warns_when_the_window_is_nearly_over(as_alice, alice, ready, now):
    window = make_window(ready, now=now, closes_at=now + timedelta(minutes=30), registration_closes_at=now)
    window.registrations.create(candidate=alice, registered_at=now)

    words = words_of(as_alice.get(f"/exams/{ready.pk}/"))

    assert "只有 30 分钟 ，2026-11-22 14:33 自动收卷" in words


@pytest.mark.parametrize("count", [1, 3])
def test_exam_detail_takes_the_same_queries_for_any_length(
    as_alice, alice, ready, now, count, django_assert_num_queries
):
    for number in range(1, count + 1):
        AttemptFactory(exam=ready, candidate=alice, number=number, has_passed=False)
        AttemptFactory(exam=ready, candidate=alice, number=number, is_mock=True)
        make_window(ready, now=now, title=f"考期{number}", capacity=5)

    with django_assert_num_queries(10):  # session, user, exam, overdue, standing, windows, past, cells, site, pool
        page = text_of(as_alice.get(f"/exams/{ready.pk}/"))

    assert page.count("查看结果") == 2 * count
    assert page.count("剩余名额 5") == count


# --- Windows --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "报名中"),
        ({"capacity": 0}, "已满"),
        ({"registration_opens_at": timedelta(hours=1)}, "报考未开始"),
        ({"registration_closes_at": timedelta(0)}, "报考已截止"),
        ({"registration_closes_at": timedelta(hours=-2), "closes_at": timedelta(hours=-1)}, "已结束"),
    ],
)
def test_exam_detail_shows_the_state_of_a_window(as_alice, ready, now, changes, state):
    fields = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    make_window(ready, now=now, **fields)

    page = text_of(as_alice.get(f"/exams/{ready.pk}/"))

    assert state in page
    assert ("/register/" in page) == (state == "报名中")
    assert "开始考试（" not in page


def test_window_register_and_cancel(as_alice, alice, ready, now):
    window = make_window(ready, now=now)

    registered = text_of(as_alice.post(f"/exams/windows/{window.pk}/register/", follow=True))
    cancelled = text_of(as_alice.post(f"/exams/windows/{window.pk}/cancel/", follow=True))

    assert "已报考“十一月考期”，2026-11-21 14:03 起可以开始考试。" in registered
    assert "已报考，可以考试" in registered
    assert f"/exams/windows/{window.pk}/cancel/" in registered
    assert "开始考试（剩余 3 次）" in registered
    assert "已取消报考“十一月考期”，名额已放出。" in cancelled
    assert Registration.objects.get().cancelled_at == now


def test_window_register_refuses_in_words(as_alice, alice, ready, now):
    window = make_window(ready, now=now, capacity=0)

    assert "名额已经报满" in text_of(as_alice.post(f"/exams/windows/{window.pk}/register/", follow=True))
    assert "你没有报这个考期" in text_of(as_alice.post(f"/exams/windows/{window.pk}/cancel/", follow=True))


def test_window_register_of_an_exam_out_of_sight_is_404(as_charlie, exam, now):
    window = make_window(exam, now=now)
    exam.is_open = False
    exam.save()

    assert as_charlie.post(f"/exams/windows/{window.pk}/register/").status_code == 404
    assert as_charlie.get(f"/exams/windows/{window.pk}/register/").status_code == 405


# --- Mock exam ------------------------------------------------------------------------------------------------------
def test_mock_start_enters_the_room(as_alice, alice, exam, clock):
    EnrolmentFactory(learner=alice, course=exam.course)
    make_practice(exam)

    page = text_of(as_alice.get(f"/exams/{exam.pk}/"))
    response = as_alice.post(f"/exams/{exam.pk}/mock/")

    attempt = Attempt.objects.get()
    assert "开始模拟考试（90 分钟）" in page
    assert (attempt.is_mock, response.headers["Location"]) == (True, f"/exams/attempts/{attempt.pk}/")
    assert "有一场模拟考试正在进行" in text_of(as_alice.get(f"/exams/{exam.pk}/"))


def test_mock_start_refuses_with_words(as_alice, exam):
    make_practice(exam)

    assert "你还没有报名这门课程。" in text_of(as_alice.post(f"/exams/{exam.pk}/mock/", follow=True))


def test_exam_detail_explains_a_practice_pool_that_is_too_small(as_alice, ready):
    page = text_of(as_alice.get(f"/exams/{ready.pk}/"))

    assert "练习题还不够组成一份试卷" in page
    assert "/mock/" not in page


def test_exam_detail_without_a_mock_does_not_speak_of_it(as_alice, ready):
    make_practice(ready)
    Exam.objects.update(has_mock=False)

    assert "模拟考试" not in words_of(as_alice.get(f"/exams/{ready.pk}/"))


# --- One's own list -------------------------------------------------------------------------------------------------
def test_attempt_list_keeps_mock_exams_apart(as_alice, alice, exam):
    AttemptFactory(exam=exam, candidate=alice)
    AttemptFactory(exam=exam, candidate=alice, number=2, is_mock=True)

    formal, mock = (words_of(as_alice.get(f"/exams/attempts/{query}")) for query in ("", "?kind=mock"))

    assert ("，第 1 次" in formal, "模拟第 2 次" in formal) == (True, False)
    assert ("，第 1 次" in mock, "模拟第 2 次" in mock) == (False, True)


def test_attempt_list_shows_own_registrations(as_alice, alice, ready, now):
    window = make_window(ready, now=now)
    registrations.register(window=window, candidate=alice, now=now)

    words = words_of(as_alice.get("/exams/attempts/"))

    assert "我的报考 结业考试，十一月考期" in words
    assert "2026-11-23 02:03 前可以取消" in words


# --- 便利安排 ----------------------------------------------------------------------------------------------------
def test_accommodation_request_is_sent_and_shown(as_alice, alice, clock):
    empty = text_of(as_alice.get("/exams/accommodations/"))
    sent = text_of(as_alice.post("/exams/accommodations/", {"reason": "视力低"}, follow=True))
    again = text_of(as_alice.post("/exams/accommodations/", {"reason": "视力低"}, follow=True))

    assert "还没有申请记录" in empty
    assert "申请已提交" in sent
    assert "待审核" in sent
    assert "已经有一份申请在等待审核" in again
    assert Accommodation.objects.get().candidate == alice


def test_accommodation_request_says_what_is_missing(as_alice):
    response = as_alice.post("/exams/accommodations/", {"reason": " "})

    assert response.status_code == 422
    assert "请写明需要什么安排、为什么需要。" in text_of(response)


def test_accommodation_request_shows_only_ones_own(as_charlie, alice):
    make_accommodation(alice)

    assert "150%" not in text_of(as_charlie.get("/exams/accommodations/"))


@pytest.mark.parametrize("count", [1, 3])
def test_accommodation_request_takes_the_same_queries(as_alice, alice, count, now, django_assert_num_queries):
    for _ in range(count):
        row = make_accommodation(alice, time_factor=125, status="REFUSED")
    row.status = "APPROVED"
    row.save()

    with django_assert_num_queries(5):  # session, user, rows, standing, waiting
        page = text_of(as_alice.get("/exams/accommodations/"))

    assert page.count("125%") == count + 1


# --- Speed ----------------------------------------------------------------------------------------------------------
def test_attempt_start_takes_seven_statements(as_alice, alice, charlie, ready, django_assert_num_queries):
    as_charlie = Client()
    as_charlie.force_login(charlie)
    make_eligible(charlie, ready)
    as_charlie.post(f"/exams/{ready.pk}/start/", TICK)  # this process knows the pool now

    # session, user, exam, standing, blueprint, the drawn items, the attempt; and the test's own two of a savepoint
    with django_assert_num_queries(7 + 2):
        as_alice.post(f"/exams/{ready.pk}/start/", TICK)


def test_attempt_start_inside_a_window_takes_one_more(as_alice, alice, ready, now, django_assert_num_queries):
    registrations.register(window=make_window(ready, now=now), candidate=alice, now=now)
    as_alice.post(f"/exams/{ready.pk}/start/", TICK)
    Attempt.objects.all().delete()

    with django_assert_num_queries(8 + 2):
        as_alice.post(f"/exams/{ready.pk}/start/", TICK)
