"""An invited person accepts a seat."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses import editions, enrolment
from courses.models import Enrolment, Seat, SeatBatch, SeatEvent, SeatLink
from courses.seats import refusals, tokens
from lms.errors import DomainError
from lms.users.models import User

# What a person agrees to on joining; a change of the words is a new version. Source: docs/rules/privacy.md, rule V10.
CONSENT_VERSION = "2026-11"
CONSENT = (
    "我同意为我购买席位的企业看到：我的邮箱、加入和开始学习的日期、学完的课数。"
    "企业看不到我的答题、成绩、证件号和其他课程。"
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a token leads to: one person's seat, or the link that many may follow."""

    batch: SeatBatch
    seat: Seat | None = None
    link: SeatLink | None = None


def find(token: str) -> Invitation | None:
    """Return what a token leads to, or None if it leads nowhere (any more)."""
    token_hash = tokens.hash_of(token)
    link = SeatLink.objects.select_related("batch__course", "batch__holder").filter(token_hash=token_hash).first()
    if link:
        return Invitation(link.batch, link=link)
    seat = Seat.objects.select_related("batch__course", "batch__holder").filter(token_hash=token_hash).first()
    return Invitation(seat.batch, seat=seat) if seat else None


def objection(*, invitation: Invitation, learner: User | None, now: datetime) -> DomainError | None:
    """Say why this invitation gives this visitor nothing now. It is decided again, under locks, on accepting."""
    try:
        if invitation.seat:
            _check_seat(invitation.seat, learner, now)
        elif invitation.link:
            _check_link(invitation.link, now)
    except DomainError as refusal:
        return refusal
    return None


@transaction.atomic
def claim(*, token: str, learner: User, now: datetime) -> Seat:
    """
    Accept an invitation: the person takes a seat and is enrolled. Who has accepted before gets the same seat.

    Raises: NotInvited, InvitationOfAnother, SeatOver, LinkWithdrawn, LinkLapsed, LinkUsedUp, AlreadyStudying.
    Source: docs/rules/seats.md, rules S3, S4 and S6.
    """
    found = find(token)
    if found is None:
        raise refusals.NotInvited
    User.objects.select_for_update(no_key=True).get(pk=learner.pk)  # one seat at a time for one person
    batch = SeatBatch.objects.select_for_update(no_key=True).get(pk=found.batch.pk)
    mine = batch.seats.filter(learner=learner, ended_at=None).first()
    if mine:
        return mine
    if Enrolment.objects.standing().of(learner).in_any_edition(batch.course).exists():
        raise refusals.AlreadyStudying
    seat = _by_link(found.link, learner, now) if found.link else _by_mail(token, learner, now)
    _sit_down(seat, learner, now)
    return seat


def _by_mail(token: str, learner: User, now: datetime) -> Seat:
    seat = Seat.objects.select_for_update().filter(token_hash=tokens.hash_of(token)).first()
    if seat is None:
        raise refusals.NotInvited
    _check_seat(seat, learner, now)
    return seat


def _by_link(link: SeatLink, learner: User, now: datetime) -> Seat:
    """Find a seat for somebody who follows the link: their own if they are named, else a free one, which counts."""
    locked = SeatLink.objects.select_for_update().get(pk=link.pk)
    if locked.withdrawn_at:
        raise refusals.LinkWithdrawn
    today = timezone.localdate(now)
    within = Seat.objects.select_for_update(skip_locked=True).filter(batch=link.batch_id, expires_on__gte=today)
    named = within.filter(state=Seat.State.NAMED, email=learner.email.lower()).first()
    if named:
        return named
    _check_link(locked, now)
    seat = within.free().order_by("place").first()
    if seat is None:
        raise refusals.LinkUsedUp
    locked.claimed += 1
    locked.save(update_fields=["claimed"])
    return seat


def _check_link(link: SeatLink, now: datetime) -> None:
    if link.withdrawn_at:
        raise refusals.LinkWithdrawn
    if link.valid_until < timezone.localdate(now):
        raise refusals.LinkLapsed
    if link.remaining <= 0:
        raise refusals.LinkUsedUp


def _check_seat(seat: Seat, learner: User | None, now: datetime) -> None:
    if learner and seat.email != learner.email.lower():
        raise refusals.InvitationOfAnother
    if seat.ended_at or (seat.state == Seat.State.NAMED and seat.expires_on < timezone.localdate(now)):
        raise refusals.SeatOver


def _sit_down(seat: Seat, learner: User, now: datetime) -> None:
    given = enrolment.enrol(
        learner=learner,
        course=editions.current(seat.batch.course),
        source=Enrolment.Source.SEAT,
        source_ref=seat.batch.order_number,
        now=now,
    )
    if given.source != Enrolment.Source.SEAT or Seat.objects.filter(enrolment=given).exists():
        raise refusals.AlreadyStudying  # bought or granted in this very moment
    seat.state, seat.learner, seat.enrolment = Seat.State.TAKEN, learner, given
    seat.email, seat.taken_at, seat.consent_version = learner.email.lower(), now, CONSENT_VERSION
    seat.save()
    SeatEvent.objects.create(seat=seat, kind=SeatEvent.Kind.TAKEN, actor=learner, at=now)
