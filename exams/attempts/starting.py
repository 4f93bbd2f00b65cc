"""Who may start, and the paper that is frozen at the start."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from courses import learning
from courses.models import Enrolment
from exams import drawing, eligibility
from exams.attempts.closing import close_if_overdue
from exams.grading import Question
from exams.models import Attempt, Exam, Item
from lms.errors import DomainError
from lms.users.models import Identity, User


class NotEligible(DomainError):
    """The person may not start; `reasons` says why, one by one."""

    message = "现在还不能开始这场考试。"

    def __init__(self, reasons: Sequence[eligibility.Reason] = ()) -> None:
        super().__init__("".join(f"{reason.text}{reason.next_step}" for reason in reasons))
        self.reasons = tuple(reasons)


class ExamNotReady(DomainError):
    """The bank cannot fill the blueprint. Candidates learn that it is not their fault; staff see the cells."""

    message = "题库暂时不能组成完整的试卷，你的考试次数没有减少。请联系客服，我们补足试题后通知你。"


def eligibility_of(*, exam: Exam, candidate: User, now: datetime) -> eligibility.Eligibility:
    """
    Decide whether `candidate` may start `exam` now, with every reason against it.

    Attempts are counted since the standing enrolment. Source: docs/rules/grading.md, rules G10-G13.
    """
    enrolment = Enrolment.objects.standing().of(candidate).filter(course=exam.course_id).first()
    progress = learning.course_progress(learner=candidate, course=exam.course)
    rows = list(
        Attempt.objects.of(candidate).filter(exam=exam).values_list("status", "started_at", "closed_at", "has_passed")
    )
    since = enrolment.enrolled_at if enrolment else None
    closed = [timezone.localtime(closed_at) for _, _, closed_at, _ in rows if closed_at]
    return eligibility.decide(
        eligibility.Facts(
            now=timezone.localtime(now),
            is_open=exam.is_open,
            is_enrolled=enrolment is not None,
            lessons_done=progress.lessons_done,
            lessons_total=progress.lessons_total,
            has_identity=Identity.objects.filter(user=candidate).exists(),
            has_passed=any(has_passed for *_, has_passed in rows),
            attempts_used=sum(since is None or started_at >= since for _, started_at, _, _ in rows),
            max_attempts=exam.max_attempts,
            last_closed_at=max(closed, default=None),
            cooldown=timedelta(hours=exam.cooldown_hours),
            has_open_attempt=any(status == Attempt.Status.OPEN for status, *_ in rows),
        )
    )


def start(*, exam: Exam, candidate: User, now: datetime) -> Attempt:
    """
    Start an attempt with a freshly drawn, frozen paper; an attempt that is still open comes back instead.

    Raises: NotEligible with the reasons; ExamNotReady if the bank cannot fill the blueprint.
    Source: docs/rules/grading.md, rules G7, G8 and G10-G13.
    """
    for stale in Attempt.objects.of(candidate).filter(exam=exam).overdue(now):
        close_if_overdue(attempt=stale, now=now)
    return _start(exam=exam, candidate=candidate, now=now)


@transaction.atomic
def _start(*, exam: Exam, candidate: User, now: datetime) -> Attempt:
    # One person starts one attempt at a time: their own row is the lock, weak enough to let foreign keys point at it.
    User.objects.select_for_update(no_key=True).get(pk=candidate.pk)
    attempt = Attempt.objects.of(candidate).filter(exam=exam, status=Attempt.Status.OPEN).first()
    if attempt:
        return attempt
    verdict = eligibility_of(exam=exam, candidate=candidate, now=now)
    if not verdict.is_allowed:
        raise NotEligible(verdict.reasons)
    questions = _draw(exam)
    return Attempt.objects.create(
        exam=exam,
        candidate=candidate,
        number=Attempt.objects.of(candidate).filter(exam=exam).count() + 1,
        paper=[list(question) for question in questions],
        total_centi=sum(question.points_centi for question in questions),
        pass_centi=exam.pass_centi,
        started_at=now,
        deadline_at=now + timedelta(minutes=exam.minutes),
    )


def _cells(exam: Exam) -> list[drawing.Cell]:
    return [
        drawing.Cell(module=cell.module, kind=cell.kind, count=cell.count, points_centi=cell.points_centi)
        for cell in exam.cells.all()
    ]


def _draw(exam: Exam) -> list[Question]:
    pool = [
        drawing.Candidate(version=version, module=module, kind=kind, options=len(options))
        for version, module, kind, options in Item.objects.drawable().values_list(
            "current_id", "module", "kind", "current__options"
        )
    ]
    try:
        drawn = drawing.draw(cells=_cells(exam), pool=pool, seed=secrets.randbits(64))
    except drawing.Infeasible as shortage:
        raise ExamNotReady from shortage
    return [
        Question(
            version=question.candidate.version,
            module=question.candidate.module,
            kind=question.candidate.kind,
            points_centi=question.points_centi,
            order=question.order,
        )
        for question in drawn
    ]


def supplies_of(*, cells: Sequence[drawing.Cell]) -> list[drawing.Supply]:
    """
    Compare blueprint cells with what the bank can supply today.

    Source: docs/rules/grading.md, rule G7.
    """
    counts = Item.objects.drawable().values_list("module", "kind").annotate(count=Count("pk"))
    return drawing.supplies(cells=cells, available={(module, kind): count for module, kind, count in counts})
