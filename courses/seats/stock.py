"""
Seats come into being, run out, and are taken back for good.

Whoever changes who sits where locks the batch first, then the seat; a verb on one seat alone locks that seat.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from courses import enrolment
from courses.models import CoursePage, Enrolment, Seat, SeatBatch, SeatEvent
from courses.models.seats import SeatQuerySet
from courses.seats import refusals
from lms.users.models import User

CHUNK = 500


@transaction.atomic
def make_seats(
    *,
    course: CoursePage,
    holder: User,
    company: str,
    company_code: str = "",
    order_number: str,
    count: int,
    now: datetime,
) -> SeatBatch:
    """
    Make the seats of one order; a second call returns the batch that is there.

    Source: docs/rules/seats.md, rules S1 and S2.
    """
    batch, is_new = SeatBatch.objects.get_or_create(
        order_number=order_number,
        defaults={
            "course": course,
            "holder": holder,
            "company": company,
            "company_code": company_code,
            "size": count,
            "made_at": now,
        },
    )
    if is_new:
        expires_on = timezone.localdate(now) + timedelta(days=settings.SEAT_VALID_DAYS)
        rows = (Seat(batch=batch, place=place, expires_on=expires_on) for place in range(1, count + 1))
        Seat.objects.bulk_create(rows, batch_size=CHUNK)
    return batch


def begin(*, enrolment: Enrolment, now: datetime) -> bool:
    """
    Mark the seat behind an enrolment as used, because its learner opens a lesson. Runs inside a transaction.

    False if the seat was taken away meanwhile: the swap was first. Source: docs/rules/seats.md, rule S5.
    """
    seat = Seat.objects.select_for_update().filter(enrolment=enrolment, ended_at=None).first()
    if seat is None:
        return False
    if seat.state == Seat.State.TAKEN:
        seat.state, seat.used_at = Seat.State.USED, now
        seat.save(update_fields=["state", "used_at"])
        SeatEvent.objects.create(seat=seat, kind=SeatEvent.Kind.USED, actor=seat.learner, at=now)
    return True


def expire_due(*, now: datetime) -> int:
    """Let the seats that nobody accepted in time run out; return how many. Source: docs/rules/seats.md, rule S6."""
    today, expired = timezone.localdate(now), 0
    while True:
        with transaction.atomic():
            due = Seat.objects.lapsed(today).order_by("pk").select_for_update(skip_locked=True)
            pks = list(due.values_list("pk", flat=True)[:CHUNK])
            if not pks:
                return expired
            Seat.objects.filter(pk__in=pks).update(
                state=Seat.State.EXPIRED,
                email="",
                person_name="",
                token_hash=None,
                ended_at=now,
                ended_reason="有效期内没有人加入",
            )
            SeatEvent.objects.bulk_create(SeatEvent(seat_id=pk, kind=SeatEvent.Kind.EXPIRED, at=now) for pk in pks)
        expired += len(pks)


@transaction.atomic
def extend(*, seat: Seat, until: date, by: User, reason: str, now: datetime) -> Seat:
    """
    Give a seat that nobody accepted a later last day; one that has run out is free again.

    Raises: ReasonMissing, NothingToExtend, BadExpiry. Source: docs/rules/seats.md, rule S7.
    """
    locked = Seat.objects.select_for_update().get(pk=seat.pk)
    if not reason.strip():
        raise refusals.ReasonMissing
    if locked.state not in (Seat.State.FREE, Seat.State.NAMED, Seat.State.EXPIRED):
        raise refusals.NothingToExtend
    if until <= max(timezone.localdate(now), locked.expires_on):
        raise refusals.BadExpiry
    if locked.state == Seat.State.EXPIRED:
        locked.state, locked.ended_at, locked.ended_reason = Seat.State.FREE, None, ""
    locked.expires_on = until
    locked.save()
    note = f"至 {until:%Y-%m-%d}：{reason.strip()}"[:300]
    SeatEvent.objects.create(seat=locked, kind=SeatEvent.Kind.EXTENDED, actor=by, at=now, note=note)
    return locked


@transaction.atomic
def reclaim(*, seat: Seat, by: User, reason: str, now: datetime) -> Seat:
    """
    Take one seat back for good, whoever sits on it; study records stay with the person.

    Raises: ReasonMissing, SeatOver. Source: docs/rules/seats.md, rule S7.
    """
    locked = Seat.objects.select_for_update().get(pk=seat.pk)
    if not reason.strip():
        raise refusals.ReasonMissing
    if locked.ended_at:
        raise refusals.SeatOver
    _end([locked], reason=reason.strip(), by=by, now=now)
    return locked


def unused_count(*, order_number: str, since: datetime | None = None) -> int:
    """Count the seats of an order whose first lesson was not opened, or only after `since`."""
    return _unused(order_number, since).count()


def in_study_count(*, order_number: str) -> int:
    """Count the seats of an order that somebody has begun to study on."""
    return Seat.objects.filter(batch__order_number=order_number, state=Seat.State.USED).count()


@transaction.atomic
def close_unused(*, order_number: str, since: datetime, reason: str, by: User | None, now: datetime) -> int:
    """
    Take back the seats of an order that were unused at `since`; return how many.

    A seat whose first lesson was opened after `since` goes too: the money for it has gone back.
    Source: docs/rules/money.md, rule R8.
    """
    SeatBatch.objects.select_for_update(no_key=True).filter(order_number=order_number).first()
    seats = list(_unused(order_number, since).select_related("enrolment").select_for_update(of=("self",)))
    _end(seats, reason=reason, by=by, now=now)
    return len(seats)


@transaction.atomic
def close_all(*, order_number: str, reason: str, by: User | None, now: datetime) -> int:
    """Take back every seat of an order and return how many; study records stay. Source: docs/rules/money.md, R6."""
    SeatBatch.objects.select_for_update(no_key=True).filter(order_number=order_number).first()
    standing = Seat.objects.filter(batch__order_number=order_number, ended_at=None)
    seats = list(standing.select_related("enrolment").select_for_update(of=("self",)))
    _end(seats, reason=reason, by=by, now=now)
    return len(seats)


def _unused(order_number: str, since: datetime | None) -> SeatQuerySet:
    seats = Seat.objects.filter(batch__order_number=order_number)
    if since is None:
        return seats.unused()
    return seats.unused() | seats.filter(state=Seat.State.USED, used_at__gt=since)


def _end(seats: list[Seat], *, reason: str, by: User | None, now: datetime) -> None:
    for seat in seats:
        leave(seat, reason=reason, now=now)
        seat.state, seat.token_hash, seat.ended_at, seat.ended_reason = Seat.State.RECLAIMED, None, now, reason[:200]
    fields = ["state", "token_hash", "ended_at", "ended_reason"]
    Seat.objects.bulk_update(seats, fields, batch_size=CHUNK)
    SeatEvent.objects.bulk_create(
        SeatEvent(seat=seat, kind=SeatEvent.Kind.RECLAIMED, actor=by, at=now, note=reason[:300]) for seat in seats
    )


def leave(seat: Seat, *, reason: str, now: datetime) -> None:
    """End the enrolment that a locked seat gave, unless somebody has ended it before."""
    if seat.enrolment is None:
        return
    try:
        enrolment.withdraw(enrolment=seat.enrolment, reason=reason[:200], now=now)
    except enrolment.AlreadyWithdrawn:
        return
