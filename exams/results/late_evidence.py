"""
The evidence on late answers: when the device says that they were written, and how far its clock is to be believed.

Source: docs/rules/exam-room.md, rule R8.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import TextChoices

from exams.attempts.evidence import lasting, written
from exams.models import AnswerEntry, ItemVersion, LateReview, RoomEvent
from exams.results.paper import answer_in_words

MIN_FOR_OFFSET = 3  # entries in time; fewer say too little about a device's clock
MAX_EVENTS = 50


class Side(TextChoices):
    """On which side of the bell an answer was written, going by the corrected clock of the device."""

    BEFORE = "BEFORE", "推算在收卷前"
    AFTER = "AFTER", "推算在收卷后"
    UNKNOWN = "UNKNOWN", "无法推算"


@dataclass(frozen=True)
class LateEntry:
    """One late answer; `instead` is what counts for the question without this review."""

    seq: int
    number: int
    stem: str
    words: str
    instead: str
    device_at: datetime | None
    corrected_at: datetime | None
    received_at: datetime
    since_bell: timedelta
    side: Side
    was_admitted: bool

    @property
    def device(self) -> str:
        """What the device's clock said; "" if it said nothing."""
        return written(self.device_at) if self.device_at else ""

    @property
    def corrected(self) -> str:
        """The device's time without its clock's error; "" if that is not known."""
        return written(self.corrected_at) if self.corrected_at else ""

    @property
    def received(self) -> str:
        return written(self.received_at)

    @property
    def after_bell(self) -> str:
        """How long after the bell it arrived, in words."""
        return lasting(self.since_bell)


@dataclass(frozen=True)
class Offline:
    """A time without network, as the page reported it."""

    device: str
    received: str
    seconds: int
    note: str


@dataclass(frozen=True)
class LateEvidence:
    """
    What a person decides on: the late answers of one review, and what surrounds them.

    `offset` is how far the device's clock runs ahead of the server's, None if fewer than three of the `sample` entries
    told. `gap` is the time between the last receipt before the bell and the first late arrival.
    """

    bell_at: datetime
    offset: timedelta | None
    sample: int
    last_receipt_at: datetime | None
    gap: timedelta | None
    entries: tuple[LateEntry, ...]
    offline: tuple[Offline, ...]

    @property
    def clock(self) -> str:
        """The error of the device's clock in words; "" if it is not known."""
        if self.offset is None:
            return ""
        return f"{'快' if self.offset > timedelta() else '慢'} {lasting(abs(self.offset))}"

    @property
    def waited(self) -> str:
        """The gap in words; "" if there is none."""
        return lasting(self.gap) if self.gap else ""

    @property
    def before(self) -> tuple[int, ...]:
        """The seqs that the corrected clock puts before the bell."""
        return tuple(entry.seq for entry in self.entries if entry.side == Side.BEFORE)


def evidence_of(review: LateReview) -> LateEvidence:
    """Collect what is known about the late answers of a review of a closed attempt, in four queries."""
    attempt = review.attempt
    bell_at = attempt.closed_at or attempt.deadline_at
    journal = list(attempt.entries.order_by("seq"))
    others = list(attempt.late_reviews.exclude(pk=review.pk).values_list("examined", "admitted"))
    in_time = [entry for entry in journal if not entry.is_late]
    late = _about(review, [entry for entry in journal if entry.is_late], (examined for examined, _ in others))
    admitted = {seq for _, seqs in others for seq in seqs}
    stands = {entry.position: entry.answer for entry in journal if not entry.is_late or entry.seq in admitted}
    clocks = [(entry.client_at, entry.received_at) for entry in in_time if entry.client_at]
    offset = clock_offset(clocks)
    last_receipt_at = max((entry.received_at for entry in in_time), default=None)
    first_late_at = min((entry.received_at for entry in late), default=None)
    questions = attempt.questions
    versions = ItemVersion.objects.defer("key", "explanation").in_bulk([question.version for question in questions])

    def shown(entry: AnswerEntry) -> LateEntry:
        question = questions[entry.position]
        version = versions[question.version]
        corrected_at = _corrected(entry.client_at, offset)
        return LateEntry(
            seq=entry.seq,
            number=entry.position + 1,
            stem=version.stem,
            words=answer_in_words(question, version.options, entry.answer),
            instead=answer_in_words(question, version.options, stands.get(entry.position, "")),
            device_at=entry.client_at,
            corrected_at=corrected_at,
            received_at=entry.received_at,
            since_bell=entry.received_at - bell_at,
            side=_side(corrected_at, bell_at),
            was_admitted=entry.seq in review.admitted,
        )

    return LateEvidence(
        bell_at=bell_at,
        offset=offset,
        sample=len(clocks),
        last_receipt_at=last_receipt_at,
        gap=first_late_at - last_receipt_at if first_late_at and last_receipt_at else None,
        entries=tuple(shown(entry) for entry in late),
        offline=tuple(
            Offline(
                device=written(event.client_at) if event.client_at else "",
                received=written(event.received_at),
                seconds=event.seconds,
                note=event.note,
            )
            for event in attempt.events.filter(kind=RoomEvent.Kind.OFFLINE).order_by("received_at")[:MAX_EVENTS]
        ),
    )


def seqs_in_review(review: LateReview) -> list[int]:
    """Return the late answers that a review is about: if it is pending, all that no earlier decision was about."""
    others = LateReview.objects.filter(attempt=review.attempt_id).exclude(pk=review.pk)
    late = AnswerEntry.objects.filter(attempt=review.attempt_id, is_late=True).order_by("seq")
    return [entry.seq for entry in _about(review, late, others.values_list("examined", flat=True))]


def clock_offset(pairs: Sequence[tuple[datetime, datetime]]) -> timedelta | None:
    """
    Estimate how far a device's clock runs ahead, from (device's time, server's time) of answers that came in time.

    The median: answers that waited in a queue pull single values, not the middle. None with fewer than three.
    """
    if len(pairs) < MIN_FOR_OFFSET:
        return None
    return timedelta(seconds=median((client_at - received_at).total_seconds() for client_at, received_at in pairs))


def _about(review: LateReview, late: Iterable[AnswerEntry], elsewhere: Iterable[list[int]]) -> list[AnswerEntry]:
    if review.status != LateReview.Status.PENDING:
        return [entry for entry in late if entry.seq in review.examined]
    examined = {seq for seqs in elsewhere for seq in seqs}
    return [entry for entry in late if entry.seq not in examined]


def _corrected(client_at: datetime | None, offset: timedelta | None) -> datetime | None:
    """Take the clock's error off; a device may claim a year that leaves no room for it."""
    if client_at is None or offset is None:
        return None
    try:
        return client_at - offset
    except OverflowError:
        return None


def _side(corrected_at: datetime | None, bell_at: datetime) -> Side:
    if corrected_at is None:
        return Side.UNKNOWN
    return Side.BEFORE if corrected_at <= bell_at else Side.AFTER
