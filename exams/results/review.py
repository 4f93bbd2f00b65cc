"""What a candidate may see of a closed paper now. Source: docs/rules/exam-room.md, rule R10."""

from dataclasses import dataclass
from datetime import datetime

from exams import attempts
from exams.models import Attempt, Exam, ExamWindow

Review, ReviewFrom = Exam.Review, Exam.ReviewFrom
ROOM_OPEN = "你正在考同一场考试，题目可能重复，交卷以后再显示。"
UNTIL_DONE = "合格以后，或者次数用完以后，可以看题目。"
NOT_AT_ALL = "这场考试只公布成绩，不公布题目和答案。"
STILL_OPEN = "考试还没有收卷。"
AWAITING = "简答题正在评阅，成绩公布以后再显示。"


@dataclass(frozen=True)
class Visibility:
    """What may be seen now, and if nothing, a sentence that says why or from when."""

    level: Exam.Review
    reason: str = ""

    @property
    def has_paper(self) -> bool:
        return self.level != Review.NONE

    @property
    def has_key(self) -> bool:
        return self.level == Review.KEY


def visibility_of(*, attempt: Attempt, standing: attempts.Standing, now: datetime) -> Visibility:
    """
    Decide what the candidate of `attempt` may see; `standing` is theirs before the same exam at `now`.

    Source: docs/rules/exam-room.md, rule R10.
    """
    reason = _obstacle(attempt, standing, now)
    if reason:
        return Visibility(Review.NONE, reason)
    return Visibility(Review.KEY if attempt.is_mock else Review(attempt.exam.review))


def _obstacle(attempt: Attempt, standing: attempts.Standing, now: datetime) -> str:
    exam, facts = attempt.exam, standing.facts
    if attempt.status == Attempt.Status.OPEN:
        return STILL_OPEN
    if attempt.status == Attempt.Status.AWAITING:
        return AWAITING
    if attempt.is_mock:
        return ""
    if exam.review == Review.NONE:
        return NOT_AT_ALL
    if facts.has_open_attempt and not facts.has_open_mock:
        return ROOM_OPEN
    if exam.review_from == ReviewFrom.AFTER_WINDOW and attempt.window and not _is_over(attempt.window, now):
        return f"考期“{attempt.window.title}”全部结束以后，可以看题目。"
    if exam.review_from == ReviewFrom.WHEN_DONE and not facts.has_passed and facts.attempts_used < facts.max_attempts:
        return UNTIL_DONE
    return ""


def _is_over(window: ExamWindow, now: datetime) -> bool:
    """Whether nobody can start any more and nobody is still sitting, longer time and extensions included."""
    return now >= window.closes_at and not window.attempts.filter(status=Attempt.Status.OPEN).exists()
