"""The question bank. An item keeps its code for ever; what is printed and marked is one of its immutable versions."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, Exists, F, OuterRef, Q, UniqueConstraint

from courses.syllabus import MODULE_CHOICES

MAX_PARTS = 9


class ItemQuerySet(models.QuerySet["Item"]):
    def usable(self, pool: "Item.Pool | None" = None) -> "ItemQuerySet":
        """
        Items that a paper may print, by themselves or in their 案例: of one pool (the live one unless said), live,
        verified, not contested. Source: docs/rules/grading.md, rules G7 and G21.
        """
        items = self.filter(
            pool=pool or Item.Pool.LIVE,
            status=Item.Status.LIVE,
            is_verified=True,
            is_contested=False,
            current__isnull=False,
        )
        return items if settings.EXAM_DRAWS_ITEMS_TO_RECHECK else items.filter(recheck_reason="")

    def drawable(self, pool: "Item.Pool | None" = None) -> "ItemQuerySet":
        """
        Items that a paper may draw: usable ones that are no part of a 案例; a 案例 only if it has parts, all usable.

        Source: docs/rules/grading.md, rules G7 and G18.
        """
        parts = Item.objects.filter(case=OuterRef("pk")).exclude(status=Item.Status.RETIRED)
        usable = Item.objects.usable(pool)
        whole = Exists(parts) & ~Exists(parts.exclude(pk__in=usable.values("pk")))
        return self.usable(pool).filter(case=None).filter(~Q(kind=Item.Kind.CASE) | whole)

    def to_recheck(self) -> "ItemQuerySet":
        """待复核: what they cite has changed since they were written. Source: docs/rules/grading.md, rule G21."""
        return self.exclude(recheck_reason="").exclude(status=Item.Status.RETIRED)


class Item(models.Model):
    """
    A question under its permanent code. Only exams.bank changes it, and exams.rechecks its flags.

    DRAFT → REVIEW → LIVE → RETIRED → DRAFT; REVIEW → DRAFT when sent back, LIVE or REVIEW → DRAFT when revised.
    A 案例 is an item whose version is the shared stem; its sub-questions are ordinary items with `case` and `place`
    (from 1) set, drawn together and in that order. `basis` is what the cited lesson and rules were when the text was
    last found right: `{"lesson one-in-ten": "1a2b…", "staffing.md S2": "3c4d…"}`; `recheck_reason` says what of it has
    changed since, "" = nothing.
    """

    class Kind(models.TextChoices):
        SINGLE = "SINGLE", "单选"
        MULTI = "MULTI", "多选"
        TRUE_FALSE = "TRUE_FALSE", "判断"
        BLANK = "BLANK", "填空"
        NUMERIC = "NUMERIC", "数值"
        SHORT = "SHORT", "简答"
        CASE = "CASE", "案例"

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

    class Bloom(models.IntegerChoices):
        """What the question asks of a mind, by Bloom's revised taxonomy."""

        REMEMBER = 1, "记忆"
        UNDERSTAND = 2, "理解"
        APPLY = 3, "应用"
        ANALYSE = 4, "分析"
        EVALUATE = 5, "评价"
        CREATE = 6, "创造"

    code = models.CharField("题号", max_length=20, unique=True)
    kind = models.CharField("题型", max_length=12, choices=Kind)
    pool = models.CharField("题池", max_length=10, choices=Pool, default=Pool.LIVE)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.DRAFT)
    module = models.CharField("模块", max_length=2, choices=MODULE_CHOICES)
    point = models.CharField("知识点", max_length=50)
    difficulty = models.PositiveSmallIntegerField("难度", choices=Difficulty, default=Difficulty.EASY)
    bloom = models.PositiveSmallIntegerField("认知层次", choices=Bloom, null=True, blank=True)
    case = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="所属案例"
    )
    place = models.PositiveSmallIntegerField(
        "第几小题", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MAX_PARTS)]
    )
    is_verified = models.BooleanField("已核对", default=False, help_text="事实已与出处核对；未核对的题不进入正式考试。")
    is_contested = models.BooleanField("有争议", default=False, help_text="有人质疑、还没有定论的题不进入试卷。")
    basis = models.JSONField("依据", default=dict, editable=False)
    recheck_reason = models.CharField("待复核", max_length=300, blank=True, editable=False)
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
        constraints = [
            UniqueConstraint(fields=["case", "place"], name="item_place_in_case_unique"),
            CheckConstraint(
                condition=Q(case=None, place=None) | Q(case__isnull=False, place__gt=0) & ~Q(kind="CASE"),
                name="item_part_has_place_and_is_no_case",
            ),
        ]
        indexes = [models.Index(fields=["pool", "status", "module", "kind"], name="item_draw")]  # drawing a paper

    def __str__(self) -> str:
        return self.code


class ItemVersion(models.Model):
    """
    What an item said at one time: stem, options and key. Rows are written once and never changed.

    `options` is a list of texts, only for 单选 and 多选; `notes` says why each is wrong ("" for the right ones), or is
    empty. `key`: the right letters in order ("B", "ACD"), 判断 "T" or "F", 填空 and 数值 as exams.keys writes them;
    none for 简答, which has a `rubric`: `[{"text": "说出两个层面", "points": 4}, …]`, and for 案例. `unit` is what is
    printed beside the field of a 数值.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版本")
    stem = models.TextField("题干")
    options = models.JSONField("选项", default=list, blank=True)
    notes = models.JSONField("错项说明", default=list, blank=True)
    key = models.CharField("答案", max_length=500, blank=True)
    unit = models.CharField("单位", max_length=20, blank=True)
    rubric = models.JSONField("评分标准", default=list, blank=True)
    explanation = models.TextField("解析", blank=True)
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
