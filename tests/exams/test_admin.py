from io import BytesIO

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.test import Client
from python_calamine import CalamineWorkbook

from exams import bank
from exams.models import Exam, Item
from tests.factories.courses import make_course
from tests.factories.exams import AttemptFactory, make_exam, make_item
from tests.factories.users import UserFactory

ITEM_FORM = {
    "code": "M1-0042",
    "kind": "SINGLE",
    "pool": "LIVE",
    "point": "概况",
    "difficulty": "1",
    "is_verified": "on",
    "stem": "哪一个？",
    "options": "甲\n乙\n\n丙",
    "key": "b",
    "explanation": "因为。",
    "source": "标准",
    "lesson_slug": "",
}


def staff(*codenames: str) -> Client:
    """Log somebody in who has a second factor and these permissions."""
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=[*codenames, "access_admin"]))
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def editor(db) -> Client:
    return staff("view_item", "add_item", "change_item")


@pytest.fixture
def examiner(db) -> Client:
    return staff("view_exam", "add_exam", "change_exam", "view_attempt")


def text_of(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


RULES = {
    "papers_wanted": "1",
    "exposure_cap": "100",
    "partial": "HALF",
    "wrong_percent": "0",
    "marking_gap_percent": "20",
}


# --- Items ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_item_list_takes_the_same_queries_for_any_length(editor, count, django_assert_max_num_queries):
    for _ in range(count):
        make_item()

    with django_assert_max_num_queries(14):
        page = text_of(editor.get("/cms/exam_items/"))

    assert f"题干{count}" in page


def test_item_list_searches_code_and_stem_and_filters(editor):
    make_item(code="M1-0001")
    make_item(code="M2-0002", module="M2", kind="MULTI")

    by_stem = text_of(editor.get("/cms/exam_items/?q=题干2"))
    by_module = text_of(editor.get("/cms/exam_items/?module=M1&kind=SINGLE&is_verified=true"))

    assert ("M2-0002" in by_stem, "M1-0001" in by_stem) == (True, False)
    assert ("M2-0002" in by_module, "M1-0001" in by_module) == (False, True)


def test_item_add_stores_a_draft(editor):
    response = editor.post("/cms/exam_items/new/", ITEM_FORM)

    item = Item.objects.get()
    assert response.status_code == 302
    assert (item.code, item.module, item.status, item.current.created_by) == ("M1-0042", "M1", "DRAFT", editor.user)
    assert bank.Text.of(item.current) == bank.Text("哪一个？", ("甲", "乙", "丙"), "B", "因为。", "标准")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "X1"}, "题号要写成 M1-0042 的样子"),
        ({"key": "D"}, "答案要从 A 到 C 中选"),
        ({"kind": "TRUE_FALSE", "key": "对"}, "判断题不写选项"),
        ({"stem": ""}, "题干"),
    ],
)
def test_item_add_says_what_is_wrong(editor, changes, words):
    assert words in text_of(editor.post("/cms/exam_items/new/", ITEM_FORM | changes))
    assert not Item.objects.exists()


def test_item_edit_writes_a_new_version(editor):
    item = make_item(code="M1-0042")

    page = text_of(editor.get(f"/cms/exam_items/edit/{item.pk}/"))
    editor.post(f"/cms/exam_items/edit/{item.pk}/", ITEM_FORM | {"code": "M1-9999", "kind": "MULTI"})

    item.refresh_from_db()
    assert "题干1" in page
    assert (item.code, item.kind, item.status) == ("M1-0042", "SINGLE", "DRAFT")
    assert (item.current.number, item.current.stem, item.current.created_by) == (2, "哪一个？", editor.user)


def test_item_edit_of_a_retired_item_is_refused_in_words(editor):
    item = make_item(code="M1-0042", status="RETIRED")

    assert "停用的题不能修改" in text_of(editor.post(f"/cms/exam_items/edit/{item.pk}/", ITEM_FORM))


def test_item_moves_need_a_second_person(editor):
    editor.post("/cms/exam_items/new/", ITEM_FORM)
    item = Item.objects.get()
    where = f"/cms/exam_items/{item.pk}/move"
    editor.post(f"{where}/submit/")

    own = text_of(editor.post(f"{where}/approve/", follow=True))
    other = text_of(staff("view_item", "change_item").post(f"{where}/approve/", follow=True))

    assert "不能由你自己审核" in own
    assert "现在是“启用”" in other


def test_item_move_refuses_strangers_and_unknown_steps(editor):
    item = make_item()

    assert staff("view_item").post(f"/cms/exam_items/{item.pk}/move/retire/").status_code == 302
    assert Item.objects.get().status == "LIVE"
    assert editor.post(f"/cms/exam_items/{item.pk}/move/explode/").status_code == 404
    assert editor.get(f"/cms/exam_items/{item.pk}/move/retire/").status_code == 405


def test_item_is_never_deleted(db):
    boss = staff()
    boss.user.is_superuser = True
    boss.user.save()
    item = make_item()

    boss.post(f"/cms/exam_items/delete/{item.pk}/")

    assert Item.objects.get() == item


# --- Exams ------------------------------------------------------------------------------------------------------------
SETTINGS = {
    "review": "OWN",
    "review_from": "AT_ONCE",
    "appeal_days": "7",
    "away_seconds": "10",
    "safe_browser_config_keys": "",
    "safe_browser_exam_keys": "",
}


def exam_form(exam, count, **changes):
    cell = exam.cells.get(module="M1", kind="SINGLE")
    return {
        "course": exam.course_id,
        "title": exam.title,
        "minutes": "90",
        "pass_centi": "1.50",
        **RULES,
        "max_attempts": "3",
        "cooldown_hours": "24",
        "is_open": "on",
        **SETTINGS,
        "cells-TOTAL_FORMS": "1",
        "cells-INITIAL_FORMS": "1",
        "cells-MIN_NUM_FORMS": "0",
        "cells-MAX_NUM_FORMS": "1000",
        "cells-0-id": cell.pk,
        "cells-0-module": "M1",
        "cells-0-kind": "SINGLE",
        "cells-0-count": str(count),
        "cells-0-points_centi": "2.5",
    } | changes


def test_exam_edit_shows_supply_and_takes_points(examiner):
    exam = make_exam()

    page = text_of(examiner.get(f"/cms/exam_settings/edit/{exam.pk}/"))
    response = examiner.post(f"/cms/exam_settings/edit/{exam.pk}/", exam_form(exam, 3))

    exam = Exam.objects.get()
    assert "合计 4 题，8 分" in page
    assert 'value="5.00"' in page
    assert response.status_code == 302
    assert (exam.pass_centi, exam.cells.get(kind="SINGLE").points_centi) == (150, 250)


def test_exam_edit_refuses_to_open_what_cannot_be_drawn(examiner):
    exam = make_exam()

    page = text_of(examiner.post(f"/cms/exam_settings/edit/{exam.pk}/", exam_form(exam, 9)))

    assert "M1 单选：需要 9 题，题库可用 3 题" in page
    assert Exam.objects.get().cells.get(kind="SINGLE").count == 2


def test_exam_edit_may_keep_a_closed_exam_that_cannot_be_drawn(examiner):
    exam = make_exam()

    examiner.post(f"/cms/exam_settings/edit/{exam.pk}/", exam_form(exam, 9, is_open=""))

    exam = Exam.objects.get()
    assert (exam.is_open, exam.cells.get(kind="SINGLE").count) == (False, 9)


def test_exam_edit_refuses_a_pass_mark_above_the_total(examiner):
    exam = make_exam()

    page = text_of(examiner.post(f"/cms/exam_settings/edit/{exam.pk}/", exam_form(exam, 2, pass_centi="70")))

    assert "及格分比满分 5 分还高" in page


def test_exam_add_without_blueprint_cannot_open(examiner):
    course = make_course()
    form = {"course": course.pk, "title": "新考试", "minutes": "60", "pass_centi": "0", "max_attempts": "1"} | RULES
    form |= SETTINGS
    cells = {f"cells-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}

    page = text_of(examiner.post("/cms/exam_settings/new/", form | cells | {"cooldown_hours": "0", "is_open": "on"}))

    assert "还没有组卷蓝图，不能开放" in page


def test_exam_inspect_reports_the_shortage(examiner):
    exam = make_exam(spare=0)
    Item.objects.filter(kind="MULTI").update(status="RETIRED")

    assert "✗ 缺 1 题" in text_of(examiner.get(f"/cms/exam_settings/inspect/{exam.pk}/"))


# --- Attempts ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_attempt_list_takes_the_same_queries_for_any_length(examiner, count, django_assert_max_num_queries):
    for _ in range(count):
        AttemptFactory()

    with django_assert_max_num_queries(14):
        page = text_of(examiner.get("/cms/exam_attempts/"))

    assert page.count("20261120-TEST") >= count


def test_attempt_list_exports_xlsx(examiner):
    attempt = AttemptFactory()

    response = examiner.get("/cms/exam_attempts/?export=xlsx")

    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(response.streaming_content)))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0][0] == "考试"
    assert rows[1][1] == attempt.candidate.email
    assert (rows[1][4], rows[1][7], rows[1][10]) == ("已出成绩", "86.5", "合格")


def test_attempt_inspect_shows_the_journal(examiner, sitting, now):
    attempt = sitting
    attempt.entries.create(seq=1, position=0, answer="B", received_at=now)
    attempt.entries.create(seq=2, position=3, answer="", received_at=now, is_late=True)

    page = text_of(examiner.get(f"/cms/exam_attempts/inspect/{attempt.pk}/"))

    assert "作答记录（2 条）" in page
    assert "第 4 题" in page
    assert "迟到未计分" in page


def test_attempt_is_read_only_even_for_superusers(db):
    boss = staff()
    boss.user.is_superuser = True
    boss.user.save()
    attempt = AttemptFactory()

    for where in ("new/", f"edit/{attempt.pk}/", f"delete/{attempt.pk}/"):
        assert boss.post(f"/cms/exam_attempts/{where}", {"number": 9}).status_code == 302
    attempt.refresh_from_db()
    assert attempt.number == 1


def test_learners_see_no_back_office(as_alice, db):
    for where in ("exam_items", "exam_settings", "exam_attempts"):
        assert as_alice.get(f"/cms/{where}/").status_code == 403
