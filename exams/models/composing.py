"""What composing needs besides the blueprint: items that give each other away, and papers fixed beforehand."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from exams.models.bank import Item
from exams.models.blueprint import Exam


class EnemyGroup(ClusterableModel):
    """Items of which one paper may carry one at most. Source: docs/rules/blueprint.md, rule B4."""

    reason = models.CharField("为什么互斥", max_length=200, help_text="例如：第二题的题干说出了第一题的答案。")

    class Meta:
        verbose_name = verbose_name_plural = "互斥题组"

    def __str__(self) -> str:
        return self.reason


class EnemyMember(models.Model):
    """An item belongs to one group at most; that is what keeps drawing exact and fast."""

    group = ParentalKey(EnemyGroup, on_delete=models.CASCADE, related_name="members")
    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="enemy", verbose_name="试题")

    class Meta:
        verbose_name = verbose_name_plural = "互斥的题"

    def __str__(self) -> str:
        return f"{self.group_id} {self.item_id}"


class PaperForm(models.Model):
    """
    One of the parallel sets of items for an exam's fixed cells: 甲卷, 乙卷, … Only exams.composing writes them.

    `blueprint` is the fingerprint of the cells it was made for: another blueprint needs new forms.
    Source: docs/rules/blueprint.md, rules B2 and B9.
    """

    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="forms", verbose_name="考试")
    number = models.PositiveSmallIntegerField("第几套")
    blueprint = models.CharField(max_length=64, editable=False)
    items = models.ManyToManyField(Item, related_name="+", verbose_name="试题")
    made_at = models.DateTimeField("组卷时间")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="组卷人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "固定卷"
        constraints = [UniqueConstraint(fields=["exam", "number"], name="paper_form_number_unique")]

    def __str__(self) -> str:
        return f"{self.exam_id} 第 {self.number} 套"
