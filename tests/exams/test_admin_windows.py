"""Back office before the exam: exam settings, windows, registrations, 便利安排."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core import mail
from python_calamine import CalamineWorkbook

from exams import accommodations, registrations
from exams.models import Accommodation, Exam, ExamWindow
from tests.exams.test_admin import exam_form, staff, text_of
from tests.factories.exams import (
    AttemptFactory,
    make_accommodation,
    make_eligible,
    make_exam,
    make_practice,
    make_window,
)
from tests.factories.users import UserFactory

KEY = "0123456789abcdef" * 4


@pytest.fixture
def examiner(db):
    return staff(
        *("view_exam", "change_exam", "view_registration", "view_accommodation", "change_accommodation"),
        *("view_examwindow", "add_examwindow", "change_examwindow", "delete_examwindow"),
    )


# --- Exam settings ----------------------------------------------------------------------------------------------------
def test_exam_edit_takes_keys_one_a_line(examiner):
    exam = make_exam()
    keys = f" {KEY.upper()}\n\n{KEY}\n{'f' * 64}\n"

    form = exam_form(exam, 2, needs_safe_browser="on", safe_browser_config_keys=keys)
    response = examiner.post(f"/cms/exam_settings/edit/{exam.pk}/", form)

    assert response.status_code == 302
    exam.refresh_from_db()
    assert (exam.needs_safe_browser, exam.safe_browser_config_keys) == (True, [KEY, "f" * 64])
    assert f"{KEY}\n{'f' * 64}" in text_of(examiner.get(f"/cms/exam_settings/edit/{exam.pk}/"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"safe_browser_exam_keys": f"{KEY}\nabc"}, "第 2 个密钥不对：要是 64 位十六进制数"),
        ({"needs_safe_browser": "on"}, "配置密钥和浏览器考试密钥至少填一个"),
    ],
)
def test_exam_edit_refuses_keys_that_let_nobody_in(examiner, changes, words):
    exam = make_exam()

    page = text_of(examiner.post(f"/cms/exam_settings/edit/{exam.pk}/", exam_form(exam, 2, **changes)))

    assert words in page
    assert not Exam.objects.get().needs_safe_browser


def test_exam_edit_says_what_the_practice_pool_lacks(examiner):
    exam = make_exam()

    before = text_of(examiner.get(f"/cms/exam_settings/edit/{exam.pk}/"))
    make_practice(exam)
    after = text_of(examiner.get(f"/cms/exam_settings/edit/{exam.pk}/"))

    assert "M1 单选：需要 2 题，题库可用 0 题，缺 2 题" in before
    assert "够组成模拟卷" in after


# --- Windows ----------------------------------------------------------------------------------------------------------
def window_form(exam, **changes):
    return {
        "exam": exam.pk,
        "title": "十二月考期",
        "registration_opens_at": "2026-11-20 09:00",
        "registration_closes_at": "2026-11-30 18:00",
        "opens_at": "2026-12-05 09:00",
        "closes_at": "2026-12-06 18:00",
        "capacity": "100",
    } | changes


def test_window_add(examiner):
    exam = make_exam()

    assert examiner.post("/cms/exam_windows/new/", window_form(exam)).status_code == 302

    window = ExamWindow.objects.get()
    assert (window.exam, window.title, window.capacity) == (exam, "十二月考期", 100)
    assert window.opens_at.isoformat() == "2026-12-05T01:00:00+00:00"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"registration_closes_at": "2026-11-20 09:00"}, "报考截止要晚于报考开始"),
        ({"closes_at": "2026-12-05 09:00"}, "考试结束要晚于考试开始"),
        ({"registration_closes_at": "2026-12-06 18:01"}, "报考截止不能晚于考试结束"),
        ({"title": ""}, "请填写这一项"),
        ({"capacity": "-1"}, "0"),
    ],
)
def test_window_add_says_what_is_wrong(examiner, changes, words):
    assert words in text_of(examiner.post("/cms/exam_windows/new/", window_form(make_exam(), **changes)))
    assert not ExamWindow.objects.exists()


def test_window_edit_keeps_room_for_who_is_registered(examiner, exam, alice, now):
    make_eligible(alice, exam)
    window = make_window(exam, now=now)
    registrations.register(window=window, candidate=alice, now=now)
    where = f"/cms/exam_windows/edit/{window.pk}/"

    refused = text_of(examiner.post(where, window_form(exam, capacity="0")))
    saved = text_of(examiner.post(where, window_form(exam, capacity="1"), follow=True))
    again = text_of(examiner.post(where, window_form(exam, capacity="2"), follow=True))

    assert "已有 1 人报考，名额不能少于这个数" in refused
    assert "考试时间有变，已发邮件通知报考的 1 人" in saved
    assert "已发邮件" not in again
    assert [letter.to for letter in mail.outbox] == [["alice@example.com"]]


def test_window_is_deleted_only_while_nobody_used_it(examiner, exam, alice, now):
    used, sat, unused = (make_window(exam, now=now, title=title) for title in ("甲", "乙", "丙"))
    used.registrations.create(candidate=alice, registered_at=now, cancelled_at=now)
    AttemptFactory(exam=exam, candidate=alice, window=sat)

    codes = [examiner.post(f"/cms/exam_windows/delete/{window.pk}/").status_code for window in (used, sat, unused)]

    assert codes == [404, 404, 302]
    assert set(ExamWindow.objects.values_list("title", flat=True)) == {"甲", "乙"}


@pytest.mark.parametrize("count", [1, 3])
def test_window_list_takes_the_same_queries_for_any_length(examiner, exam, now, count, django_assert_max_num_queries):
    for number in range(count):
        make_window(exam, now=now, title=f"考期{number}")

    with django_assert_max_num_queries(12):
        page = text_of(examiner.get("/cms/exam_windows/"))

    assert page.count("0 / 不限") == count


# --- Registrations ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_registration_list_takes_the_same_queries_for_any_length(
    examiner, exam, now, count, django_assert_max_num_queries
):
    window = make_window(exam, now=now)
    for _ in range(count):
        window.registrations.create(candidate=UserFactory(), registered_at=now)

    with django_assert_max_num_queries(14):
        page = text_of(examiner.get("/cms/exam_registrations/"))

    assert page.count("2026-11-22 14:03") == count


def test_registrations_are_exported_in_local_time(examiner, exam, alice, now):
    make_eligible(alice, exam)
    registrations.register(window=make_window(exam, now=now), candidate=alice, now=now)

    sheet = b"".join(examiner.get("/cms/exam_registrations/?export=xlsx").streaming_content)

    rows = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert rows == [
        ["考试", "考期", "邮箱", "称呼", "姓名", "报考时间", "取消时间"],
        ["结业考试", "十一月考期", "alice@example.com", "学员甲", "张三", "2026-11-22 14:03", ""],
    ]


def test_registrations_are_only_looked_at(examiner, exam, alice, now):
    row = make_window(exam, now=now).registrations.create(candidate=alice, registered_at=now)

    assert "2026-11-22 14:03" in text_of(examiner.get(f"/cms/exam_registrations/inspect/{row.pk}/"))
    for where in ("new/", f"edit/{row.pk}/", f"delete/{row.pk}/"):
        assert examiner.get(f"/cms/exam_registrations/{where}").status_code == 404


# --- 便利安排 -------------------------------------------------------------------------------------------------------
@pytest.fixture
def asked(alice, now):
    return accommodations.request(candidate=alice, reason="视力低", now=now)


def decide(client, row, name, **form):
    return text_of(client.post(f"/cms/exam_accommodations/{row.pk}/{name}/", form, follow=True))


def test_accommodation_is_approved_on_terms(examiner, asked):
    page = decide(examiner, asked, "approve", time_factor="150", larger_type="on", extra_attempts="1", valid_until="")

    asked.refresh_from_db()
    assert (asked.status, asked.time_factor, asked.larger_type, asked.hidden_timer) == ("APPROVED", 150, True, False)
    assert (asked.extra_attempts, asked.valid_until, asked.decided_by) == (1, None, examiner.user)
    assert "已批准，已发邮件给 alice@example.com" in page
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"time_factor": "301", "extra_attempts": "0"}, "300"),
        ({"time_factor": "99", "extra_attempts": "0"}, "100"),
        ({"time_factor": "150", "extra_attempts": "6"}, "5"),
        ({"time_factor": "150", "extra_attempts": "0", "valid_until": "2020-01-01"}, "有效期不能早于今天"),
        ({"time_factor": "100", "extra_attempts": "0"}, "没有选任何便利安排"),
    ],
)
def test_accommodation_terms_are_checked(examiner, asked, form, words):
    assert words in decide(examiner, asked, "approve", **form)
    assert Accommodation.objects.get().status == "REQUESTED"


def test_accommodation_is_refused_or_ended_with_a_reason(examiner, asked):
    assert "请写明理由" in decide(examiner, asked, "refuse", reason="")
    decide(examiner, asked, "refuse", reason="请补充")
    other = make_accommodation(UserFactory())
    decide(examiner, other, "end", reason="本人要求")

    assert set(Accommodation.objects.values_list("status", "decision", "ended_reason")) == {
        ("REFUSED", "请补充", ""),
        ("ENDED", "", "本人要求"),
    }


def test_accommodation_decisions_need_the_permission_and_a_known_step(examiner, asked):
    looker = staff("view_accommodation")

    assert looker.post(f"/cms/exam_accommodations/{asked.pk}/refuse/", {"reason": "不"}).status_code in {302, 403}
    assert Accommodation.objects.get().status == "REQUESTED"
    assert "不批准" not in text_of(looker.get(f"/cms/exam_accommodations/inspect/{asked.pk}/"))
    assert examiner.post(f"/cms/exam_accommodations/{asked.pk}/explode/").status_code == 404


def test_accommodation_inspect_shows_history_and_steps(examiner, asked, alice):
    make_accommodation(alice, time_factor=125)

    page = text_of(examiner.get(f"/cms/exam_accommodations/inspect/{asked.pk}/"))

    assert "视力低" in page
    assert "不批准" in page
    assert "125%" in page


@pytest.mark.parametrize("count", [1, 3])
def test_accommodation_list_takes_the_same_queries(examiner, now, count, django_assert_max_num_queries):
    for _ in range(count):
        accommodations.request(candidate=UserFactory(), reason="视力低", now=now - timedelta(days=1))
    make_accommodation(UserFactory())

    with django_assert_max_num_queries(12):
        page = text_of(examiner.get("/cms/exam_accommodations/"))

    assert page.index("待审核") < page.index("150%")
