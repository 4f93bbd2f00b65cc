"""Starting: the paper, the deadline and what was approved for the person are frozen here."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from exams import eligibility
from exams.attempts.closing import close_if_overdue
from exams.attempts.pools import draw_paper
from exams.attempts.standing import Standing, standing_of
from exams.grading import Question
from exams.models import Attempt, Exam, Item
from lms.errors import DomainError
from lms.users.models import User

LOOKS = 4  # an overdue attempt to close, and a few starts at the same moment


class NotEligible(DomainError):
    """The person may not start; `reasons` says why, one by one."""

    message = "现在还不能开始这场考试。"

    def __init__(self, reasons: Sequence[eligibility.Reason] = ()) -> None:
        super().__init__("".join(f"{reason.text}{reason.next_step}" for reason in reasons))
        self.reasons = tuple(reasons)


def start(*, exam: Exam, candidate: User, is_mock: bool = False, now: datetime) -> Attempt:
    """
    Start an attempt with a freshly drawn, frozen paper; one of the same sort that is still open comes back instead.

    Nothing is locked: two starts at one moment ask for the same number, and the database's constraints let one in; the
    other looks again and finds it. Raises: NotEligible with the reasons; ExamNotReady if the bank cannot fill the
    blueprint. Source: docs/rules/grading.md, rules G7, G8 and G10-G13, and docs/rules/exam-room.md, rules R1-R3.
    """
    for look in range(1, LOOKS + 1):
        before = standing_of(exam=exam, candidate=candidate, now=now)
        if before.open_pk:
            attempt = close_if_overdue(attempt=Attempt.objects.get(pk=before.open_pk), now=now)
            if attempt.status != Attempt.Status.OPEN:
                continue
            if attempt.is_mock == is_mock:
                return attempt
        reasons = eligibility.decide_mock(before.facts) if is_mock else eligibility.decide(before.facts).reasons
        if reasons:
            raise NotEligible(reasons)
        try:
            return _freeze(exam, candidate, before, is_mock=is_mock, now=now)
        except IntegrityError:
            if look == LOOKS:
                raise
    raise NotEligible


@transaction.atomic
def _freeze(exam: Exam, candidate: User, before: Standing, *, is_mock: bool, now: datetime) -> Attempt:
    questions = draw_paper(exam=exam, pool=Item.Pool.PRACTICE if is_mock else Item.Pool.LIVE)
    window = None if is_mock else before.facts.running
    total_centi = sum(question.points_centi for question in questions)
    return Attempt.objects.create(
        exam=exam,
        candidate=candidate,
        is_mock=is_mock,
        number=1 + (before.last_mock_number if is_mock else before.last_number),
        window_id=window.pk if window else None,
        accommodation=before.accommodation,
        paper=[list(question) for question in questions],
        rules=exam.rules,
        total_centi=total_centi,
        pass_centi=_pass_centi(exam, questions) if is_mock else exam.pass_centi,
        started_at=now,
        deadline_at=eligibility.deadline_at(
            now=now,
            minutes=exam.minutes,
            time_factor=before.time_factor,
            closes_at=window.closes_at if window else None,
        ),
    )


def _pass_centi(exam: Exam, questions: Sequence[Question]) -> int:
    """Scale the pass mark to what a mock exam counts: 简答 is worth nothing there. Source: grading.md, rule G19."""
    if all(question.points_centi for question in questions):
        return exam.pass_centi
    of_blueprint = sum(count * points for count, points in exam.cells.values_list("count", "points_centi"))
    return exam.pass_centi * sum(question.points_centi for question in questions) // of_blueprint
