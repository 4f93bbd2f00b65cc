"""People: the account, the identity behind it, what they consented to, and the mail they are sent."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.db.models.functions import Lower
from django.utils import timezone

EMAIL_LENGTH = 254


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # Wagtail's managers are untyped
    """An account: somebody who signs in with an e-mail address. The e-mail is stored in lower case."""

    email = models.EmailField(
        "电子邮箱", max_length=EMAIL_LENGTH, unique=True, error_messages={"unique": "该邮箱已注册，请直接登录。"}
    )
    name = models.CharField("称呼", max_length=50, blank=True, help_text="显示在页面上；证书用的是实名信息。")
    is_staff = models.BooleanField("工作人员", default=False, help_text="可以进入管理后台。")
    is_active = models.BooleanField("启用", default=True)
    joined_at = models.DateTimeField("注册时间", default=timezone.now, editable=False)

    objects = UserManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "用户"
        constraints = [UniqueConstraint(Lower("email"), name="user_email_unique_any_case")]

    def __str__(self) -> str:
        return f"{self.name}（{self.email}）" if self.name else self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email.partition("@")[0]


class Identity(models.Model):
    """
    Who an account is in law: real name and 证件号. Only lms.users.identity changes it.

    `number_cipher` is Fernet ciphertext; `number_digest` a keyed hash that finds duplicates; `number_masked` the first
    three and last four characters, the only form that any screen shows. From `locked_at` on, a certificate rests on it
    and its holder can no longer change it. Source: docs/rules/privacy.md, rules V3, V4, V6.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identity")
    real_name = models.CharField("真实姓名", max_length=50)
    number_cipher = models.TextField(editable=False)
    number_digest = models.CharField(max_length=64, unique=True, editable=False)
    number_masked = models.CharField("证件号", max_length=18, editable=False)
    updated_at = models.DateTimeField("更新时间")
    locked_at = models.DateTimeField("锁定时间", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "实名信息"

    def __str__(self) -> str:
        return f"{self.real_name} {self.number_masked}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def of(self, user: User) -> "ConsentQuerySet":
        return self.filter(user=user)

    def standing(self) -> "ConsentQuerySet":
        return self.filter(withdrawn_at=None)


class Consent(models.Model):
    """
    One consent, given once for one purpose and one version of the text; withdrawing is a date, not a deletion.

    Only lms.users.consents writes it. Source: docs/rules/privacy.md, rules V1, V2.
    """

    class Purpose(models.TextChoices):
        TERMS = "TERMS", "用户协议与隐私政策"
        IDENTITY = "IDENTITY", "处理证件号"
        REMINDERS = "REMINDERS", "每周学习提醒邮件"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField("用途", max_length=20, choices=Purpose)
    version = models.CharField("文本版本", max_length=20)
    given_at = models.DateTimeField("同意时间")
    ip = models.GenericIPAddressField("IP", null=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "同意记录"
        constraints = [
            UniqueConstraint(
                fields=["user", "purpose", "version"],
                condition=Q(withdrawn_at=None),
                name="consent_one_standing_per_version",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.purpose} {self.version}"


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def due(self, now: datetime) -> "OutgoingMailQuerySet":
        """Mails still to be sent whose next try has come, longest waiting first."""
        return self.filter(status=OutgoingMail.Status.WAITING, next_try_at__lte=now).order_by("next_try_at", "pk")


class OutgoingMail(models.Model):
    """
    One message to one address. WAITING → SENT or GIVEN_UP, and back to WAITING when a person asks to send it again.

    Only lms.users.outbox changes it. `message_cipher` is the complete MIME message as Fernet ciphertext: its links let
    whoever reads it confirm an address or set a password. `tries` counts those begun since it was last put into the
    queue. Source: docs/rules/privacy.md, rule V8.
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", "等待发送"
        SENT = "SENT", "已发出"
        GIVEN_UP = "GIVEN_UP", "发送失败，不再重试"

    to = models.TextField("收件人")
    subject = models.TextField("主题")
    message_cipher = models.TextField(editable=False)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.WAITING)
    queued_at = models.DateTimeField("进入队列时间")
    next_try_at = models.DateTimeField("下次尝试时间", null=True, blank=True)
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("尝试次数", default=0)
    last_error = models.TextField("最近一次错误", blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "外发邮件"
        indexes = [Index(fields=["next_try_at"], condition=Q(status="WAITING"), name="outgoing_mail_due")]
        constraints = [
            CheckConstraint(
                condition=Q(status="WAITING", next_try_at__isnull=False, sent_at=None)
                | Q(status="SENT", next_try_at=None, sent_at__isnull=False)
                | Q(status="GIVEN_UP", next_try_at=None, sent_at=None),
                name="outgoing_mail_status_means_times",
            )
        ]

    def __str__(self) -> str:
        return f"{self.to} {self.subject}"
