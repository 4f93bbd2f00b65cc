"""Comparing the books: what candidates were told against what the database holds, read without the site's own code."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import namedtuple_row

from tests.exams.house_candidates import Candidate
from tests.exams.reference import marks

JOURNAL = "SELECT attempt_id, seq, position, answer, is_late FROM exams_answerentry WHERE attempt_id = ANY(%s)"
ATTEMPTS = "SELECT * FROM exams_attempt WHERE id = ANY(%s)"
MARKINGS = "SELECT attempt_id FROM exams_marking WHERE attempt_id = ANY(%s)"
KEYS = "SELECT id, key FROM exams_itemversion"
OPEN = "SELECT id FROM exams_attempt WHERE status <> 'MARKED' AND id = ANY(%s)"
RING = "UPDATE exams_attempt SET deadline_at = now() + make_interval(secs => %s) WHERE id = ANY(%s)"

Entry = tuple[int, str, bool]  # position, answer, is late


def set_bell(url: str, crowd: Sequence[Candidate], *, seconds: float) -> None:
    """Let the bell ring for these attempts in so many seconds."""
    with psycopg.connect(url) as link:
        link.execute(RING, [seconds, [one.attempt for one in crowd]])


def still_open(url: str, crowd: Sequence[Candidate]) -> list[int]:
    with psycopg.connect(url) as link:
        return [pk for (pk,) in link.execute(OPEN, [[one.attempt for one in crowd]])]


@dataclass(frozen=True)
class Books:
    """The journal by attempt and seq, the rows of the attempts, the keys by item version, and who was marked anew."""

    journal: dict[int, dict[int, Entry]]
    attempts: dict[int, tuple]
    keys: dict[int, str]
    marked_again: list[int]

    @classmethod
    def read(cls, url: str, crowd: Sequence[Candidate]) -> "Books":
        numbers = [one.attempt for one in crowd]
        journal: dict[int, dict[int, Entry]] = {number: {} for number in numbers}
        with psycopg.connect(url) as link:
            for attempt, seq, *entry in link.execute(JOURNAL, [numbers]):
                journal[attempt][seq] = tuple(entry)
            rows = {row.id: row for row in link.cursor(row_factory=namedtuple_row).execute(ATTEMPTS, [numbers])}
            keys = dict(link.execute(KEYS).fetchall())
            again = [pk for (pk,) in link.execute(MARKINGS, [numbers])]
        return cls(journal, rows, keys, again)

    def complaints(self, crowd: Sequence[Candidate]) -> list[str]:
        """Everything that is not as it was promised, each with its attempt and, where there is one, its seq."""
        found = [complaint for one in crowd for complaint in (*one.trouble, *self._about(one))]
        counts = Counter(row.receipt_number for row in self.attempts.values())
        found += [f"receipt {number} stands for {count} attempts" for number, count in counts.items() if count > 1]
        return found + [f"attempt {pk}: marked twice" for pk in self.marked_again]

    def _about(self, one: Candidate) -> Iterator[str]:
        row, journal = self.attempts[one.attempt], self.journal[one.attempt]
        for seq, content in one.acked.items():
            stored = journal.get(seq)
            if stored is None:
                yield f"{one.name} seq {seq}: acknowledged, and not in the journal"
            elif stored[:2] != content:
                yield f"{one.name} seq {seq}: acknowledged {content}, stored {stored[:2]}"
        for seq, entry in journal.items():
            if entry[:2] != one.sent.get(seq):
                yield f"{one.name} seq {seq}: stored {entry[:2]}, sent {one.sent.get(seq)}"
            if entry[2] and not one.deserts:
                yield f"{one.name} seq {seq}: late before the bell"
            if entry[2] and seq in one.acked and seq not in one.late:
                yield f"{one.name} seq {seq}: stored as late, and the receipt did not say so"
        yield from self._about_the_result(one, row, journal)

    def _about_the_result(self, one: Candidate, row: tuple, journal: dict[int, Entry]) -> Iterator[str]:
        standing = {position: answer for _, (position, answer, is_late) in sorted(journal.items()) if not is_late}
        points = marks(paper=row.paper, keys=self.keys, answers=standing)
        if (row.points_centi, row.has_passed) != (points, points >= row.pass_centi):
            yield f"{one.name}: marked {row.points_centi}, {row.has_passed}; the journal is worth {points}"
        if one.deserts:
            if (row.closed_by, row.closed_at) != ("CLOCK", row.deadline_at):
                yield f"{one.name}: closed by {row.closed_by} at {row.closed_at}, bell {row.deadline_at}"
        elif row.closed_by != "CANDIDATE" or one.receipts != [row.receipt_number] * 2:
            yield f"{one.name}: closed by {row.closed_by}, receipt {row.receipt_number}, told {one.receipts}"
