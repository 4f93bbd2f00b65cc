"""Places in a course that a company has bought and names people for. Changed only by courses.seats."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from courses.models.enrolments import Enrolment
from courses.models.pages import CoursePage
from lms.append_only import AppendOnly
from lms.users.models import User


class SeatBatchQuerySet(models.QuerySet["SeatBatch"]):
    def of(self, user: User) -> "SeatBatchQuerySet":
        """The batches that this person manages: bought, or a company's that he or she is a steward of."""
        return self.filter(Q(holder=user) | Q(company_code__in=SeatSteward.codes_of(user)))

    def of_company(self, user: User, code: str) -> "SeatBatchQuerySet":
        """Of these batches, the ones that he or she bought, and those of one company."""
        return self.of(user).filter(Q(holder=user) | Q(company_code=code))


class SeatBatch(models.Model):
    """
    The seats that one order bought. `order_number` is text: nothing here knows about money.

    `holder` is the person who bought and who manages the seats; `company` the name on the order, `company_code` its
    统一社会信用代码, whose stewards manage the seats as well. Source: docs/rules/seats.md, rule S11.
    """

    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="seat_batches", verbose_name="课程")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seat_batches", verbose_name="管理人"
    )
    company = models.CharField("企业", max_length=100)
    company_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    order_number = models.CharField("订单号", max_length=20, unique=True)
    size = models.PositiveIntegerField("席位数")
    made_at = models.DateTimeField("开通时间")

    objects = SeatBatchQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "一批席位"
        indexes = [models.Index(fields=["company_code"], condition=~Q(company_code=""), name="seatbatch_of_company")]

    def __str__(self) -> str:
        return f"{self.company} {self.order_number}"


class SeatSteward(models.Model):
    """
    Somebody who manages the seats that a company bought, whoever bought them. Only courses.seats.stewards writes it.

    A fact kept low: which people these are is known further up. Source: docs/rules/seats.md, rule S11.
    """

    company_code = models.CharField("统一社会信用代码", max_length=18)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seat_stewards", verbose_name="账号"
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "企业席位的管理人"
        constraints = [
            UniqueConstraint(fields=["company_code", "user"], name="seatsteward_once"),
            CheckConstraint(condition=~Q(company_code=""), name="seatsteward_has_a_code"),
        ]

    def __str__(self) -> str:
        return f"{self.company_code}: {self.user_id}"

    @classmethod
    def codes_of(cls, user: User) -> "models.QuerySet[SeatSteward, str]":
        return cls.objects.filter(user=user).values_list("company_code", flat=True)


class SeatQuerySet(models.QuerySet["Seat"]):
    def of(self, user: User) -> "SeatQuerySet":
        """The seats that this person manages."""
        return self.filter(Q(batch__holder=user) | Q(batch__company_code__in=SeatSteward.codes_of(user)))

    def free(self) -> "SeatQuerySet":
        return self.filter(state=Seat.State.FREE)

    def unclaimed(self) -> "SeatQuerySet":
        """Seats that nobody has accepted: these run out."""
        return self.filter(state__in=[Seat.State.FREE, Seat.State.NAMED])

    def unused(self) -> "SeatQuerySet":
        """Seats whose first lesson nobody has opened."""
        return self.filter(state__in=[Seat.State.FREE, Seat.State.NAMED, Seat.State.TAKEN])

    def lapsed(self, today: date) -> "SeatQuerySet":
        return self.unclaimed().filter(expires_on__lt=today)


class Seat(models.Model):
    """
    One place: one person may study the course of its batch.

        FREE → NAMED → TAKEN → USED;  FREE → TAKEN by the shared link;  NAMED | TAKEN → FREE when released
        FREE | NAMED → EXPIRED;  EXPIRED → FREE when staff extend it;  anything but EXPIRED → RECLAIMED

    `expires_on` is the last day on which it can be accepted. TAKEN is enrolled, USED has opened a lesson: from then on
    nobody can swap it. Source: docs/rules/seats.md, rules S2-S7.
    """

    class State(models.TextChoices):
        FREE = "FREE", "未指定"
        NAMED = "NAMED", "已邀请"
        TAKEN = "TAKEN", "已加入"
        USED = "USED", "已开始学习"
        RECLAIMED = "RECLAIMED", "已收回"
        EXPIRED = "EXPIRED", "已过期"

    batch = models.ForeignKey(SeatBatch, on_delete=models.PROTECT, related_name="seats", verbose_name="批次")
    place = models.PositiveIntegerField("序号")
    state = models.CharField("状态", max_length=10, choices=State, default=State.FREE)
    expires_on = models.DateField("最后加入日")
    person_name = models.CharField("姓名", max_length=50, blank=True)
    email = models.CharField("邮箱", max_length=254, blank=True)
    token_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)  # unique only if there is one
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="seats",
        verbose_name="学员",
    )
    enrolment = models.OneToOneField(
        Enrolment, on_delete=models.PROTECT, null=True, blank=True, related_name="seat", verbose_name="报名"
    )
    consent_version = models.CharField("同意的文本版本", max_length=20, blank=True)
    named_at = models.DateTimeField("指定时间", null=True, blank=True)
    invited_at = models.DateTimeField("最近邀请时间", null=True, blank=True)
    taken_at = models.DateTimeField("加入时间", null=True, blank=True)
    used_at = models.DateTimeField("打开第一课的时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended_reason = models.CharField("结束原因", max_length=200, blank=True)

    objects = SeatQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "企业席位"
        permissions = [("manage_seat", "延长、收回企业席位")]
        constraints = [
            UniqueConstraint(fields=["batch", "place"], name="seat_one_per_place"),
            UniqueConstraint(
                fields=["batch", "email"],
                condition=Q(state__in=["NAMED", "TAKEN", "USED"]),
                name="seat_one_per_person",
            ),
            CheckConstraint(
                condition=Q(state="FREE", email="", learner=None, enrolment=None, ended_at=None)
                | Q(state="NAMED", learner=None, enrolment=None, ended_at=None) & ~Q(email="")
                | Q(state="TAKEN", learner__isnull=False, enrolment__isnull=False, used_at=None, ended_at=None)
                | Q(state="USED", learner__isnull=False, enrolment__isnull=False, used_at__isnull=False, ended_at=None)
                | Q(state="RECLAIMED", ended_at__isnull=False) & ~Q(ended_reason="")
                | Q(state="EXPIRED", learner=None, email="", ended_at__isnull=False),
                name="seat_state_has_its_facts",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_on"], condition=Q(state__in=["FREE", "NAMED"]), name="seat_lapsed"),
            models.Index(fields=["batch", "state"], name="seat_of_batch"),
        ]

    def __str__(self) -> str:
        return f"席位 {self.pk}"

    @property
    def is_swappable(self) -> bool:
        """Source: docs/rules/seats.md, rule S5."""
        return self.state in (Seat.State.NAMED, Seat.State.TAKEN)


class SeatLink(models.Model):
    """
    An invitation that many may follow, as a link or a QR code, until it is full, over or withdrawn.

    The token is found by its hash, and kept encrypted so that the holder can see the link again.
    Source: docs/rules/seats.md, rule S4.
    """

    batch = models.ForeignKey(SeatBatch, on_delete=models.PROTECT, related_name="links", verbose_name="批次")
    token_hash = models.CharField(max_length=64, unique=True)
    token_cipher = models.TextField()
    places = models.PositiveIntegerField("名额")
    claimed = models.PositiveIntegerField("已用", default=0)
    valid_until = models.DateField("有效至")
    opened_at = models.DateTimeField("开放时间")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField("收回时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "邀请链接"
        constraints = [
            UniqueConstraint(fields=["batch"], condition=Q(withdrawn_at=None), name="seatlink_one_open"),
            CheckConstraint(condition=Q(claimed__lte=F("places")), name="seatlink_within_places"),
        ]

    def __str__(self) -> str:
        return f"邀请链接 {self.pk}"

    @property
    def remaining(self) -> int:
        return self.places - self.claimed


class SeatEvent(models.Model):
    """
    One step in a seat's life: what, who, when. `actor` is empty when the system did it. The database refuses to change
    or delete it, so a note never holds a whole address. Source: docs/rules/seats.md, rule S9.
    """

    class Kind(models.TextChoices):
        NAMED = "NAMED", "指定学员"
        INVITED = "INVITED", "发出邀请"
        TAKEN = "TAKEN", "加入学习"
        RELEASED = "RELEASED", "收回重新分配"
        USED = "USED", "打开第一课"
        EXPIRED = "EXPIRED", "过期"
        EXTENDED = "EXTENDED", "延长有效期"
        RECLAIMED = "RECLAIMED", "收回席位"

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="events", verbose_name="席位")
    kind = models.CharField("事项", max_length=10, choices=Kind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="谁"
    )
    at = models.DateTimeField("时间")
    note = models.CharField("附注", max_length=300, blank=True)

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "席位记录"
        constraints = [AppendOnly(name="seatevent_append_only")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class SeatReminder(models.Model):
    """That a batch's holder was told, so many days before, that seats run out on a day. Rule S10."""

    batch = models.ForeignKey(SeatBatch, on_delete=models.PROTECT, related_name="reminders", verbose_name="批次")
    expires_on = models.DateField("最后加入日")
    days_before = models.PositiveSmallIntegerField("提前天数")
    sent_at = models.DateTimeField("发出时间")

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "席位到期提醒"
        constraints = [
            UniqueConstraint(fields=["batch", "expires_on", "days_before"], name="seatreminder_once"),
        ]

    def __str__(self) -> str:
        return f"席位到期提醒 {self.pk}"
