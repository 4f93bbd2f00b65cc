"""What the rules say, told a second time and in the simplest way: the tests' own idea of journal, bell and marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ALLOWANCE = timedelta(seconds=5)

PaperRow = Sequence  # version, module, kind, points in hundredths, printed order of the options, version of the 案例
Entry = tuple[int, int, str]  # seq, position, answer


def marks(*, paper: Sequence[PaperRow], keys: Mapping[int, str], answers: Mapping[int, str]) -> int:
    """Add up the marks of a paper, in hundredths. Source: docs/rules/grading.md, rules G2-G5."""
    total = 0
    for position, (version, _module, kind, points, order, _case) in enumerate(paper):
        chosen = set(answers.get(position, ""))
        if kind != "TRUE_FALSE":
            chosen = {order["ABCDEFGHIJ".index(letter)] for letter in chosen}
        right = set(keys[version])
        if chosen == right:
            total += points
        elif kind == "MULTI" and chosen and chosen < right:
            total += points // 2
    return total


@dataclass
class Reference:
    """One attempt by the rules: what is stored and who closed it. Source: grading.md, rules G8 and G9."""

    deadline: datetime
    journal: dict[int, tuple[int, str, bool]] = field(default_factory=dict)  # seq → position, answer, is late
    sessions: int = 0
    closed_by: str = ""
    closed_at: datetime | None = None

    @property
    def answers(self) -> dict[int, str]:
        """The answer to each question: the highest seq that came in time."""
        in_time = [(seq, position, answer) for seq, (position, answer, is_late) in self.journal.items() if not is_late]
        return {position: answer for _, position, answer in sorted(in_time)}

    def is_late(self, now: datetime) -> bool:
        return bool(self.closed_by) or now > self.deadline + ALLOWANCE

    def open_session(self, now: datetime) -> bool:
        """Whether a page may still be opened."""
        self.sweep(now)
        self.sessions += not self.closed_by
        return not self.closed_by

    def save(self, entries: Sequence[Entry], now: datetime) -> bool:
        """Keep what is new; whether the attempt takes entries at all. The first content of a number stays."""
        if self.closed_by == "CANDIDATE":
            return False
        is_late = self.is_late(now)
        for seq, position, answer in entries:
            self.journal.setdefault(seq, (position, answer, is_late))
        return True

    def kept(self, entries: Sequence[Entry]) -> list[int]:
        """The numbers that the journal holds with this content."""
        return sorted({seq for seq, *content in entries if self.journal.get(seq, ())[:2] == tuple(content)})

    def hand_in(self, entries: Sequence[Entry], now: datetime) -> None:
        """Keep and close; with a number that is taken by other content it waits for a new one."""
        if not self.save(entries, now) or self.kept(entries) == sorted({seq for seq, *_ in entries}):
            self.close(now)

    def sweep(self, now: datetime) -> None:
        if now > self.deadline + ALLOWANCE:
            self.close(now)

    def close(self, now: datetime) -> None:
        if not self.closed_by:
            by_clock = now > self.deadline
            self.closed_by = "CLOCK" if by_clock else "CANDIDATE"
            self.closed_at = self.deadline if by_clock else now
