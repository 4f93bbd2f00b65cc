"""How certificates look: versions that are never changed once they are saved. docs/rules/certificates.md, rule N35."""

from django.conf import settings
from django.db import models
from django.db.models import Q, UniqueConstraint


class CertificateTemplate(models.Model):
    """
    One version of the certificate's design. Only certificates.templates writes it; nothing but `is_current` changes.

    `blocks` is a list of {"text", "x", "y", "width", "size", "align"}; millimetres from the top left corner, points.
    `places` is {}, the usual order of the page, or {part: {"x", "y", "width", "height"}} for every part.
    `seal` and `signature` are {} or {"x", "y", "width", "caption"}, their pictures are PNG files in the row.
    Source: docs/rules/certificates.md, rules N35-N37.
    """

    number = models.PositiveIntegerField("版本", unique=True, editable=False)
    name = models.CharField("说明", max_length=60)
    title = models.CharField("证书名称", max_length=60)
    statement = models.TextField("正文", max_length=300)
    blocks = models.JSONField("附加文字", default=list)
    places = models.JSONField("各部分的位置", default=dict)
    seal = models.JSONField("印章", default=dict)
    seal_png = models.BinaryField(default=bytes)
    signature = models.JSONField("签名", default=dict)
    signature_png = models.BinaryField(default=bytes)
    has_photo_frame = models.BooleanField("留出粘贴照片的方框", default=False)
    sha256 = models.CharField("内容的 SHA-256", max_length=64, editable=False)
    is_current = models.BooleanField("使用中", default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="保存人"
    )
    created_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = verbose_name_plural = "证书模板"
        ordering = ["-number"]
        constraints = [
            UniqueConstraint(
                fields=["is_current"], condition=Q(is_current=True), name="certificate_template_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"第 {self.number} 版　{self.name}"
