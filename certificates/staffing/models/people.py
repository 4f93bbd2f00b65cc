"""The people on a company's roster: who they are, when they were employed, what certificates speak for them."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, OuterRef, Q, Subquery, UniqueConstraint
from django.db.models.functions import Coalesce

from certificates.models import Certificate
from certificates.staffing.models.companies import Company, Site


class PersonQuerySet(models.QuerySet["Person"]):
    def of(self, company: Company) -> "PersonQuerySet":
        return self.filter(company=company)

    def employed_on(self, day: date) -> "PersonQuerySet":
        return self.filter(pk__in=Employment.objects.on(day).values("person"))

    def managers_on(self, day: date) -> "PersonQuerySet":
        """Keep those who are counted as 服务管理人员 on a day. Source: docs/rules/companies.md, rule C19."""
        return self.judged_on(day).filter(Q(is_manager=True))

    def judged_on(self, day: date) -> "PersonQuerySet":
        """Annotate `is_manager` and `manager_reason` as of a day. Source: docs/rules/companies.md, rule C19."""
        latest = Judgement.objects.filter(person=OuterRef("pk"), since_on__lte=day).order_by("-since_on")
        return self.annotate(
            is_manager=Coalesce(Subquery(latest.values("is_manager")[:1]), F("first_is_manager")),
            manager_reason=Coalesce(Subquery(latest.values("reason")[:1]), F("first_reason")),
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether somebody is counted as 服务管理人员 on some day, and why."""

    is_manager: bool
    reason: str


class Person(models.Model):
    """
    One person on a company's roster. Changed only by certificates.staffing.people and .imports.

    `first_is_manager` and `first_reason` say whether he or she is counted as 服务管理人员 until a Judgement says
    otherwise. `certificate_number` is what the company wrote; whether it leads to a certificate is looked up at each
    check. `user` is set only while the person agrees. Source: docs/rules/companies.md, rules C6-C9 and C19.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="people", verbose_name="企业")
    name = models.CharField("姓名", max_length=50)
    name_key = models.CharField(max_length=200, editable=False)
    staff_number = models.CharField("工号", max_length=100, blank=True)
    department = models.CharField("部门", max_length=100, blank=True)
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="people", verbose_name="网点"
    )
    level = models.CharField("层级", max_length=100, blank=True)
    post = models.CharField("职务", max_length=100, blank=True)
    first_is_manager = models.BooleanField("起初是服务管理人员")
    first_reason = models.CharField("起初的依据", max_length=200)
    certificate_number = models.CharField("证书编号", max_length=30, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="company_people",
        verbose_name="本人账号",
    )

    objects = PersonQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "花名册人员"
        constraints = [
            UniqueConstraint(
                fields=["company", "staff_number"], condition=~Q(staff_number=""), name="person_staff_number_once"
            ),
            UniqueConstraint(fields=["company", "user"], condition=Q(user__isnull=False), name="person_user_once"),
        ]
        indexes = [
            models.Index(fields=["company", "name_key"], name="person_by_name"),
            models.Index(fields=["certificate_number"], condition=~Q(certificate_number=""), name="person_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.staff_number}".strip()

    def judged_on(self, day: date) -> Judged:
        """Return the judgement that holds on a day; one query unless `judgements` are prefetched."""
        past = [one for one in self.judgements.all() if one.since_on <= day]
        if not past:
            return Judged(self.first_is_manager, self.first_reason)
        latest = max(past, key=lambda one: one.since_on)
        return Judged(latest.is_manager, latest.reason)


class Judgement(models.Model):
    """
    From `since_on` on somebody is counted as 服务管理人员, or no longer, until the next judgement.

    Only certificates.staffing.people and .imports write it. Source: docs/rules/companies.md, rule C19.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="judgements", verbose_name="人员")
    since_on = models.DateField("从哪天起")
    is_manager = models.BooleanField("服务管理人员")
    reason = models.CharField("依据", max_length=200)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "服务管理人员的判断"
        constraints = [UniqueConstraint(fields=["person", "since_on"], name="judgement_one_a_day")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.since_on} {self.is_manager}"


class EmploymentQuerySet(models.QuerySet["Employment"]):
    def on(self, day: date) -> "EmploymentQuerySet":
        return self.filter(Q(joined_on=None) | Q(joined_on__lte=day), Q(left_on=None) | Q(left_on__gte=day))

    def of(self, company: Company) -> "EmploymentQuerySet":
        return self.filter(person__company=company)


class Employment(models.Model):
    """
    From when to when somebody was employed, both days included; None is open. One person's never overlap.

    Source: docs/rules/companies.md, rule C7.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="employments", verbose_name="人员")
    joined_on = models.DateField("入职日期", null=True, blank=True)
    left_on = models.DateField("离职日期", null=True, blank=True)

    objects = EmploymentQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "在职区间"
        constraints = [
            CheckConstraint(
                condition=Q(joined_on=None) | Q(left_on=None) | Q(left_on__gte=F("joined_on")),
                name="employment_days_in_order",
            ),
            UniqueConstraint(fields=["person"], condition=Q(left_on=None), name="employment_one_open"),
            UniqueConstraint(fields=["person"], condition=Q(joined_on=None), name="employment_one_from_the_start"),
        ]

    def __str__(self) -> str:
        return f"{self.joined_on or ''} – {self.left_on or ''}"


class PersonCertificateQuerySet(models.QuerySet["PersonCertificate"]):
    def of(self, company: Company) -> "PersonCertificateQuerySet":
        return self.filter(person__company=company)

    def standing(self) -> "PersonCertificateQuerySet":
        return self.filter(ended_at=None)


class PersonCertificate(models.Model):
    """
    A company says that a certificate is one of its people's. Stands until `ended_at`.

    NUMBER: number and name agree with the register. CONSENT: the person agreed in his or her own account, which
    settles an overlap with another employer. Source: docs/rules/companies.md, rules C8-C10.
    """

    class How(models.TextChoices):
        NUMBER = "NUMBER", "编号和姓名一致"
        CONSENT = "CONSENT", "本人同意"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="certificates", verbose_name="人员")
    certificate = models.ForeignKey(
        Certificate, on_delete=models.CASCADE, related_name="company_links", verbose_name="证书"
    )
    how = models.CharField("方式", max_length=10, choices=How)
    linked_at = models.DateTimeField("关联时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = PersonCertificateQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "人员证书"
        constraints = [
            UniqueConstraint(
                fields=["person", "certificate"], condition=Q(ended_at=None), name="person_certificate_one_standing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.certificate_id}"


class PersonInvitation(models.Model):
    """
    A company asks one of its people to agree that it sees their certificates and progress.

    Open until `closed_at`; accepted if `accepted_at`, which ends with `withdrawn_at`. Rows stay as evidence of consent.
    Source: docs/rules/companies.md, rule C9.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations", verbose_name="人员")
    email = models.EmailField("邮箱")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField("邀请时间")
    expires_at = models.DateTimeField("失效时间")
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    consent_version = models.CharField("同意的文本版本", max_length=20, blank=True)
    accepted_at = models.DateTimeField("同意时间", null=True, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "本人同意"
        constraints = [
            UniqueConstraint(fields=["person"], condition=Q(closed_at=None), name="person_invitation_one_open"),
            CheckConstraint(
                condition=Q(accepted_at=None, withdrawn_at=None)
                | Q(accepted_at__isnull=False, closed_at__isnull=False) & ~Q(consent_version=""),
                name="person_invitation_consent_has_its_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.email}"
