"""The buyer's pages of seats, and the page of the invited."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from courses import learning, seats
from courses.models import Enrolment, SeatLink
from courses.seats import Person
from lms.users import roles
from tests.factories.courses import finish_course, lessons_of, make_course
from tests.factories.seats import link_token, mailed_token, make_batch
from tests.factories.users import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def batch(alice, now):
    return make_batch(holder=alice, count=6, course=make_course(lessons=2), now=now)


@pytest.fixture
def life(batch, alice, now):
    """One seat in each of the first five states of its life."""
    people = {}
    for name in ("taken", "studying", "finished"):
        people[name] = UserFactory(email=f"{name}@example.com")
    token = link_token(batch, places=3, now=now)
    for person in people.values():
        seats.claim(token=token, learner=person, now=now)
    learning.open_lesson(learner=people["studying"], lesson=lessons_of(batch.course)[0], now=now)
    finish_course(people["finished"], batch.course, now=now + timedelta(hours=4))
    seats.name_people(batch=batch, people=[Person("named@example.com", "丁")], by=alice, now=now)
    return batch


def figures(page) -> dict[str, int]:
    return {figure.name: figure.count for figure in page.context["figures"]}


def emails(page) -> list[str]:
    return [seat.email for seat, _, _ in page.context["rows"]]


# --- seat_list ------------------------------------------------------------------------------------------------------
def test_seat_list_empty(as_alice):
    page = as_alice.get("/seats/")

    assert "还没有席位" in page.content.decode()


def test_seat_list_counts_and_shows_progress(life, as_alice):
    page = as_alice.get("/seats/")

    assert figures(page) == {
        "free": 2,
        "named": 1,
        "taken": 1,
        "studying": 1,
        "finished": 1,
        "expired": 0,
        "reclaimed": 0,
    }
    progress = {s.email: (word, s.lessons_done, s.lessons_total) for s, _, word in page.context["rows"] if s.learner}
    assert progress == {
        "taken@example.com": ("已加入", 0, 2),
        "studying@example.com": ("学习中", 0, 2),
        "finished@example.com": ("已学完", 2, 2),
    }


@pytest.mark.parametrize("name", ["named", "taken", "studying", "finished"])
def test_seat_list_filters(name, life, as_alice):
    assert emails(as_alice.get(f"/seats/?state={name}")) == [f"{name}@example.com"]


def test_seat_list_searches(life, as_alice):
    assert emails(as_alice.get("/seats/?q=丁")) == ["named@example.com"]
    assert emails(as_alice.get("/seats/?q=FINISHED@")) == ["finished@example.com"]


@pytest.mark.parametrize(
    "query", ["state=x", "batch=x", "batch=" + "7" * 30, "batch=²", "page=-1", "q=%00", "q=" + "a" * 5000, "batches=x"]
)
def test_seat_list_bears_bad_input(query, life, as_alice):
    assert as_alice.get(f"/seats/?{query}").status_code == 200
    assert as_alice.get(f"/seats/export/?{query}").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_seat_list_takes_the_same_queries(count, alice, as_alice, now, django_assert_num_queries):
    course = make_course()
    for _ in range(count):
        batch = make_batch(holder=alice, count=count, course=course, now=now)
        seats.claim(token=link_token(batch, places=1, now=now), learner=UserFactory(), now=now) if _ == 0 else None
    as_alice.get("/seats/")

    with django_assert_num_queries(10):
        as_alice.get("/seats/")


def test_seat_list_shows_nothing_of_others(life, as_charlie):
    assert "还没有席位" in as_charlie.get("/seats/").content.decode()


@pytest.mark.parametrize("path", ["/seats/{s}/", "/seats/batches/{b}/"])
def test_seats_of_others_are_404(path, life, as_charlie):
    path = path.format(s=life.seats.first().pk, b=life.pk)

    assert {as_charlie.get(path).status_code, as_charlie.post(path, {"email": "x@example.com"}).status_code} == {404}


@pytest.mark.parametrize(
    "path",
    ["/seats/{s}/release/", "/seats/{s}/invite/", "/seats/batches/{b}/link/", "/seats/batches/{b}/link/withdraw/"],
)
def test_verbs_on_seats_of_others_are_404(path, life, as_charlie, as_alice):
    path = path.format(s=life.seats.first().pk, b=life.pk)

    assert as_charlie.post(path).status_code == 404
    assert as_alice.get(path).status_code == 405


# --- seat_export ----------------------------------------------------------------------------------------------------
def test_seat_export_is_the_filtered_list(life, as_alice):
    answer = as_alice.get("/seats/export/?state=finished")

    [head, row] = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert head[:5] == ["企业", "订单号", "课程", "序号", "状态"]
    assert (row[0], row[4], row[6], row[-2:]) == ("青山家电有限公司", "已学完", "finished@example.com", [2, 2])


def test_seat_export_writes_no_formula(batch, alice, as_alice, now):
    seats.name_people(batch=batch, people=[Person("a@example.com", "=1+1")], by=alice, now=now)

    answer = as_alice.get("/seats/export/?state=named")

    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[1][5] == "=1+1"


# --- seat_batch -----------------------------------------------------------------------------------------------------
def test_seat_batch_names_people(batch, as_alice):
    pasted = "甲\ta@example.com\n\nB@example.com\n丙，c@example.com\r\n"

    answer = as_alice.post(f"/seats/batches/{batch.pk}/", {"people": pasted})

    assert answer.status_code == 302
    assert list(batch.seats.exclude(email="").order_by("place").values_list("person_name", "email")) == [
        ("甲", "a@example.com"),
        ("", "b@example.com"),
        ("丙", "c@example.com"),
    ]


def test_seat_batch_complains_line_by_line(batch, as_alice):
    answer = as_alice.post(
        f"/seats/batches/{batch.pk}/", {"people": "甲 a@example.com\n乙\nx@y\na@b.cn c@d.cn\n" + "长" * 51 + " e@f.cn"}
    )

    assert answer.context["form"].errors["people"] == [
        "第 2 行：没有邮箱。",
        "第 3 行：“x@y”不是一个邮箱地址。",
        "第 4 行：有两个邮箱，一行只写一个人。",
        "第 5 行：姓名最多 50 个字，邮箱最多 254 个字符。",
    ]
    assert batch.seats.free().count() == 6


def test_seat_batch_says_which_line_the_verb_refused(batch, as_alice):
    answer = as_alice.post(f"/seats/batches/{batch.pk}/", {"people": "a@example.com\n\na@example.com"})

    assert answer.context["form"].errors["people"] == ["第 3 行：a@example.com 在名单里出现了两次。"]
    assert batch.seats.free().count() == 6


@pytest.mark.parametrize("people", ["", "\n".join(f"p{n}@example.com" for n in range(7)), "x" * 200_001, "\x00"])
def test_seat_batch_refuses_in_words(people, batch, as_alice):
    answer = as_alice.post(f"/seats/batches/{batch.pk}/", {"people": people})

    assert answer.status_code == 200
    assert answer.context["form"].errors["people"]
    assert batch.seats.free().count() == 6


def test_seat_link_is_opened_shown_and_withdrawn(batch, as_alice):
    day = f"{timezone.localdate():%Y-%m-%d}"
    as_alice.post(f"/seats/batches/{batch.pk}/link/", {"places": "2", "valid_until": day})

    page = as_alice.get(f"/seats/batches/{batch.pk}/").content.decode()

    assert "/seats/join/" in page
    assert "<svg" in page.partition("seat-qr")[2]
    as_alice.post(f"/seats/batches/{batch.pk}/link/withdraw/")
    assert SeatLink.objects.get().withdrawn_at
    assert as_alice.post(f"/seats/batches/{batch.pk}/link/withdraw/").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"places": "0", "valid_until": "2026-12-01"},
        {"places": "1000000000", "valid_until": "2099-01-01"},
        {"places": "7", "valid_until": "2026-12-01"},
    ],
)
def test_seat_link_open_refuses_in_words(data, batch, as_alice):
    answer = as_alice.post(f"/seats/batches/{batch.pk}/link/", data)

    assert answer.status_code == 200
    assert "没有提交成功" in answer.content.decode()
    assert not SeatLink.objects.exists()


# --- seat_detail ----------------------------------------------------------------------------------------------------
def test_seat_detail_swaps(life, as_alice):
    seat = life.seats.get(email="taken@example.com")

    as_alice.post(f"/seats/{seat.pk}/", {"email": "New@example.com", "name": "戊"})

    seat.refresh_from_db()
    assert (seat.state, seat.email, seat.person_name) == ("NAMED", "new@example.com", "戊")


@pytest.mark.parametrize(
    ("email", "words"),
    [("x", "邮箱"), ("named@example.com", "在这一批里已有席位"), ("", "没有提交成功")],
)
def test_seat_detail_refuses_in_words(email, words, life, as_alice):
    seat = life.seats.get(email="taken@example.com")

    page = as_alice.post(f"/seats/{seat.pk}/", {"email": email}).content.decode()

    assert words in page
    seat.refresh_from_db()
    assert seat.state == "TAKEN"


def test_seat_in_use_cannot_be_swapped_or_released(life, as_alice):
    seat = life.seats.get(email="studying@example.com")

    page = as_alice.post(f"/seats/{seat.pk}/", {"email": "new@example.com"}).content.decode()
    told = as_alice.post(f"/seats/{seat.pk}/release/", follow=True).content.decode()

    assert "不能再换人" in page
    assert "不能再换人" in told
    assert life.seats.get(pk=seat.pk).state == "USED"


def test_seat_release_and_invite(life, as_alice):
    seat = life.seats.get(email="named@example.com")

    told = as_alice.post(f"/seats/{seat.pk}/invite/", follow=True).content.decode()
    as_alice.post(f"/seats/{seat.pk}/release/")

    assert "一小时内已经发过" in told
    seat.refresh_from_db()
    assert seat.state == "FREE"


# --- seat_claim -----------------------------------------------------------------------------------------------------
@pytest.fixture
def path(batch, alice, charlie, now):
    seats.name_people(batch=batch, people=[Person(charlie.email)], by=alice, now=now)
    return f"/seats/join/{mailed_token(charlie.email)}/"


def test_seat_claim_shows_the_offer_and_brings_strangers_back(path, batch):
    page = Client().get(path).content.decode()

    assert "青山家电有限公司" in page
    assert f"/accounts/login/?next={path}" in page
    assert f"/accounts/signup/?next={path}" in page
    assert Client().post(path)["Location"] == f"/accounts/login/?next={path}"


def test_seat_claim_needs_consent(path, as_charlie):
    assert "企业看不到我的答题" in as_charlie.get(path).content.decode()

    page = as_charlie.post(path).content.decode()

    assert "请先阅读并勾选同意" in page
    assert not Enrolment.objects.exists()


def test_seat_claim_enrols_once(path, as_charlie, charlie, batch):
    first, second = as_charlie.post(path, {"agrees": "on"}), as_charlie.post(path, {"agrees": "on"})

    assert (first["Location"], second["Location"]) == ("/learn/", "/learn/")
    assert Enrolment.objects.get().learner == charlie
    assert "你已经加入" in as_charlie.get(path).content.decode()


def test_seat_claim_of_another_address(path, as_alice):
    page = as_alice.get(path).content.decode()

    assert "请用收到邀请的邮箱登录或注册" in page
    assert as_alice.post(path, {"agrees": "on"}).status_code == 302
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize("token", ["x", "-", "a" * 3000])
def test_seat_claim_by_nothing(token, client, db):
    answer = client.get(f"/seats/join/{token}/")

    assert answer.status_code == 404
    assert "这个邀请已经失效" in answer.content.decode()


# --- the header -----------------------------------------------------------------------------------------------------
def test_header_leads_holders_to_their_seats(batch, as_alice, as_charlie):
    assert 'href="/seats/"' not in as_alice.get("/accounts/profile/").content.decode()

    as_alice.get("/learn/")
    as_charlie.get("/learn/")

    assert 'href="/seats/"' in as_alice.get("/accounts/profile/").content.decode()
    assert 'href="/seats/"' not in as_charlie.get("/accounts/profile/").content.decode()


# --- somebody without an account ------------------------------------------------------------------------------------
def test_an_invited_person_without_an_account_signs_up_and_joins(batch, alice, now, mailoutbox):
    roles.sync()
    seats.name_people(batch=batch, people=[Person("new@example.com")], by=alice, now=now)
    path, visitor = f"/seats/join/{mailed_token('new@example.com')}/", Client()

    filled = {"name": "新人", "email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    visitor.post("/accounts/signup/", filled | {"accepts_terms": "on", "next": path})
    lands = visitor.post(re.search(r"/accounts/confirm-email/\S+", mailoutbox[0].body)[0])
    visitor.post(path, {"agrees": "on"})

    assert lands["Location"] == path
    seat = batch.seats.get(state="TAKEN")
    assert (seat.learner.email, seat.enrolment.learner) == ("new@example.com", seat.learner)
