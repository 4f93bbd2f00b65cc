"""The question bank. An item keeps its code for ever; what is printed and marked is one of its immutable versions."""

from django.conf import settings
from django.db import models
from django.db.models import F, UniqueConstraint

from courses.syllabus import MODULE_CHOICES


class ItemQuerySet(models.QuerySet["Item"]):
    def drawable(self, pool: "Item.Pool | None" = None) -> "ItemQuerySet":
        """Items that a paper may take: of one pool (the live one unless said), live status, facts verified."""
        return self.filter(
            pool=pool or Item.Pool.LIVE, status=Item.Status.LIVE, is_verified=True, current__isnull=False
        )


class Item(models.Model):
    """
    A question under its permanent code. Only exams.bank changes it.

    DRAFT → REVIEW → LIVE → RETIRED → DRAFT; REVIEW → DRAFT when sent back, LIVE or REVIEW → DRAFT when revised.
    """

    class Kind(models.TextChoices):
        SINGLE = "SINGLE", "单选"
        MULTI = "MULTI", "多选"
        TRUE_FALSE = "TRUE_FALSE", "判断"

    class Pool(models.TextChoices):
        LIVE = "LIVE", "正式考试"
        PRACTICE = "PRACTICE", "练习"

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "草稿"
        REVIEW = "REVIEW", "待审核"
        LIVE = "LIVE", "启用"
        RETIRED = "RETIRED", "停用"

    class Difficulty(models.IntegerChoices):
        EASY = 1, "易"
        MEDIUM = 2, "中"
        HARD = 3, "难"

    code = models.CharField("题号", max_length=20, unique=True)
    kind = models.CharField("题型", max_length=12, choices=Kind)
    pool = models.CharField("题池", max_length=10, choices=Pool, default=Pool.LIVE)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.DRAFT)
    module = models.CharField("模块", max_length=2, choices=MODULE_CHOICES)
    point = models.CharField("知识点", max_length=50)
    difficulty = models.PositiveSmallIntegerField("难度", choices=Difficulty, default=Difficulty.EASY)
    is_verified = models.BooleanField("已核对", default=False, help_text="事实已与出处核对；未核对的题不进入正式考试。")
    current = models.ForeignKey(
        "ItemVersion", on_delete=models.PROTECT, null=True, related_name="+", verbose_name="当前版本", editable=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="审核人",
        editable=False,
    )
    approved_at = models.DateTimeField("审核时间", null=True, editable=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "试题"
        indexes = [models.Index(fields=["pool", "status", "module", "kind"], name="item_draw")]  # drawing a paper

    def __str__(self) -> str:
        return self.code


class ItemVersion(models.Model):
    """
    What an item said at one time: stem, options and key. Rows are written once and never changed.

    `options` is a list of texts (empty for 判断); `key` the right letters in order: "B", "ACD", for 判断 "T" or "F".
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版本")
    stem = models.TextField("题干")
    options = models.JSONField("选项", default=list, blank=True)
    key = models.CharField("答案", max_length=10)
    explanation = models.TextField("解析")
    source = models.CharField("出处", max_length=300)
    lesson_slug = models.SlugField("讲到它的课", max_length=100, blank=True)
    created_at = models.DateTimeField("写入时间")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="作者",
        help_text="空 = 由题库文件读入。",
    )

    class Meta:
        verbose_name = verbose_name_plural = "试题版本"
        constraints = [UniqueConstraint(F("item"), F("number"), name="item_version_number_unique")]

    def __str__(self) -> str:
        return f"{self.item_id} v{self.number}"
