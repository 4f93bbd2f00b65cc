"""Pictures of items, and which version shows which."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint

from exams.models.bank import ItemVersion


class ItemPicture(models.Model):
    """
    A picture as it was uploaded: rows and files are written once and never changed, since papers are frozen.

    `name` is how texts call it and says what it holds; `file` is its name in the private store, which nobody can guess.
    Units: pixels (0 for drawings), bytes. Only exams.pictures writes it. Source: docs/rules/grading.md, rule G26.
    """

    name = models.CharField("名称", max_length=40, unique=True)
    file = models.CharField(max_length=200, editable=False)
    width = models.PositiveSmallIntegerField("宽")
    height = models.PositiveSmallIntegerField("高")
    size = models.PositiveIntegerField("大小")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="上传人"
    )
    added_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "试题图片"

    def __str__(self) -> str:
        return self.name


class PictureUse(models.Model):
    """
    A version shows a picture. `is_printed`: in stem, material or options; else in what only a solution shows.

    Written with the version. Source: docs/rules/grading.md, rule G26.
    """

    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="picture_uses")
    picture = models.ForeignKey(ItemPicture, on_delete=models.PROTECT, related_name="uses")
    is_printed = models.BooleanField()

    class Meta:
        constraints = [UniqueConstraint(fields=["version", "picture", "is_printed"], name="picture_use_unique")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.picture_id}"
