"""The training desk: give seats, see how far people are, remind them. Source: docs/rules/companies.md, rule C14."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from certificates.models import Certificate
from certificates.staffing.models import Person, Training
from courses import seat_usage, seats
from courses.models import Seat, SeatBatch
from lms.errors import DomainError
from lms.users import outbox
from lms.users.models import User

NUDGED_AGAIN_AFTER = timedelta(days=7)


class AlreadyAssigned(DomainError):
    message = "这个人在这批席位里已经有安排。请在列表里查看。"


class NudgedLately(DomainError):
    message = "7 天内已经提醒过这个人。请过几天再提醒。"


class NothingToNudge(DomainError):
    message = "这个人已经取得证书，或席位已经收回，不需要提醒。"


class SeatGone(DomainError):
    message = "这个席位已经换给别人或收回，不在这个人名下。请重新读取培训安排。"


class DueInThePast(DomainError):
    message = "希望取证的日期应在今天或以后。"


@dataclass(frozen=True, slots=True)
class Progress:
    """One line of the desk. `done` and `total` count lessons and are None without consent."""

    training: Training
    state: str
    done: int | None
    total: int | None
    is_certified: bool
    is_overdue: bool
    may_nudge: bool


@transaction.atomic
def assign(*, person: Person, batch: SeatBatch, email: str, due_on: date | None, by: User, now: datetime) -> Training:
    """
    Give one of a company's people a free seat of a batch and write to them.

    Raises: AlreadyAssigned, DueInThePast, and the refusals of courses.seats.name_people.
    """
    locked = Person.objects.select_for_update().get(pk=person.pk)
    if due_on and due_on < timezone.localdate(now):
        raise DueInThePast
    if Training.objects.filter(person=locked, seat__batch=batch, seat__ended_at=None).exists():
        raise AlreadyAssigned
    email = email.strip().lower()
    [seat] = seats.name_people(batch=batch, people=[seats.Person(email=email, name=locked.name)], by=by, now=now)
    return Training.objects.create(
        person=locked, seat=seat, email=email, due_on=due_on, assigned_by=by, assigned_at=now
    )


@transaction.atomic
def set_due(*, trainings: Iterable[Training], due_on: date | None, now: datetime) -> int:
    """
    Change the day by which these people's certificates are wanted, None: no day; return how many were changed.

    Raises: DueInThePast; then none is changed. Source: docs/rules/companies.md, rule C20.
    """
    if due_on and due_on < timezone.localdate(now):
        raise DueInThePast
    locked = Training.objects.select_for_update().order_by("pk")
    pks = list(locked.filter(pk__in=[one.pk for one in trainings]).values_list("pk", flat=True))
    return Training.objects.filter(pk__in=pks).update(due_on=due_on)


@transaction.atomic
def reclaim(*, training: Training, by: User, now: datetime) -> Seat:
    """
    Take the seat of a training back while its first lesson is unopened; it is free again.

    Raises: SeatGone, and the refusals of courses.seats.release. Source: docs/rules/seats.md, rule S5.
    """
    SeatBatch.objects.select_for_update(no_key=True).get(pk=training.seat.batch_id)
    seat = Seat.objects.select_for_update().get(pk=training.seat_id)
    if seat.email != training.email:
        raise SeatGone
    return seats.release(seat=seat, by=by, now=now)


@transaction.atomic
def nudge(*, training: Training, by: User, now: datetime) -> Training:
    """Remind somebody of the course by mail, at most once in 7 days. Raises: NudgedLately, NothingToNudge."""
    locked = Training.objects.select_for_update().get(pk=training.pk)
    if locked.nudged_at and now < locked.nudged_at + NUDGED_AGAIN_AFTER:
        raise NudgedLately
    [line] = progress([locked], now=now)
    if line.is_certified or locked.seat.ended_at or locked.seat.email != locked.email:
        raise NothingToNudge
    locked.nudged_at = now
    locked.save(update_fields=["nudged_at"])
    course = locked.seat.batch.course
    context = {
        "sender_email": by.email,
        "course": course,
        "due_on": locked.due_on,
        "is_new": locked.seat.state == Seat.State.NAMED,
        "url": settings.SITE_URL + reverse("learn"),
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    message = EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}学习提醒：{course.title}",
        render_to_string("staffing/mail/nudge.txt", context),
        to=[locked.email],
    )
    outbox.queue(message=message, now=now)
    return locked


def progress(trainings: Iterable[Training], *, now: datetime) -> list[Progress]:
    """
    Tell how far each training is, in a fixed number of queries. Lessons only with consent.

    A person's certificate is told if he or she agreed, or if the roster names it.
    """
    every = list(trainings)
    pks = [training.seat_id for training in every]
    found = seat_usage.with_progress(Seat.objects.filter(pk__in=pks)).select_related("batch__course")
    by_pk = {seat.pk: seat for seat in found}
    today = timezone.localdate(now)
    certified = _certified(every, today)
    lines = []
    for training in every:
        seat = by_pk[training.seat_id]
        training.seat = seat
        agreed = training.person.user_id is not None and training.person.user_id == seat.learner_id
        is_done = training.person_id in certified
        is_open = not seat.ended_at and seat.email == training.email
        lately = training.nudged_at is not None and now < training.nudged_at + NUDGED_AGAIN_AFTER
        lines.append(
            Progress(
                training=training,
                state=seat.get_state_display() if is_open else "席位已换人或收回",
                done=getattr(seat, "lessons_done", None) if agreed else None,
                total=getattr(seat, "lessons_total", None) if agreed else None,
                is_certified=is_done,
                is_overdue=bool(training.due_on and training.due_on < today and not is_done),
                may_nudge=is_open and not is_done and not lately,
            )
        )
    return lines


def _certified(trainings: list[Training], today: date) -> set[int]:
    """Return the people who have a certificate in force that their company may know of; one query."""
    people = [training.person_id for training in trainings]
    valid = Certificate.objects.valid_on(today)
    linked = valid.filter(company_links__person__in=people, company_links__ended_at=None)
    return set(linked.values_list("company_links__person", flat=True)) & set(people)
