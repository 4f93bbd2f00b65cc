"""简答 answers to be marked by people, and what each gave. exams.attempts opens them, exams.marking does the rest."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Exists, F, OuterRef, Q, UniqueConstraint

from exams.models.attempts import Attempt
from exams.models.bank import ItemVersion
from exams.models.fields import CentiField
from lms.users.models import User

CLAIM_LASTS = timedelta(minutes=30)
RECONCILER, REMARK = 3, 4  # numbers of marks


class ScriptQuerySet(models.QuerySet["Script"]):
    def waiting(self) -> "ScriptQuerySet":
        """Those that somebody still has to mark."""
        return self.exclude(status=Script.Status.DONE)

    def for_marker(self, marker: User) -> "ScriptQuerySet":
        """Those that this person may mark: not their own, none they marked before. Source: grading.md, rule G23."""
        return self.not_seen_by(marker).filter(status__in=[Script.Status.FIRST, Script.Status.SECOND])

    def to_remark(self) -> "ScriptQuerySet":
        """Those that an open appeal has marked once more, as long as nobody has. Source: exam-room.md, rule R9."""
        done = ScriptMark.objects.filter(script=OuterRef("pk"), number=REMARK)
        asked = Q(attempt__appeals__status="FILED", attempt__appeals__remark_asked_at__isnull=False)
        return self.filter(asked, ~Exists(done), status=Script.Status.DONE)

    def not_seen_by(self, person: User) -> "ScriptQuerySet":
        """Those that are not this person's own and that they never marked."""
        mine = ScriptMark.objects.filter(script=OuterRef("pk"), marker=person)
        return self.exclude(attempt__candidate=person).filter(~Exists(mine))

    def free(self, marker: User, now: datetime) -> "ScriptQuerySet":
        """Those that nobody else has on the table. Source: docs/rules/grading.md, rule G23."""
        return self.filter(Q(claimed_by=None) | Q(claimed_by=marker) | Q(claimed_at__lt=now - CLAIM_LASTS))


class Script(models.Model):
    """
    One 简答 answer of a closed attempt: FIRST → (SECOND →) DONE, or SECOND → DISPUTED → DONE.

    `seq` is the journal's entry that was frozen into `text`. `claimed_by` has it on the table until `claimed_at` is
    CLAIM_LASTS ago. Units: points in hundredths of the paper's points. Source: docs/rules/grading.md, rules G22-G25.
    """

    class Status(models.TextChoices):
        FIRST = "FIRST", "待一评"
        SECOND = "SECOND", "待二评"
        DISPUTED = "DISPUTED", "待仲裁"
        DONE = "DONE", "已评完"

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="scripts")
    position = models.PositiveSmallIntegerField()
    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="scripts")
    seq = models.PositiveIntegerField()
    text = models.TextField("作答")
    of_centi = CentiField("满分")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.FIRST)
    points_centi = CentiField("得分", null=True)
    opened_at = models.DateTimeField("交卷时间")
    done_at = models.DateTimeField("评完时间", null=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="正在评阅"
    )
    claimed_at = models.DateTimeField(null=True)

    objects = ScriptQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "简答评阅"
        permissions = [("mark_script", "评阅简答题"), ("reconcile_script", "仲裁评分差异")]
        constraints = [
            UniqueConstraint(F("attempt"), F("position"), name="script_once_per_question"),
            CheckConstraint(
                condition=Q(status="DONE", points_centi__lte=F("of_centi"), done_at__isnull=False)
                | ~Q(status="DONE") & Q(points_centi=None, done_at=None),
                name="script_done_means_points",
            ),
        ]
        indexes = [
            models.Index(fields=["version", "opened_at"], condition=~Q(status="DONE"), name="script_queue"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"  # never whose it is


class ScriptMark(models.Model):
    """
    What one person gave one answer: `given` for each line of the rubric, in its shares. Rows are never changed.

    `number` 1 and 2 are the markers', 3 the reconciler's, 4 that of an appeal, which counts once that is decided.
    `notes` are remarks on places of the text: `[{"start": 12, "end": 20, "text": "…"}]`, in characters from 0.
    Sources: docs/rules/grading.md, rules G22-G24; docs/rules/exam-room.md, rule R9.
    """

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="marks")
    number = models.PositiveSmallIntegerField("第几评")
    marker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="评阅人"
    )
    given = models.JSONField("各条得分", default=list)
    points_centi = CentiField("得分")
    comment = models.TextField("评语", blank=True)
    notes = models.JSONField("批注", default=list, blank=True)
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "评阅记录"
        ordering = ["number"]
        constraints = [
            UniqueConstraint(F("script"), F("number"), name="script_mark_number_unique"),
            UniqueConstraint(F("script"), F("marker"), name="script_mark_once_per_person"),
            CheckConstraint(condition=Q(number__gte=1, number__lte=4), name="script_mark_of_four_at_most"),
        ]

    def __str__(self) -> str:
        return f"#{self.script_id} {self.number}"
