"""What an invigilator asked to see: which window, which state, whose name, in which order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from exams.attempts.board import Order, Presence, Seat, arranged
from exams.models import Exam, ExamWindow

INVIGILATE = "exams.invigilate_attempt"
LONGEST_KEY = 18  # digits, as in our addresses
LONGEST_WORDS = 50


def keys_in(parts: Iterable[str]) -> list[int]:
    """Read rows' keys, leaving out what is none."""
    return [int(part) for part in parts if part.isdecimal() and len(part) <= LONGEST_KEY]


@dataclass(frozen=True)
class Choice:
    """Anything unknown means everything; a window that is not the exam's is 404."""

    exam: Exam
    window: ExamWindow | None
    presence: str
    words: str
    order: str

    @classmethod
    def of(cls, request: HttpRequest, exam: Exam) -> "Choice":
        asked = request.GET
        window = keys_in([asked.get("window", "")])
        presence, order = asked.get("state", ""), asked.get("sort", "")
        return cls(
            exam=exam,
            window=get_object_or_404(exam.windows, pk=window[0]) if window else None,
            presence=presence if presence in Presence else "",
            words=asked.get("q", "").strip()[:LONGEST_WORDS],
            order=order if order in Order else Order.STATE,
        )

    @property
    def query(self) -> str:
        """The same choice as the tail of an address."""
        pairs = {
            "window": self.window.pk if self.window else "",
            "state": self.presence,
            "q": self.words,
            "sort": self.order,
        }
        return urlencode({name: value for name, value in pairs.items() if value})

    def arranged(self, seats: Sequence[Seat]) -> list[Seat]:
        return arranged(
            seats, presence=self.presence, words=self.words, order=self.order, exam=self.exam, window=self.window
        )
