"""Who shall sit where: name people, write to them, swap them, take a seat back while its first lesson is unopened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from courses.models import Seat, SeatBatch, SeatEvent
from courses.seats import refusals, stock, tokens
from lms.users import outbox
from lms.users.models import User

INVITED_AGAIN_AFTER = timedelta(hours=1)
A_DAY = timedelta(days=1)
SPARE_INVITATIONS = 20


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a buyer names. `name` is what the company calls them, and may be missing."""

    email: str
    name: str = ""


@transaction.atomic
def name_people(*, batch: SeatBatch, people: Sequence[Person], by: User, now: datetime) -> list[Seat]:
    """
    Give each of these people a free seat of the batch and write to them; all of them, or none.

    Raises: NotEnoughSeats, PeopleRefused, TooManyInvitations. Source: docs/rules/seats.md, rule S3.
    """
    locked = SeatBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    _refuse_odd_people(locked, people)
    free = locked.seats.free().filter(expires_on__gte=timezone.localdate(now)).order_by("place")
    seats = list(free.select_for_update()[: len(people)])
    if len(seats) < len(people):
        raise refusals.NotEnoughSeats(free=len(seats), asked=len(people))
    _refuse_a_flood(locked, len(people), now)
    for seat, person in zip(seats, people, strict=True):
        _name(seat, person, by, now)
    return seats


@transaction.atomic
def swap(*, seat: Seat, person: Person, by: User, now: datetime) -> Seat:
    """
    Give somebody's seat to somebody else, while the first lesson is unopened; all of it happens, or nothing.

    Raises: SeatInUse, SeatNotNamed, SeatOver, PeopleRefused, TooManyInvitations. Source: docs/rules/seats.md, rule S5.
    """
    batch = SeatBatch.objects.select_for_update(no_key=True).get(pk=seat.batch_id)
    locked = _release(seat, by, now)
    if locked.expires_on < timezone.localdate(now):  # its first person had come in time, a second one cannot
        raise refusals.SeatOver
    _refuse_odd_people(batch, [person])
    _refuse_a_flood(batch, 1, now)
    _name(locked, person, by, now)
    return locked


@transaction.atomic
def release(*, seat: Seat, by: User, now: datetime) -> Seat:
    """
    Take a seat back from the person it was named for, while the first lesson is unopened; it is free again.

    Raises: SeatInUse, SeatNotNamed, SeatOver. Source: docs/rules/seats.md, rule S5.
    """
    SeatBatch.objects.select_for_update(no_key=True).get(pk=seat.batch_id)
    return _release(seat, by, now)


@transaction.atomic
def invite_again(*, seat: Seat, by: User, now: datetime) -> Seat:
    """
    Write once more to the person a seat is named for; the link of the earlier mail ends.

    Raises: SeatNotNamed, SeatOver, InvitedJustNow, TooManyInvitations. Source: docs/rules/seats.md, rule S3.
    """
    batch = SeatBatch.objects.select_for_update(no_key=True).get(pk=seat.batch_id)
    locked = Seat.objects.select_for_update().get(pk=seat.pk)
    if locked.ended_at or locked.expires_on < timezone.localdate(now):
        raise refusals.SeatOver
    if locked.state != Seat.State.NAMED:
        raise refusals.SeatNotNamed
    if locked.invited_at and now < locked.invited_at + INVITED_AGAIN_AFTER:
        raise refusals.InvitedJustNow
    _refuse_a_flood(batch, 1, now)
    _invite(locked, by, now)
    return locked


def _release(seat: Seat, by: User, now: datetime) -> Seat:
    locked = Seat.objects.select_for_update().get(pk=seat.pk)
    if locked.ended_at:
        raise refusals.SeatOver
    if locked.state == Seat.State.USED:
        raise refusals.SeatInUse
    if locked.state == Seat.State.FREE:
        raise refusals.SeatNotNamed
    note = _masked(locked.email)
    stock.leave(locked, reason="企业把席位换给了别人或收回重新分配", now=now)
    locked.state, locked.learner, locked.enrolment = Seat.State.FREE, None, None
    locked.email = locked.person_name = locked.consent_version = ""
    locked.token_hash = locked.named_at = locked.invited_at = locked.taken_at = None
    locked.save()
    SeatEvent.objects.create(seat=locked, kind=SeatEvent.Kind.RELEASED, actor=by, at=now, note=note)
    return locked


def _refuse_odd_people(batch: SeatBatch, people: Sequence[Person]) -> None:
    """Refuse whoever is in the list twice, or sits in this batch already. Says nothing about anybody's account."""
    held = Seat.objects.filter(batch=batch, ended_at=None, email__in=[person.email for person in people])
    seated = set(held.values_list("email", flat=True))
    errors, seen = {}, set[str]()
    for position, person in enumerate(people):
        if person.email in seen:
            errors[position] = f"{person.email} 在名单里出现了两次"
        elif person.email in seated:
            errors[position] = f"{person.email} 在这一批里已有席位"
        seen.add(person.email)
    if errors:
        raise refusals.PeopleRefused(errors)


def _refuse_a_flood(batch: SeatBatch, count: int, now: datetime) -> None:
    """Keep a buyer from sending mail without end by naming and releasing."""
    sent = SeatEvent.objects.filter(seat__batch=batch, kind=SeatEvent.Kind.INVITED, at__gt=now - A_DAY).count()
    if sent + count > 2 * batch.size + SPARE_INVITATIONS:
        raise refusals.TooManyInvitations


def _name(seat: Seat, person: Person, by: User, now: datetime) -> None:
    seat.state, seat.email, seat.person_name, seat.named_at = Seat.State.NAMED, person.email, person.name, now
    SeatEvent.objects.create(seat=seat, kind=SeatEvent.Kind.NAMED, actor=by, at=now, note=_masked(person.email))
    _invite(seat, by, now)


def _masked(email: str) -> str:
    """Say enough to know the person again: the record stays when the address is erased (docs/rules/privacy.md, V10)."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}***@{domain}"


def _invite(seat: Seat, by: User, now: datetime) -> None:
    """
    Queue the mail in this transaction. It says nothing that the buyer could write freely, see docs/rules/privacy.md V7.
    """
    token = tokens.new_token()
    seat.token_hash, seat.invited_at = tokens.hash_of(token), now
    seat.save()
    SeatEvent.objects.create(seat=seat, kind=SeatEvent.Kind.INVITED, actor=by, at=now)
    course = seat.batch.course
    context = {
        "holder_email": seat.batch.holder.email,
        "course": course,
        "expires_on": seat.expires_on,
        "url": settings.SITE_URL + reverse("courses:seat_claim", args=[token]),
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    message = EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}邀请你学习：{course.title}",
        render_to_string("courses/mail/seat_invitation.txt", context),
        to=[seat.email],
    )
    outbox.queue(message=message, now=now)
