"""Seats from the purchase to the first lesson. The rules: docs/rules/seats.md."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from courses import enrolment, learning, seats
from courses.models import Enrolment, Seat, SeatEvent, SeatLink
from courses.seats import Person, refusals
from lms.errors import DomainError
from lms.users.models import OutgoingMail
from tests.factories.courses import EnrolmentFactory, lessons_of
from tests.factories.seats import MADE, link_token, mailed_token, make_batch
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def now():
    return MADE


@pytest.fixture
def batch(alice):
    return make_batch(holder=alice)


def states(batch) -> list[str]:
    return list(batch.seats.order_by("place").values_list("state", flat=True))


def named(batch, alice, now, *, email="bob@example.com") -> Seat:
    [seat] = seats.name_people(batch=batch, people=[Person(email, "乙")], by=alice, now=now)
    return seat


def taken(batch, alice, now) -> Seat:
    bob = UserFactory(email="bob@example.com")
    named(batch, alice, now)
    return seats.claim(token=mailed_token("bob@example.com"), learner=bob, now=now)


def open_first_lesson(seat, now):
    return learning.open_lesson(learner=seat.learner, lesson=lessons_of(seat.batch.course)[0], now=now)


# --- making and ending ----------------------------------------------------------------------------------------------
def test_make_seats_makes_them_once(batch, alice, now):
    again = seats.make_seats(
        course=batch.course, holder=alice, company="别的", order_number=batch.order_number, count=9, now=now
    )

    assert again == batch
    assert states(batch) == ["FREE"] * 3
    assert set(batch.seats.values_list("expires_on", flat=True)) == {date(2027, 11, 22)}


def test_expire_due_ends_what_nobody_accepted(batch, alice, now):
    seat = taken(batch, alice, now)
    named(batch, alice, now, email="carol@example.com")

    assert seats.expire_due(now=now + 365 * DAY) == 0  # the last day still counts
    assert seats.expire_due(now=now + 366 * DAY) == 2
    assert states(batch) == ["TAKEN", "EXPIRED", "EXPIRED"]
    assert not Seat.objects.exclude(pk=seat.pk).exclude(email="", person_name="", token_hash=None).exists()
    assert seats.expire_due(now=now + 366 * DAY) == 0


def test_extend_brings_an_expired_seat_back(batch, alice, now):
    seats.expire_due(now=now + 366 * DAY)
    seat = batch.seats.first()

    extended = seats.extend(seat=seat, until=date(2028, 1, 1), by=alice, reason="疫情", now=now + 366 * DAY)

    assert (extended.state, extended.expires_on, extended.ended_at) == ("FREE", date(2028, 1, 1), None)
    assert seat.events.latest("pk").note == "至 2028-01-01：疫情"


@pytest.mark.parametrize(
    ("until", "reason", "refusal"),
    [
        (date(2028, 1, 1), " ", refusals.ReasonMissing),
        (date(2026, 11, 22), "晚了", refusals.BadExpiry),
        (date(2027, 11, 22), "不变", refusals.BadExpiry),
    ],
)
def test_extend_refuses(until, reason, refusal, batch, alice, now):
    with pytest.raises(refusal):
        seats.extend(seat=batch.seats.first(), until=until, by=alice, reason=reason, now=now)


def test_extend_refuses_a_taken_seat(batch, alice, now):
    with pytest.raises(refusals.NothingToExtend):
        seats.extend(seat=taken(batch, alice, now), until=date(2028, 1, 1), by=alice, reason="x", now=now)


def test_reclaim_takes_a_seat_in_use_and_its_access(batch, alice, now):
    seat = taken(batch, alice, now)
    open_first_lesson(seat, now)

    seats.reclaim(seat=seat, by=alice, reason="冒名", now=now)

    seat.refresh_from_db()
    assert (seat.state, seat.ended_reason, seat.token_hash) == ("RECLAIMED", "冒名", None)
    assert not Enrolment.objects.standing().exists()
    with pytest.raises(refusals.SeatOver):
        seats.reclaim(seat=seat, by=alice, reason="冒名", now=now)
    with pytest.raises(refusals.ReasonMissing):
        seats.reclaim(seat=batch.seats.last(), by=alice, reason="", now=now)


def test_close_unused_takes_what_was_unused_then(alice, now):
    batch = make_batch(holder=alice, count=4)
    early = taken(batch, alice, now)
    open_first_lesson(early, now)
    carol = UserFactory(email="carol@example.com")
    late = seats.claim(token=link_token(batch, places=2), learner=carol, now=now)
    open_first_lesson(late, now + DAY)

    number = batch.order_number
    assert seats.unused_count(order_number=number) == 2
    assert seats.close_unused(order_number=number, since=now, reason="已退款", by=None, now=now + DAY) == 3
    assert states(batch) == ["USED", "RECLAIMED", "RECLAIMED", "RECLAIMED"]
    assert list(Enrolment.objects.standing()) == [early.enrolment]
    assert seats.close_all(order_number=number, reason="争议", by=None, now=now + DAY) == 1
    assert not Enrolment.objects.standing().exists()


# --- naming ---------------------------------------------------------------------------------------------------------
def test_name_people_gives_seats_and_writes(batch, alice, now):
    people = [Person("bob@example.com", "乙"), Person("carol@example.com")]

    seats.name_people(batch=batch, people=people, by=alice, now=now)

    assert states(batch) == ["NAMED", "NAMED", "FREE"]
    assert sorted(OutgoingMail.objects.values_list("to", flat=True)) == ["bob@example.com", "carol@example.com"]
    assert SeatEvent.objects.filter(kind="INVITED", actor=alice).count() == 2


def test_invitation_says_nothing_the_buyer_wrote(batch, alice, now):
    named(batch, alice, now)

    mail = OutgoingMail.objects.get()
    assert "青山" not in mail.subject
    assert batch.course.title in mail.subject


def test_name_people_all_or_none(batch, alice, now):
    named(batch, alice, now)
    people = [Person("new@example.com"), Person("bob@example.com"), Person("new@example.com")]

    with pytest.raises(refusals.PeopleRefused) as refusal:
        seats.name_people(batch=batch, people=people, by=alice, now=now)

    assert refusal.value.errors == {
        1: "bob@example.com 在这一批里已有席位",
        2: "new@example.com 在名单里出现了两次",
    }
    assert states(batch) == ["NAMED", "FREE", "FREE"]
    assert OutgoingMail.objects.count() == 1


def test_name_people_needs_seats(batch, alice, now):
    people = [Person(f"p{n}@example.com") for n in range(4)]

    with pytest.raises(refusals.NotEnoughSeats, match="还有 3 个未指定的席位，名单里有 4 人"):
        seats.name_people(batch=batch, people=people, by=alice, now=now)

    assert states(batch) == ["FREE"] * 3


def test_invite_again_after_an_hour_with_a_new_link(batch, alice, now):
    seat = named(batch, alice, now)
    old = mailed_token("bob@example.com")
    with pytest.raises(refusals.InvitedJustNow):
        seats.invite_again(seat=seat, by=alice, now=now + timedelta(minutes=59))

    seats.invite_again(seat=seat, by=alice, now=now + timedelta(hours=1))

    assert seats.find(old) is None
    assert seats.find(mailed_token("bob@example.com")).seat == seat


def test_naming_and_releasing_is_no_mail_cannon(alice, now):
    batch = make_batch(holder=alice, count=1)
    for n in range(22):
        seats.release(seat=named(batch, alice, now, email=f"p{n}@example.com"), by=alice, now=now)

    with pytest.raises(refusals.TooManyInvitations):
        named(batch, alice, now)

    assert states(batch) == ["FREE"]
    assert named(batch, alice, now + DAY).state == "NAMED"


# --- accepting ------------------------------------------------------------------------------------------------------
def test_claim_enrols(batch, alice, now):
    seat = taken(batch, alice, now)

    given = Enrolment.objects.get()
    assert (given.learner, given.source, given.source_ref) == (seat.learner, "SEAT", batch.order_number)
    assert (seat.state, seat.enrolment, seat.person_name, seat.consent_version) == ("TAKEN", given, "乙", "2026-11")
    assert seats.claim(token=mailed_token("bob@example.com"), learner=seat.learner, now=now) == seat


def test_claim_of_another_address_is_refused(batch, alice, charlie, now):
    named(batch, alice, now)

    with pytest.raises(refusals.InvitationOfAnother):
        seats.claim(token=mailed_token("bob@example.com"), learner=charlie, now=now)

    assert states(batch) == ["NAMED", "FREE", "FREE"]


def test_claim_of_somebody_who_studies_already(batch, alice, charlie, now):
    EnrolmentFactory(learner=charlie, course=batch.course)

    with pytest.raises(refusals.AlreadyStudying):
        seats.claim(token=link_token(batch, places=1), learner=charlie, now=now)

    assert SeatLink.objects.get().claimed == 0


def test_claim_late_is_refused_before_the_sweep_comes(batch, alice, now):
    named(batch, alice, now)
    bob = UserFactory(email="bob@example.com")

    with pytest.raises(refusals.SeatOver):
        seats.claim(token=mailed_token("bob@example.com"), learner=bob, now=now + 366 * DAY)


def test_claim_by_nothing(charlie, now):
    with pytest.raises(refusals.NotInvited):
        seats.claim(token="x", learner=charlie, now=now)


def test_link_counts_down_to_the_last_place(batch, charlie, now):
    token = link_token(batch, places=1)

    seats.claim(token=token, learner=charlie, now=now)

    with pytest.raises(refusals.LinkUsedUp):
        seats.claim(token=token, learner=UserFactory(), now=now)
    assert states(batch) == ["TAKEN", "FREE", "FREE"]
    assert SeatLink.objects.get().remaining == 0


def test_link_gives_a_named_person_their_own_seat(batch, alice, now):
    token = link_token(batch, places=1)
    seat = named(batch, alice, now)
    bob = UserFactory(email="bob@example.com")

    assert seats.claim(token=token, learner=bob, now=now) == seat
    assert SeatLink.objects.get().claimed == 0


def test_link_withdrawn_or_over(batch, charlie, now):
    token = link_token(batch, places=2)
    with pytest.raises(refusals.LinkLapsed):
        seats.claim(token=token, learner=charlie, now=now + 2 * DAY)
    with pytest.raises(refusals.LinkOpen):
        link_token(batch, places=1)

    seats.withdraw_link(link=SeatLink.objects.get(), now=now)

    with pytest.raises(refusals.LinkWithdrawn):
        seats.claim(token=token, learner=charlie, now=now)
    assert link_token(batch, places=1) != token


@pytest.mark.parametrize(("places", "days"), [(0, 1), (4, 1), (-1, 1), (1, -1), (1, 366)])
def test_open_link_refuses_odd_terms(places, days, batch, now):
    with pytest.raises(refusals.BadLink):
        seats.open_link(batch=batch, places=places, valid_until=(now + days * DAY).date(), now=now)


# --- swapping -------------------------------------------------------------------------------------------------------
def test_swap_before_the_first_lesson(batch, alice, now):
    seat = taken(batch, alice, now)
    bob = seat.learner

    swapped = seats.swap(seat=seat, person=Person("carol@example.com"), by=alice, now=now)

    assert (swapped.state, swapped.email, swapped.learner) == ("NAMED", "carol@example.com", None)
    assert not Enrolment.objects.standing().exists()
    with pytest.raises(learning.NotEnrolled):
        learning.open_lesson(learner=bob, lesson=lessons_of(batch.course)[0], now=now)


def test_swap_to_somebody_seated_changes_nothing(batch, alice, now):
    seat = taken(batch, alice, now)
    named(batch, alice, now, email="carol@example.com")

    with pytest.raises(refusals.PeopleRefused):
        seats.swap(seat=seat, person=Person("carol@example.com"), by=alice, now=now)

    assert Enrolment.objects.standing().get().learner == seat.learner


@pytest.mark.parametrize("verb", [seats.release, lambda **k: seats.swap(person=Person("c@example.com"), **k)])
def test_seat_is_kept_from_the_first_lesson_on(verb, batch, alice, now):
    seat = taken(batch, alice, now)
    open_first_lesson(seat, now)

    with pytest.raises(refusals.SeatInUse):
        verb(seat=seat, by=alice, now=now)

    seat.refresh_from_db()
    assert (seat.state, seat.used_at) == ("USED", now)
    assert Enrolment.objects.standing().count() == 1


def test_release_after_support_ended_the_enrolment(batch, alice, now):
    seat = taken(batch, alice, now)
    enrolment.withdraw(enrolment=seat.enrolment, reason="误报", now=now)

    assert seats.release(seat=seat, by=alice, now=now).state == "FREE"


def test_release_of_nothing(batch, alice, now):
    with pytest.raises(refusals.SeatNotNamed):
        seats.release(seat=batch.seats.first(), by=alice, now=now)


def test_refusals_are_sentences():
    plain = [kind for kind in DomainError.__subclasses__() if kind.__module__ == "courses.seats.refusals"]

    assert len(plain) >= 17
    assert all(
        kind.message.endswith("。") for kind in plain if kind not in (refusals.NotEnoughSeats, refusals.PeopleRefused)
    )


# --- the record -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_record_cannot_be_changed_or_deleted(act, batch, alice, now):
    named(batch, alice, now)
    acts = {
        "update": lambda: SeatEvent.objects.update(note="别的"),
        "delete": lambda: SeatEvent.objects.all()._raw_delete("default"),
    }

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        acts[act]()

    assert SeatEvent.objects.count() == 2


def test_the_record_holds_no_whole_address(batch, alice, now):
    seat = named(batch, alice, now)
    seats.release(seat=seat, by=alice, now=now)

    assert list(seat.events.order_by("pk").values_list("kind", "note")) == [
        ("NAMED", "b***@example.com"),
        ("INVITED", ""),
        ("RELEASED", "b***@example.com"),
    ]
