import json
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from courses.models import LessonProgress
from exams import attempts
from exams.models import Attempt, Item, ItemVersion
from tests.factories.exams import AttemptFactory, S, enter, journal_of, make_eligible, make_exam, right_answer

JSON = "application/json"


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


def post(client, attempt, entries, where="answers"):
    return post_raw(client, attempt, json.dumps({"entries": entries}), where)


def post_raw(client, attempt, body, where):
    token = attempts.token_of(session=attempt.sessions.latest("number"), attempt=attempt)
    return client.post(
        f"/exams/attempts/{attempt.pk}/{where}/", body, content_type=JSON, headers={"X-Attempt-Token": token}
    )


def entry(seq=S + 1, position=0, answer="A", **more):
    return {"seq": seq, "position": position, "answer": answer, "client_at": 1_795_327_402_000} | more


def text_of(response):
    return response.content.decode()


# --- Before ---------------------------------------------------------------------------------------------------------
def test_exam_detail_for_who_may_start(as_alice, alice, exam):
    make_eligible(alice, exam)

    page = text_of(as_alice.get(f"/exams/{exam.pk}/"))

    assert "我已阅读考试须知" in page
    assert "单选 2 题，多选 1 题，判断 1 题" in page
    assert 'href="/exam-rules/"' in page


def test_exam_detail_says_every_reason(as_alice, exam):
    page = text_of(as_alice.get(f"/exams/{exam.pk}/"))

    assert "你还没有报名这门课程。" in page
    assert "还没有填写实名信息" in page
    assert "开始考试（" not in page


def test_exam_detail_counts_unfinished_lessons(as_alice, alice, exam):
    make_eligible(alice, exam)
    LessonProgress.objects.all().delete()

    assert "课程还没有学完：已完成 0 / 1 课。" in text_of(as_alice.get(f"/exams/{exam.pk}/"))


def test_exam_detail_offers_the_open_attempt(as_alice, sitting):
    assert "继续作答" in text_of(as_alice.get(f"/exams/{sitting.exam_id}/"))


def test_exam_detail_of_a_closed_exam_is_for_its_learners(as_alice, as_charlie, sitting):
    sitting.exam.is_open = False
    sitting.exam.save()

    assert as_alice.get(f"/exams/{sitting.exam_id}/").status_code == 200
    assert as_charlie.get(f"/exams/{sitting.exam_id}/").status_code == 404


def test_attempt_start_needs_the_tick(as_alice, alice, exam):
    make_eligible(alice, exam)

    response = as_alice.post(f"/exams/{exam.pk}/start/")

    assert response.status_code == 422
    assert "请先阅读考试须知并打勾" in text_of(response)
    assert not Attempt.objects.exists()


def test_attempt_start_enters_the_room(as_alice, alice, exam):
    make_eligible(alice, exam)

    response = as_alice.post(f"/exams/{exam.pk}/start/", {"has_read_rules": "on"})

    assert response.headers["Location"] == f"/exams/attempts/{Attempt.objects.get().pk}/"


def test_attempt_start_refuses_with_words(as_alice, exam):
    response = as_alice.post(f"/exams/{exam.pk}/start/", {"has_read_rules": "on"}, follow=True)

    assert "你还没有报名这门课程。" in text_of(response)


def test_attempt_start_with_an_empty_bank_says_whose_fault_it_is(as_alice, alice, exam):
    make_eligible(alice, exam)
    Item.objects.update(status=Item.Status.RETIRED)

    response = as_alice.post(f"/exams/{exam.pk}/start/", {"has_read_rules": "on"}, follow=True)

    assert "题库暂时不能组成完整的试卷，你的考试次数没有减少" in text_of(response)


@pytest.mark.parametrize("count", [1, 3])
def test_attempt_list_takes_the_same_queries_for_any_length(as_alice, alice, exam, count, django_assert_num_queries):
    for number in range(1, count + 1):
        AttemptFactory(exam=exam, candidate=alice, number=number)

    with django_assert_num_queries(7):  # session, user, overdue, count, page, exams, registrations
        page = text_of(as_alice.get("/exams/attempts/"))

    assert page.count("查看结果") == count


def test_attempt_list_empty(as_alice):
    assert "还没有考试记录" in text_of(as_alice.get("/exams/attempts/"))


def test_attempt_list_shows_only_ones_own(as_charlie, sitting):
    assert "还没有考试记录" in text_of(as_charlie.get("/exams/attempts/"))


# --- The room -------------------------------------------------------------------------------------------------------
def test_attempt_detail_prints_the_paper_and_saved_answers(as_alice, sitting):
    post(as_alice, sitting, [entry(S + 1, 2, "AC"), entry(S + 2, 3, "F")])

    response = as_alice.get(f"/exams/attempts/{sitting.pk}/")

    page = text_of(response)
    assert page.count('class="question"') == 4
    assert " checked" not in page  # answers come with the session
    assert "no-store" in response.headers["Cache-Control"]
    assert "csrftoken" in response.cookies


def test_attempt_detail_escapes_stems_and_options(as_alice, sitting):
    ItemVersion.objects.filter(item__kind="SINGLE").update(
        stem="<script>alert(1)</script>", options=["<b>甲</b>", "&", '"', "'"]
    )

    page = text_of(as_alice.get(f"/exams/attempts/{sitting.pk}/"))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;甲&lt;/b&gt;" in page
    assert "<script>alert" not in page


def test_attempt_detail_needs_few_statements(as_alice, sitting, django_assert_num_queries):
    with django_assert_num_queries(4):  # session, user, attempt, versions
        as_alice.get(f"/exams/attempts/{sitting.pk}/")


def test_no_response_of_an_attempt_shows_key_or_explanation(as_alice, alice, exam, clock):
    make_eligible(alice, exam)
    bodies = [
        as_alice.get(f"/exams/{exam.pk}/"),
        as_alice.post(f"/exams/{exam.pk}/start/", {"has_read_rules": "on"}),
    ]
    attempt = Attempt.objects.get()
    where = f"/exams/attempts/{attempt.pk}/"
    bodies += [
        as_alice.get(where),
        as_alice.post(f"{where}session/"),
        post(as_alice, attempt, [entry()]),
        post(as_alice, attempt, [entry(answer="B")]),
        post(as_alice, attempt, [entry(S + 2, 9)]),
        as_alice.get(where),
        post(as_alice, attempt, [entry(S + 3, 1, "B")], "hand-in"),
        as_alice.get(where),
        post(as_alice, attempt, [entry(S + 4)]),
        as_alice.get(f"/exams/{exam.pk}/"),
        as_alice.get("/exams/attempts/"),
    ]

    for response in bodies:
        page = text_of(response)
        assert "机密" not in page
        assert not any(word in page for word in ('"key"', "explanation", "data-key", "correct"))


def test_attempt_detail_of_somebody_else_is_not_found(as_charlie, sitting):
    assert as_charlie.get(f"/exams/attempts/{sitting.pk}/").status_code == 404


def test_attempt_detail_closes_an_overdue_attempt(as_alice, sitting, clock):
    clock.move_to(sitting.deadline_at + timedelta(seconds=6))

    page = text_of(as_alice.get(f"/exams/attempts/{sitting.pk}/"))

    assert "到时收卷" in page
    assert Attempt.objects.get().closed_at == sitting.deadline_at


def test_attempt_detail_of_a_pass_promises_no_certificate_before_the_approval(as_alice, sitting, settings):
    settings.CERTIFICATE_APPROVAL = True
    rows = [entry(S + position + 1, position, right_answer(sitting, position)) for position in range(4)]
    post(as_alice, sitting, rows, "hand-in")

    page = text_of(as_alice.get(f"/exams/attempts/{sitting.pk}/"))

    assert "证书由机构审核，同意后签发。" in page
    assert "自动签发" not in page


def test_attempt_detail_result_of_a_pass(as_alice, sitting):
    rows = [entry(S + position + 1, position, right_answer(sitting, position)) for position in range(4)]
    receipt = post(as_alice, sitting, rows, "hand-in").json()["receipt_number"]

    page = text_of(as_alice.get(f"/exams/attempts/{sitting.pk}/"))

    assert "8 分" in page
    assert "证书自动签发，通常在几秒内。" in page
    assert 'href="/certificates/"' in page
    assert receipt in page
    assert "标准部分" in page


def test_attempt_detail_result_of_a_fail_says_when_next(as_alice, sitting):
    as_alice.post(f"/exams/attempts/{sitting.pk}/hand-in/")

    page = text_of(as_alice.get(f"/exams/attempts/{sitting.pk}/"))

    assert "还可以再考 2 次，最早 2026-11-23 14:03 开始" in page


# --- Saving ---------------------------------------------------------------------------------------------------------
def test_attempt_save_gives_a_receipt(as_alice, sitting):
    response = post(as_alice, sitting, [entry(S + 1, 0, "A"), entry(S + 2, 2, "AC", client_at=None)])

    assert (response.status_code, response.json()) == (
        200,
        {
            "acked_seq": [S + 1, S + 2],
            "conflicts": [],
            "last_seq": None,
            "is_late": False,
            "server_now": "2026-11-22T06:03:22.000+00:00",
            "deadline_at": "2026-11-22T07:33:22.000+00:00",
            "session": 1,
            "news": 0,
            "is_superseded": False,
            "result_url": f"/exams/attempts/{sitting.pk}/",
        },
    )
    assert journal_of(sitting) == [(S + 1, 0, "A", False), (S + 2, 2, "AC", False)]


def test_attempt_save_reports_a_taken_number(as_alice, sitting):
    post(as_alice, sitting, [entry(S + 1, 0, "A")])

    reply = post(as_alice, sitting, [entry(S + 1, 0, "B")]).json()

    assert (reply["acked_seq"], reply["conflicts"], reply["last_seq"]) == ([], [S + 1], S + 1)


def test_attempt_save_too_late_says_so(as_alice, sitting, clock):
    clock.move_to(sitting.deadline_at + timedelta(seconds=6))

    response = post(as_alice, sitting, [entry()])

    assert (response.status_code, response.json()["acked_seq"], response.json()["is_late"]) == (200, [S + 1], True)
    assert journal_of(sitting) == [(S + 1, 0, "A", True)]


def test_attempt_save_after_the_hand_in_is_409(as_alice, sitting):
    post(as_alice, sitting, [], "hand-in")

    response = post(as_alice, sitting, [entry()])

    assert (response.status_code, response.json()["message"]) == (
        409,
        "这次考试已经交卷，不能再作答。请打开考试结果查看。",
    )


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b"null",
        b"[]",
        b'{"entries": {}}',
        b'{"entries": null}',
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"entries": [], "x": ' + b"9" * 5000 + b"}",
    ],
)
@pytest.mark.parametrize("where", ["answers", "hand-in"])
def test_attempt_save_refuses_what_is_not_json(as_alice, sitting, body, where):
    response = post_raw(as_alice, sitting, body, where)

    assert response.status_code == 400
    assert response.json()["message"].startswith("没有读懂这次发送的内容")
    assert Attempt.objects.get().status == Attempt.Status.OPEN


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (entry(seq="1"), "seq"),
        (entry(seq=True), "seq"),
        (entry(seq=1.5), "seq"),
        (entry(seq=-1), "seq"),
        (entry(seq=10**30), "seq"),
        (entry(position=None), "position"),
        (entry(position=4), "position"),
        (entry(position=-(10**30)), "position"),
        (entry(answer=["A"]), "answer"),
        (entry(answer="E"), "answer"),
        (entry(answer="\ud800"), "answer"),
        (entry(answer="A" * 5000), "answer"),
        (entry(client_at="now"), "client_at"),
        (entry(client_at=-1), "client_at"),
        (entry(client_at=10**20), "client_at"),
        ({"seq": S + 1}, "position"),
        ("A", "entries"),
    ],
)
def test_attempt_save_names_the_bad_field(as_alice, sitting, row, field):
    response = post(as_alice, sitting, [entry(S + 7), row])

    problems = response.json()["problems"]
    assert (response.status_code, problems[0]["field"]) == (422, field)
    assert problems[0]["message"]
    assert journal_of(sitting) == []


def test_attempt_save_refuses_too_many_and_too_much(as_alice, sitting):
    many = post(as_alice, sitting, [entry(S + seq) for seq in range(1, 202)])
    huge = post(as_alice, sitting, [entry(answer="A" * 70_000)])

    assert (many.status_code, huge.status_code) == (422, 413)
    assert "一次最多保存 200 条作答" in many.json()["message"]
    assert "64 KB" in huge.json()["message"]


def test_attempt_save_of_somebody_else_is_404(as_charlie, exam, charlie, sitting, now):
    make_eligible(charlie, exam)
    other = enter(exam=exam, candidate=charlie, now=now)
    token = attempts.token_of(session=other.sessions.get(), attempt=other)

    responses = [
        as_charlie.post(
            f"/exams/attempts/{sitting.pk}/{where}/",
            json.dumps({"entries": [entry()]}),
            content_type=JSON,
            headers={"X-Attempt-Token": token},
        )
        for where in ("answers", "hand-in", "session")
    ]

    for response in responses:
        assert (response.status_code, response.json()) == (
            404,
            {"message": "没有找到这次考试。请用开始考试的账号登录。"},
        )
    assert journal_of(sitting) == []


def test_attempt_save_needs_post_and_a_token(as_alice, client, sitting, clock):
    body = json.dumps({"entries": [entry()]})
    where = f"/exams/attempts/{sitting.pk}/answers/"
    token = attempts.token_of(session=sitting.sessions.get(), attempt=sitting)
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")

    assert as_alice.get(where).status_code == 405
    for headers in ({}, {"X-Attempt-Token": ""}, {"X-Attempt-Token": "甲"}, {"X-Attempt-Token": forged}):
        response = as_alice.post(where, body, content_type=JSON, headers=headers)
        assert (response.status_code, response.json()["message"][:14]) == (403, "这个考试页面的凭证无效或已过")
    clock.move_to(sitting.deadline_at + timedelta(days=7, seconds=1))
    assert post(as_alice, sitting, [entry()]).status_code == 403
    assert journal_of(sitting) == []


def test_attempt_save_needs_no_login_but_an_account_that_is_not_disabled(client, alice, sitting):
    assert post(client, sitting, [entry()]).status_code == 200

    alice.is_active = False
    alice.save()

    assert post(client, sitting, [entry(S + 2)]).status_code == 403
    assert journal_of(sitting) == [(S + 1, 0, "A", False)]


# --- Handing in -----------------------------------------------------------------------------------------------------
def test_attempt_hand_in_takes_the_last_entries(as_alice, sitting):
    reply = post(as_alice, sitting, [entry(S + 1, 0, right_answer(sitting, 0))], "hand-in").json()

    attempt = Attempt.objects.get()
    assert attempt.points_centi == 200
    assert reply == {
        "receipt_number": attempt.receipt_number,
        "server_now": "2026-11-22T06:03:22.000+00:00",
        "unsaved": [],
        "result_url": f"/exams/attempts/{sitting.pk}/",
    }


def test_attempt_hand_in_twice_gives_the_same_receipt(as_alice, sitting):
    first = post(as_alice, sitting, [entry(S + 1)], "hand-in").json()
    second = post(as_alice, sitting, [entry(S + 1), entry(S + 2, 1)], "hand-in").json()

    assert first["receipt_number"] == second["receipt_number"]
    assert second["unsaved"] == [S + 2]
    assert journal_of(sitting) == [(S + 1, 0, "A", False)]


def test_attempt_hand_in_waits_for_renumbered_entries(as_alice, sitting):
    post(as_alice, sitting, [entry(S + 1, 0, "A")])

    reply = post(as_alice, sitting, [entry(S + 1, 0, "B")], "hand-in").json()

    assert (reply["conflicts"], "receipt_number" in reply) == ([S + 1], False)
    assert (reply["is_superseded"], reply["result_url"]) == (False, f"/exams/attempts/{sitting.pk}/")
    assert Attempt.objects.get().status == Attempt.Status.OPEN


def test_attempt_hand_in_with_a_taken_number_tells_an_older_page_that_it_is_superseded(as_alice, sitting, now):
    token = attempts.token_of(session=sitting.sessions.get(), attempt=sitting)
    post(as_alice, sitting, [entry(S + 1, 0, "A")])
    attempts.open_session(attempt=sitting, user_agent="phone", ip=None, now=now)

    body, url = json.dumps({"entries": [entry(S + 1, 0, "B")]}), f"/exams/attempts/{sitting.pk}/hand-in/"
    reply = as_alice.post(url, body, content_type=JSON, headers={"X-Attempt-Token": token}).json()

    assert (reply["conflicts"], reply["session"], reply["is_superseded"]) == ([S + 1], 2, True)


def test_attempt_hand_in_after_the_bell_keeps_what_is_late(as_alice, sitting, clock):
    clock.move_to(sitting.deadline_at + timedelta(seconds=30))

    post(as_alice, sitting, [entry(S + 1, 0, right_answer(sitting, 0))], "hand-in")

    attempt = Attempt.objects.get()
    assert (attempt.closed_by, attempt.points_centi) == (Attempt.ClosedBy.CLOCK, 0)
    assert journal_of(sitting) == [(S + 1, 0, right_answer(sitting, 0), True)]
    page = text_of(as_alice.get(f"/exams/attempts/{sitting.pk}/"))
    assert "有 1 条作答在收卷 5 秒以后才送到" in page


def test_attempt_hand_in_by_a_plain_form(as_alice, sitting):
    response = as_alice.post(f"/exams/attempts/{sitting.pk}/hand-in/")

    assert response.headers["Location"] == f"/exams/attempts/{sitting.pk}/"
    assert Attempt.objects.get().status == Attempt.Status.MARKED


def test_start_counts_statements(alice, now, django_assert_max_num_queries):
    exam = make_exam()
    make_eligible(alice, exam)

    with django_assert_max_num_queries(16):
        attempts.start(exam=exam, candidate=alice, now=timezone.now())
