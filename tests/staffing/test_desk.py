"""The training desk, the alerts before a breach and the weekly summary."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from certificates.staffing import alerts, checks, desk
from certificates.staffing.models import BreachAlert, Company, Digest, Member, Person, PersonCertificate, Training
from courses import seats
from courses.models import Seat
from courses.seats import claims, refusals, tokens
from lms.users.models import OutgoingMail
from tests.factories.companies import claim, make_company, make_member, make_person
from tests.factories.courses import make_course
from tests.factories.staffing import make_register
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
NUMBER = "SHFW-2025-U3A52FZQ-T"  # 林晓岚, until 2028-06-09
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def company(alice):
    return make_company(owner=alice)


@pytest.fixture
def batch(alice, now):
    return seats.make_seats(
        course=make_course(modules=1), holder=alice, company="甲", order_number="O1", count=2, now=now
    )


def assign(company, batch, alice, now, *, name="甲", email="jia@example.com", due_on=None):
    person = make_person(company=company, name=name, staff_number=name)
    return desk.assign(person=person, batch=batch, email=email, due_on=due_on, by=alice, now=now)


def lines(company, now):
    return desk.progress(Training.objects.of(company).select_related("person"), now=now)


def test_assign_gives_a_seat_and_writes(company, batch, alice, now):
    training = assign(company, batch, alice, now, email="Jia@example.com", due_on=date(2027, 2, 10))

    assert (training.email, training.seat.state, training.seat.person_name) == ("jia@example.com", "NAMED", "甲")
    assert OutgoingMail.objects.get().to == "jia@example.com"
    with pytest.raises(desk.AlreadyAssigned):
        desk.assign(person=training.person, batch=batch, email="a@b.cn", due_on=None, by=alice, now=now)


def test_assign_refusals_keep_nothing(company, batch, alice, now):
    with pytest.raises(desk.DueInThePast):
        assign(company, batch, alice, now, due_on=date(2026, 11, 21))
    assign(company, batch, alice, now, name="乙", email="a@b.cn")
    with pytest.raises(refusals.PeopleRefused):
        assign(company, batch, alice, now, name="丙", email="a@b.cn")
    assign(company, batch, alice, now, name="丁", email="c@b.cn")
    with pytest.raises(refusals.NotEnoughSeats):
        assign(company, batch, alice, now, name="戊", email="d@b.cn")
    assert Training.objects.count() == 2


def accept(training, now):
    learner = UserFactory(email=training.email)
    Seat.objects.filter(pk=training.seat_id).update(token_hash=tokens.hash_of("t"))
    claims.claim(token="t", learner=learner, now=now)
    return learner


def test_day_of_several_is_set_at_once_or_not_at_all(company, batch, alice, now):
    both = [assign(company, batch, alice, now, name=name, email=f"{name}@b.cn") for name in ("ka", "kb")]

    def days():
        return list(Training.objects.order_by("pk").values_list("due_on", flat=True))

    assert desk.set_due(trainings=both, due_on=date(2027, 2, 10), now=now) == 2
    with pytest.raises(desk.DueInThePast):
        desk.set_due(trainings=both, due_on=date(2026, 11, 21), now=now)
    assert days() == [date(2027, 2, 10)] * 2
    assert desk.set_due(trainings=both[:1], due_on=None, now=now) == 1
    assert days() == [None, date(2027, 2, 10)]


def test_training_due(as_alice, company, batch, alice, now):
    mine = [assign(company, batch, alice, now, name=name, email=f"{name}@b.cn") for name in ("ka", "kb")]
    other = make_company(owner=UserFactory())
    seat = seats.make_seats(course=batch.course, holder=alice, company="乙", order_number="O2", count=1, now=now)
    theirs = assign(other, seat, alice, now, name="kc", email="kc@b.cn")
    address = reverse("staffing:training_due", args=[company.pk])

    def told(**data):
        response = as_alice.post(address, data)
        return response.status_code, "".join(response.content.decode().split())

    assert "请先在表里勾选要改的人" in told(due_on="2999-01-01")[1]
    assert "名单有变化" in told(trainings=[theirs.pk], due_on="2027-02-10")[1]
    code, page = told(trainings=[mine[1].pk], due_on="2020-01-01")
    assert (code, "希望取证的日期应在今天或以后" in page, page.count("checked")) == (200, True, 1)
    assert told(trainings=[one.pk for one in mine], due_on="2099-02-10")[0] == 302
    assert set(Training.objects.values_list("due_on", flat=True)) == {date(2099, 2, 10), None}


def test_progress_only_with_consent(company, batch, alice, now):
    training = assign(company, batch, alice, now, due_on=date(2026, 11, 23))
    learner = accept(training, now)
    [line] = lines(company, now)
    assert (line.state, line.done, line.total, line.is_overdue) == ("已加入", None, None, False)

    Person.objects.filter(pk=training.person_id).update(user=learner)
    [line] = lines(company, now + timedelta(days=2))
    assert (line.done, line.total > 0, line.is_overdue) == (0, True, True)


def test_consent_of_another_account_tells_nothing(company, batch, alice, charlie, now):
    training = assign(company, batch, alice, now)
    accept(training, now)
    Person.objects.filter(pk=training.person_id).update(user=charlie)

    assert lines(company, now)[0].total is None


def test_nudge_at_most_once_a_week(company, batch, alice, now):
    training = assign(company, batch, alice, now)
    desk.nudge(training=training, by=alice, now=now)
    assert OutgoingMail.objects.count() == 2
    with pytest.raises(desk.NudgedLately):
        desk.nudge(training=training, by=alice, now=now + timedelta(days=7, seconds=-1))
    desk.nudge(training=training, by=alice, now=now + timedelta(days=7))


def test_nobody_is_nudged_who_is_through(company, batch, alice, now):
    register = make_register(now=now)
    training = assign(company, batch, alice, now)
    claim(person=training.person, certificate=register[NUMBER], at=now)

    assert lines(company, now)[0].is_certified
    with pytest.raises(desk.NothingToNudge):
        desk.nudge(training=training, by=alice, now=now)
    PersonCertificate.objects.update(ended_at=now)
    seats.release(seat=training.seat, by=alice, now=now)
    with pytest.raises(desk.NothingToNudge):
        desk.nudge(training=training, by=alice, now=now)


@pytest.mark.parametrize("count", [1, 2])
def test_progress_needs_the_same_queries_for_any_number(
    count, company, batch, alice, now, django_assert_max_num_queries
):
    for number in range(count):
        assign(company, batch, alice, now, name=f"人{number}", email=f"{number}@b.cn")

    with django_assert_max_num_queries(8):
        lines(company, now)


@pytest.fixture
def covered(company, now):
    make_register(now=now)
    make_person(company=company, name="林晓岚", certificate_number=NUMBER)
    return company


def at(day, hour=12):
    return datetime(day.year, day.month, day.day, hour, tzinfo=CHINA)


def sent(company):
    return sorted(BreachAlert.objects.filter(company=company).values_list("days_ahead", flat=True), reverse=True)


BREACH = date(2028, 6, 10)


def test_alerts_at_180_90_and_30_days_once_each(covered, outbox_texts):
    for days in (181, 180, 179, 90, 89, 30, 29, 1):
        alerts.sweep(now=at(BREACH - timedelta(days=days)))
    assert sent(covered) == [180, 90, 30]

    texts = [text for text in outbox_texts() if "足" in text and "原因" in text]
    assert len(texts) == 3
    assert "将在 2028-06-10（180 天后）不足：需要 1 名，届时 0 名，缺 1 名" in texts[0]
    assert "林晓岚（没有工号）的证书有效期至 2028-06-09" in texts[0]


def test_alert_of_a_late_discovery_is_the_nearest_one(covered):
    alerts.sweep(now=at(BREACH - timedelta(days=60)))
    alerts.sweep(now=at(BREACH - timedelta(days=59)))

    assert sent(covered) == [90]


def test_alert_when_it_is_there_then_not_again_for_90_days(covered):
    for days in (0, 1, 30, 89, 91):
        alerts.sweep(now=at(BREACH + timedelta(days=days)))

    assert sent(covered) == [0, 0]


def test_alert_and_digest_go_to_who_may_manage(covered, alice, charlie):
    make_member(company=covered, user=charlie)
    Member.objects.filter(user=alice).update(wants_digest=False)
    bob = UserFactory(email="bob@example.com")
    make_member(company=covered, user=bob, role=Member.Role.MANAGER)

    alerts.sweep(now=at(BREACH))

    told = OutgoingMail.objects.values_list("to", "subject")
    assert sorted((to, "本周" in subject) for to, subject in told) == [
        ("alice@example.com", False),
        ("bob@example.com", False),
        ("bob@example.com", True),
    ]


def test_digest_once_a_week_from_monday_eight_o_clock(covered, outbox_texts):
    monday = date(2026, 11, 23)
    for moment in (at(monday, 7), at(monday, 8), at(monday, 9), at(monday + timedelta(days=6))):
        alerts.sweep(now=moment)
    assert list(Digest.objects.values_list("week_start_date", flat=True)) == [monday]
    assert "需要 1 名，已有 1 名" in outbox_texts()[0]
    alerts.sweep(now=at(monday + timedelta(days=7)))
    assert Digest.objects.count() == 2


def test_company_without_people_or_managers_hears_nothing(company, now):
    alerts.sweep(now=now)
    make_person(company=company, is_manager=False)
    alerts.sweep(now=now)

    assert OutgoingMail.objects.count() == 0
    assert alerts.sweep(now=now) <= 1


def test_sweep_looks_once_a_day(covered):
    day = date(2026, 11, 24)
    assert alerts.sweep(now=at(day)) == 1
    assert alerts.sweep(now=at(day, 13)) == 0
    assert Company.objects.get().watched_on == day
    assert checks.check_company(company=covered, as_of=day).staffing.held == 1
