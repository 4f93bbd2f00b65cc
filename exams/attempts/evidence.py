"""
答题存证: every save of one attempt with what became of it, the figures of the whole, and its fingerprint. Reads only.

Neither keys nor explanations are read here. Source: docs/rules/grading.md, rule G14.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import TextChoices
from django.utils import timezone

from exams.attempts.printing import TRUTH
from exams.grading import LETTERS, TRUE_FALSE, Question
from exams.models import SESSION_SPAN, Attempt, ItemVersion

STEM_LENGTH = 40
OPTION_LENGTH = 30
TYPED_LENGTH = 200
CLEARED = "清除"
UNREADABLE = "无法读出"


class State(TextChoices):
    """What became of one save."""

    EFFECTIVE = "EFFECTIVE", "生效"
    SUPERSEDED = "SUPERSEDED", "已被后来的作答取代"
    LATE = "LATE", "迟到未计分"


@dataclass(frozen=True)
class Save:
    """
    One line of the journal, in words.

    `number` is the question's, from 1; `letters` are the printed ones, or all that was typed, "" after clearing;
    `words` adds what the options say.
    """

    seq: int
    number: int
    stem: str
    letters: str
    words: str
    received_at: datetime
    device_at: datetime | None
    state: State

    @property
    def session(self) -> int | None:
        """From which page of the attempt it came, counted from 1; None before pages were numbered."""
        return self.seq // SESSION_SPAN or None

    @property
    def received(self) -> str:
        """The server's time of arrival, see `written`."""
        return written(self.received_at)

    @property
    def device(self) -> str:
        """What the device's clock said, see `written`; "" if it said nothing."""
        return written(self.device_at) if self.device_at else ""

    @property
    def offset_ms(self) -> int | None:
        """The device's time less the server's, in milliseconds: its clock's error and the time the answer waited."""
        return (self.device_at - self.received_at) // timedelta(milliseconds=1) if self.device_at else None

    @property
    def offset(self) -> str:
        """The offset in words, without a sign."""
        if self.offset_ms is None:
            return ""
        return f"{'快' if self.offset_ms > 0 else '慢'} {lasting(timedelta(milliseconds=abs(self.offset_ms)))}"

    @property
    def _escaped(self) -> str:
        """The answer on one line and in one field."""
        return self.letters.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")

    @property
    def line(self) -> str:
        """What the fingerprint covers of this save. Its form never changes, or old printed copies lose their worth."""
        return "\t".join((str(self.seq), self.received, self.device, str(self.number), self._escaped, self.state))


@dataclass(frozen=True)
class Evidence:
    """The whole record of an attempt: its saves in the order of their numbers."""

    attempt: Attempt
    saves: tuple[Save, ...]

    @property
    def first(self) -> str:
        """When the first save arrived; "" without saves."""
        return min((save.received for save in self.saves), default="")

    @property
    def last(self) -> str:
        """When the last save arrived; "" without saves."""
        return max((save.received for save in self.saves), default="")

    @property
    def longest_gap(self) -> str:
        """The longest time between two arrivals that follow each other, in words; "" with fewer than two saves."""
        arrivals = sorted(save.received_at for save in self.saves)
        longest = max((later - earlier for earlier, later in pairwise(arrivals)), default=None)
        return "" if longest is None else lasting(longest)

    @property
    def late_count(self) -> int:
        return sum(save.state == State.LATE for save in self.saves)

    @property
    def closed(self) -> str:
        """When the attempt was handed in, see `written`; "" while it is open."""
        return written(self.attempt.closed_at) if self.attempt.closed_at else ""

    @property
    def text(self) -> str:
        """What the fingerprint is computed from: the hand-in and then every save, a line each."""
        head = "\t".join((self.attempt.receipt_number, self.closed, self.attempt.closed_by))
        return "".join(f"{line}\n" for line in (head, *(save.line for save in self.saves)))

    @property
    def sha256(self) -> str:
        """The fingerprint: SHA-256 of `text` in UTF-8, as 64 hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def evidence_of(attempt: Attempt) -> Evidence:
    """Read the record of `attempt` in three queries, whatever its length."""
    questions = attempt.questions
    texts: dict[int, tuple[str, list[str]]] = {
        pk: (stem, options)
        for pk, stem, options in ItemVersion.objects.filter(pk__in=[q.version for q in questions]).values_list(
            "pk", "stem", "options"
        )
    }
    effective = {seq for seq, _ in attempt.entries.standing().values()}
    rows = attempt.entries.order_by("seq").values_list(
        "seq", "position", "answer", "received_at", "client_at", "is_late"
    )
    return Evidence(
        attempt=attempt,
        saves=tuple(
            Save(
                seq=seq,
                number=position + 1,
                stem=_short(texts[questions[position].version][0], STEM_LENGTH),
                letters=answer,
                words=_words(questions[position], texts, answer),
                received_at=received_at,
                device_at=client_at,
                state=_state(is_effective=seq in effective, is_late=is_late),
            )
            for seq, position, answer, received_at, client_at, is_late in rows
        ),
    )


def written(moment: datetime) -> str:
    """
    Write a moment to the millisecond in the exam's own time zone, whatever zone the reader has chosen.

    A device may claim the last hours of the year 9999, which that zone cannot express.
    """
    try:
        local = timezone.localtime(moment, timezone.get_default_timezone())
    except OverflowError:
        return UNREADABLE
    return local.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def lasting(duration: timedelta) -> str:
    """Write how long something took: "1.900 秒", "12 分 5 秒", "1 天 3 小时"."""
    if duration < timedelta(minutes=1):
        return f"{duration / timedelta(seconds=1):.3f} 秒"
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "天"), (hours, "小时"), (minutes, "分"), (seconds, "秒")]
    start = next(place for place, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[start : start + 2])


def _state(*, is_effective: bool, is_late: bool) -> State:
    if is_effective:
        return State.EFFECTIVE
    return State.LATE if is_late else State.SUPERSEDED


def _words(question: Question, texts: Mapping[int, tuple[str, list[str]]], answer: str) -> str:
    """Say what was chosen: the printed letters, each with the beginning of its option."""
    if not answer:
        return CLEARED
    if question.is_typed:
        return _short(answer, TYPED_LENGTH)
    if not set(answer) <= set(question.letters):  # the journal's verbs refuse it; a page that is read never fails
        return UNREADABLE
    if question.kind == TRUE_FALSE:
        return TRUTH[answer]
    options = texts[question.version][1]
    return "；".join(
        f"{letter} {_short(options[LETTERS.index(question.original(letter))], OPTION_LENGTH)}" for letter in answer
    )


def _short(text: str, length: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 1]}…"
