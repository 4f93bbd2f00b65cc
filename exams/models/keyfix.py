"""答案更正: a correction of one item version's key, and what it does to each attempt. Only exams.keyfix writes them."""

from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, FilteredRelation, Q, UniqueConstraint

from exams.grading import Void
from exams.models.attempts import Attempt
from exams.models.bank import ItemVersion
from exams.models.fields import CentiField

VOID_BY = {"FULL": Void.FULL, "DROP": Void.DROP}  # by KeyFix.Action


class Marked(NamedTuple):
    """How an item version is marked now: the key in force, and whether the question is void."""

    key: str
    void: Void | None = None


class KeyFixQuerySet(models.QuerySet["KeyFix"]):
    def marking_of(self, versions: Iterable[int]) -> dict[int, Marked]:
        """
        Read how versions are marked now, in one statement. Source: docs/rules/key-fix.md, rule K5.

        Whoever marks reads keys here and nowhere else.
        """
        rows = ItemVersion.objects.filter(pk__in=versions).annotate(
            fix=FilteredRelation("key_fixes", condition=Q(key_fixes__is_in_force=True))
        )
        return {
            pk: marked_by(key, action, fixed)
            for pk, key, action, fixed in rows.values_list("pk", "key", "fix__action", "fix__key")
        }

    def open(self) -> "KeyFixQuerySet":
        """Those that are not settled: being prepared, waiting for the second person, or being carried out."""
        return self.filter(status__in=KeyFix.OPEN)

    def unfinished(self) -> "KeyFixQuerySet":
        """Those that a sweep has to work on, oldest first."""
        return self.filter(status__in=[KeyFix.Status.PREPARING, KeyFix.Status.REGRADING]).order_by("pk")

    def in_force(self) -> "KeyFixQuerySet":
        return self.filter(is_in_force=True)


class KeyFix(models.Model):
    """
    One correction: PREPARING → PROPOSED → REGRADING → DONE, or → REFUSED or WITHDRAWN before it takes effect.

    `key` as in ItemVersion.key, alternatives apart with "|"; "" unless the action is KEY. From `decided_at` on the one
    that `is_in_force` says how its version is marked; `previous` was in force before. The version's row never changes.
    Source: docs/rules/key-fix.md, rules K1-K7.
    """

    class Action(models.TextChoices):
        KEY = "KEY", "改答案"
        FULL = "FULL", "全员给分"
        DROP = "DROP", "不计分"
        ORIGINAL = "ORIGINAL", "恢复原答案"

    class Status(models.TextChoices):
        PREPARING = "PREPARING", "计算影响"
        PROPOSED = "PROPOSED", "待复核"
        REGRADING = "REGRADING", "重评中"
        DONE = "DONE", "已完成"
        REFUSED = "REFUSED", "未同意"
        WITHDRAWN = "WITHDRAWN", "已撤回"

    OPEN = (Status.PREPARING, Status.PROPOSED, Status.REGRADING)
    EFFECTIVE = (Status.REGRADING, Status.DONE)

    version = models.ForeignKey(
        ItemVersion, on_delete=models.PROTECT, related_name="key_fixes", verbose_name="试题版本"
    )
    action = models.CharField("处理", max_length=10, choices=Action)
    key = models.TextField("更正后的答案", blank=True)
    reason = models.CharField("原因", max_length=300, help_text="考生会看到，也写在邮件里。")
    evidence = models.CharField("依据", max_length=500, help_text="哪一条款、哪份资料；只有工作人员看得到。")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PREPARING)
    is_in_force = models.BooleanField("现行", default=False)
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", verbose_name="取代")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="提出人"
    )
    proposed_at = models.DateTimeField("提出时间")
    scanned_to = models.PositiveBigIntegerField(default=0, editable=False)  # attempts up to this pk have been looked at
    previewed_at = models.DateTimeField("影响算于", null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    decided_at = models.DateTimeField("复核时间", null=True)
    decision = models.CharField("复核意见", max_length=300, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True)

    objects = KeyFixQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "答案更正"
        constraints = [
            UniqueConstraint(
                fields=["version"],
                condition=Q(status__in=["PREPARING", "PROPOSED", "REGRADING"]),
                name="key_fix_one_open_per_version",
            ),
            UniqueConstraint(fields=["version"], condition=Q(is_in_force=True), name="key_fix_one_in_force"),
            CheckConstraint(
                condition=Q(is_in_force=False) | Q(status__in=["REGRADING", "DONE"]), name="key_fix_force_is_approved"
            ),
            CheckConstraint(condition=Q(action="KEY") ^ Q(key=""), name="key_fix_key_if_and_only_if_changed"),
            CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="key_fix_by_two_people"),
            CheckConstraint(
                condition=~Q(status__in=["REGRADING", "DONE", "REFUSED"])
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="key_fix_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.get_action_display()}"

    @property
    def is_effective(self) -> bool:
        """Whether a second person has approved it."""
        return self.status in self.EFFECTIVE


def marked_by(original: str, action: str | None, fixed: str | None) -> Marked:
    """Combine the key of a version and a correction of it. Source: docs/rules/key-fix.md, rule K1."""
    if action == KeyFix.Action.KEY:
        return Marked(fixed or "")
    return Marked(original, VOID_BY.get(action or ""))


class KeyFixRowQuerySet(models.QuerySet["KeyFixRow"]):
    def waiting(self) -> "KeyFixRowQuerySet":
        return self.filter(regraded_at=None)

    def formal(self) -> "KeyFixRowQuerySet":
        return self.filter(attempt__is_mock=False)


class KeyFixRow(models.Model):
    """
    What one correction does to one attempt: before, as foreseen, and as it came out.

    Units: hundredths of a point. `is_foreseen` is False for what was closed after the preview; its forecast is what the
    regrading found. Source: docs/rules/key-fix.md, rules K5 and K8.
    """

    fix = models.ForeignKey(KeyFix, on_delete=models.PROTECT, related_name="rows")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="key_fix_rows")
    is_foreseen = models.BooleanField(default=True)
    before_centi = CentiField("原得分")
    before_passed = models.BooleanField("原合格")
    after_centi = CentiField("预计得分")
    after_passed = models.BooleanField("预计合格")
    final_centi = CentiField("重评得分", null=True)
    final_passed = models.BooleanField("重评合格", null=True)
    regraded_at = models.DateTimeField("重评时间", null=True)

    objects = KeyFixRowQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["fix", "attempt"], name="key_fix_row_once"),
            CheckConstraint(
                condition=Q(regraded_at=None, final_centi=None, final_passed=None)
                | Q(regraded_at__isnull=False, final_centi__isnull=False, final_passed__isnull=False),
                name="key_fix_row_regraded_means_result",
            ),
        ]
        indexes = [models.Index(fields=["fix"], condition=Q(regraded_at=None), name="key_fix_row_waiting")]  # the job

    def __str__(self) -> str:
        return f"{self.fix_id} / {self.attempt_id}"
