"""The public halves of the keys that we sign with, and the signed file of each certificate."""

from django.db import models

from certificates.models.certificate import Certificate


class PublicKey(models.Model):
    """
    A key that has signed something of ours, by its public half: what old signatures are checked against for ever.

    `fingerprint` is the SHA-256 of the certificate (PDF) or of the public key, in hex; `public` the PEM. Private keys
    are files or devices outside the database. Source: docs/rules/certificates.md, rule N14.
    """

    class Kind(models.TextChoices):
        DOCUMENT = "DOCUMENT", "PDF 签名"
        CREDENTIAL = "CREDENTIAL", "数字凭证签名"
        LOG = "LOG", "公开日志签名"

    kind = models.CharField("用途", max_length=10, choices=Kind, editable=False)
    fingerprint = models.CharField("指纹（SHA-256）", max_length=64, editable=False)
    public = models.TextField("公开部分", editable=False)
    is_demo = models.BooleanField("演示", default=False, editable=False)
    first_used_at = models.DateTimeField("首次使用", editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "签名公钥"
        constraints = [models.UniqueConstraint(fields=["kind", "fingerprint"], name="public_key_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint[:16]}"


class SignedDocument(models.Model):
    """
    The signed PDF of a certificate: signed once, kept, and the same file at every download.

    Source: docs/rules/certificates.md, rule N13.
    """

    certificate = models.OneToOneField(
        Certificate, on_delete=models.PROTECT, related_name="document", verbose_name="证书", editable=False
    )
    file = models.FileField("文件", max_length=200, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, unique=True, editable=False)
    key = models.ForeignKey(PublicKey, on_delete=models.PROTECT, verbose_name="签名公钥", editable=False)
    signed_at = models.DateTimeField("签名时间", editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "已签名的 PDF"

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.sha256[:16]}"
