"""One sitting of one exam, and the journal of every answer given in it. Only exams.attempts changes them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from exams.grading import DEFAULT_RULE, Partial, Question, Rule
from exams.models.blueprint import Exam
from exams.models.fields import CentiField
from exams.models.windows import ExamWindow
from lms.users.models import User


def save_allowance() -> timedelta:
    """How long after the bell an answer may still arrive. Source: docs/rules/grading.md, rule G9."""
    return timedelta(seconds=settings.EXAM_SAVE_ALLOWANCE_SECONDS)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def of(self, user: User | int) -> "AttemptQuerySet":
        return self.filter(candidate=user)

    def overdue(self, now: datetime) -> "AttemptQuerySet":
        """Open attempts for which the bell has rung and the network allowance is over."""
        return self.filter(status=Attempt.Status.OPEN, deadline_at__lt=now - save_allowance())

    def passed(self) -> "AttemptQuerySet":
        """Formal attempts that earn a certificate; a mock exam earns none."""
        return self.filter(status=Attempt.Status.MARKED, has_passed=True, is_mock=False)

    def passed_since(self, moment: datetime) -> "AttemptQuerySet":
        """
        Passed attempts that were closed, or marked again, at `moment` or later.

        What was marked again is read at once, so that the filter is two indexes and not a join over all attempts.
        """
        again = list(self.filter(markings__made_at__gte=moment).values_list("pk", flat=True))
        return self.passed().filter(Q(closed_at__gte=moment) | Q(pk__in=again))

    def formal(self) -> "AttemptQuerySet":
        return self.filter(is_mock=False)

    def no_longer_passed(self) -> "AttemptQuerySet":
        """
        Formal attempts that a re-marking took the pass from: a certificate may be out, and a person has to decide.

        Source: docs/rules/exam-room.md, rule R8.
        """
        lost = self.filter(status=Attempt.Status.MARKED, has_passed=False, is_mock=False)
        return lost.filter(markings__has_passed=True).distinct()


class Attempt(models.Model):
    """
    One sitting of one exam. OPEN → MARKED, once; only exams.attempts changes it. With 简答 answers that people have to
    mark it is AWAITING in between: closed, without points, and no one's pass.

    `session_number` counts the pages that opened the attempt: the newest may answer, older ones only deliver what they
    had queued. `news` counts what the open page has to be told (messages, extensions). `accommodation` is what was
    approved for the person when the attempt started: `{"time_factor": 150, "larger_type": true, "hidden_timer": true}`.
    `paper` is frozen at the start, one row per question: the fields of `exams.grading.Question` as a list.
    `rules` are those of the exam at the start, empty for the default: `{"partial": "SHARE", "wrong_percent": 25}`.
    `deadline_at` is stored at the start and moves only by a logged Extension; what the clock closed has
    `closed_at` equal to it.
    `published_at` is when people had marked the last 简答; None = the result was there at the closing.
    `result` after marking: `{"modules": {"M1": {"points": …, "of": …, "right": …, "count": …}}}`, in hundredths.
    `forced_by` and `forced_reason` are set if and only if an invigilator closed it.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "进行中"
        AWAITING = "AWAITING", "待评阅"
        MARKED = "MARKED", "已出成绩"

    class ClosedBy(models.TextChoices):
        CANDIDATE = "CANDIDATE", "考生交卷"
        CLOCK = "CLOCK", "到时收卷"
        INVIGILATOR = "INVIGILATOR", "监考收卷"

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="attempts", verbose_name="考试")
    candidate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attempts", verbose_name="考生"
    )
    number = models.PositiveSmallIntegerField("第几次")
    is_mock = models.BooleanField("模拟考试", default=False)
    window = models.ForeignKey(
        ExamWindow, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts", verbose_name="考期"
    )
    accommodation = models.JSONField("便利安排", default=dict, blank=True)
    session_number = models.PositiveIntegerField(default=0, editable=False)
    news = models.PositiveIntegerField(default=0, editable=False)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.OPEN)
    paper = models.JSONField(editable=False)
    rules = models.JSONField(default=dict, blank=True, editable=False)
    total_centi = CentiField("满分", editable=False)
    pass_centi = CentiField("及格分", editable=False)
    started_at = models.DateTimeField("开始")
    deadline_at = models.DateTimeField("截止")
    closed_at = models.DateTimeField("交卷时间", null=True, blank=True)
    closed_by = models.CharField("收卷方式", max_length=12, choices=ClosedBy, blank=True)
    forced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="收卷人",
    )
    forced_reason = models.CharField("监考收卷原因", max_length=200, blank=True)
    receipt_number = models.CharField("回执号", max_length=20, blank=True)
    published_at = models.DateTimeField("评阅公布", null=True, blank=True)
    points_centi = CentiField("得分", null=True, blank=True)
    has_passed = models.BooleanField("合格", null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)
    rule_version = models.CharField("评分规则版本", max_length=20, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考试记录"
        permissions = [("invigilate_attempt", "监考：延时、收卷、发消息")]
        constraints = [
            UniqueConstraint(
                fields=["exam", "candidate"], condition=Q(status="OPEN"), name="attempt_one_open_per_exam"
            ),
            UniqueConstraint(F("exam"), F("candidate"), F("is_mock"), F("number"), name="attempt_number_unique"),
            UniqueConstraint(fields=["receipt_number"], condition=~Q(receipt_number=""), name="attempt_receipt_unique"),
            CheckConstraint(
                condition=Q(status="OPEN", closed_at=None, points_centi=None, has_passed=None, receipt_number="")
                | Q(status="AWAITING", closed_at__isnull=False, points_centi=None, has_passed=None)
                & ~Q(receipt_number="")
                | Q(status="MARKED", closed_at__isnull=False, points_centi__isnull=False, has_passed__isnull=False)
                & ~Q(receipt_number=""),
                name="attempt_marked_means_closed_with_points",
            ),
            CheckConstraint(
                condition=Q(closed_by="INVIGILATOR", forced_by__isnull=False) & ~Q(forced_reason="")
                | ~Q(closed_by="INVIGILATOR") & Q(forced_by=None, forced_reason=""),
                name="attempt_forced_by_somebody_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["deadline_at"], condition=Q(status="OPEN"), name="attempt_overdue"),  # the sweep
            models.Index(fields=["closed_at"], condition=Q(has_passed=True), name="attempt_passed"),  # issuing
            models.Index(fields=["closed_at"], condition=Q(status="AWAITING"), name="attempt_awaiting"),  # publishing
        ]

    def __str__(self) -> str:
        return f"{self.exam_id} / {self.candidate_id} / {self.number}"

    @property
    def questions(self) -> list[Question]:
        """The frozen paper, question by question."""
        return [Question(*row) for row in self.paper]

    @property
    def rule(self) -> Rule:
        """How answers become points in this attempt. Source: docs/rules/grading.md, rule G15."""
        return Rule(
            partial=Partial(self.rules.get("partial", DEFAULT_RULE.partial)),
            wrong_percent=self.rules.get("wrong_percent", DEFAULT_RULE.wrong_percent),
        )

    def is_overdue(self, now: datetime) -> bool:
        """Whether the sweep, or the next reader, has to close this attempt."""
        return self.status == self.Status.OPEN and self.deadline_at < now - save_allowance()


class AnswerEntryQuerySet(models.QuerySet["AnswerEntry"]):
    def standing(self) -> dict[int, tuple[int, str]]:
        """
        What counts in one attempt, by position: seq and answer of the entry with the highest seq that came in time or
        was admitted by a review. Sources: docs/rules/grading.md, rule G9; docs/rules/exam-room.md, rule R8.
        """
        rows = list(self.order_by("seq").values_list("position", "seq", "answer", "is_late"))
        late = {seq for _, seq, _, is_late in rows if is_late}
        if late:
            reviews = Attempt.objects.filter(entries__in=self.filter(is_late=True)).distinct()
            admitted = {seq for seqs in reviews.values_list("late_reviews__admitted", flat=True) for seq in seqs or ()}
            late -= admitted
        return {position: (seq, answer) for position, seq, answer, _ in rows if seq not in late}


class AnswerEntry(models.Model):
    """
    One line of an attempt's append-only journal: at `seq` the answer to question `position` (from 0) became `answer`.

    `answer` holds the printed letters in order ("B", "ACD", "T", "F") or what was typed; "" = cleared. The answer to a
    question is the entry with the highest seq that came in time; an entry that came after the bell and its allowance is
    kept, marked `is_late`, and not graded unless a LateReview admits it. Source: docs/rules/grading.md, rules G8-G9.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField()
    answer = models.TextField(blank=True)
    client_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)

    objects = AnswerEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "作答记录"
        constraints = [UniqueConstraint(F("attempt"), F("seq"), name="answer_seq_unique")]

    def __str__(self) -> str:
        return f"{self.attempt_id}#{self.seq}"
