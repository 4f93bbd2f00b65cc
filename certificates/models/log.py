"""The transparency log: one entry for each change, the hashes above them, and what was signed. Append-only."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from certificates.models.certificate import StatusChange


class LogEntryQuerySet(models.QuerySet["LogEntry"]):
    def waiting(self) -> "LogEntryQuerySet":
        """Entries that have no place in the tree yet, oldest first."""
        return self.filter(position=None).order_by("pk")


class LogEntry(models.Model):
    """
    One leaf: the data of a status change, written in its transaction; a sweep gives it its `position` in the tree.

    `data` is JSON with sorted keys and a salt, so that its hash gives nothing away. `leaf` is its RFC 9162 hash in hex.
    Source: docs/rules/certificates.md, rules N15 and N16.
    """

    change = models.OneToOneField(StatusChange, on_delete=models.PROTECT, related_name="log_entry", editable=False)
    data = models.TextField("内容", editable=False)
    leaf = models.CharField("叶哈希", max_length=64, unique=True, editable=False)
    position = models.PositiveBigIntegerField("序号", null=True, unique=True, editable=False)
    sequenced_at = models.DateTimeField("记入时间", null=True, editable=False)

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公开日志"
        constraints = [
            CheckConstraint(
                condition=Q(position=None, sequenced_at=None) | Q(position__isnull=False, sequenced_at__isnull=False),
                name="log_entry_position_means_time",
            )
        ]
        indexes = [models.Index(fields=["id"], condition=Q(position=None), name="log_entry_waiting")]  # the sweep

    def __str__(self) -> str:
        return f"{self.position} {self.leaf[:16]}"


class LogNode(models.Model):
    """A complete subtree of 2**level leaves, the `index`-th of its level; level 0 is in the entries."""

    level = models.PositiveSmallIntegerField(editable=False)
    index = models.PositiveBigIntegerField(editable=False)
    hash = models.CharField(max_length=64, editable=False)

    class Meta:
        constraints = [UniqueConstraint(fields=["level", "index"], name="log_node_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class LogState(models.Model):
    """How many leaves the tree has. Its one row is the lock under which leaves get their places."""

    size = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.size)


class TreeHead(models.Model):
    """
    The tree as it was when it was signed; `note` is the signed text that everybody may keep.

    Source: docs/rules/certificates.md, rule N17.
    """

    size = models.PositiveBigIntegerField("条数", db_index=True, editable=False)
    root = models.CharField("根哈希", max_length=64, editable=False)
    note = models.TextField("签名文本", editable=False)
    signed_at = models.DateTimeField("签名时间", unique=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "日志树头"

    def __str__(self) -> str:
        return f"{self.size} {self.root[:16]}"
