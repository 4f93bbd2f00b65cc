"""Companies that keep their roster here, the people who may see it, and where the company works."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from lms.users.models import User


class CompanyGroupQuerySet(models.QuerySet["CompanyGroup"]):
    def of(self, user: User) -> "CompanyGroupQuerySet":
        """Groups all of whose companies this person belongs to: the total would tell on the others."""
        mine = Company.objects.of(user).values("pk")
        return self.filter(company__in=mine).exclude(company__in=Company.objects.exclude(pk__in=mine)).distinct()


class CompanyGroup(models.Model):
    """Several legal entities that want one answer besides their own. Source: docs/rules/companies.md, rule C4."""

    name = models.CharField("集团名称", max_length=100)
    made_at = models.DateTimeField("建立时间")

    objects = CompanyGroupQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "企业集团"

    def __str__(self) -> str:
        return self.name


class CompanyQuerySet(models.QuerySet["Company"]):
    def of(self, user: User) -> "CompanyQuerySet":
        """Companies that this person is a member of."""
        return self.filter(pk__in=Member.objects.filter(user=user).values("company"))

    def managed_by(self, user: User) -> "CompanyQuerySet":
        """Companies whose roster this person may change."""
        return self.filter(pk__in=Member.objects.filter(user=user, role__in=Member.MANAGING).values("company"))

    def owned_by(self, user: User) -> "CompanyQuerySet":
        return self.filter(pk__in=Member.objects.filter(user=user, role=Member.Role.OWNER).values("company"))

    def waiting(self) -> "CompanyQuerySet":
        """Companies that nobody has verified yet."""
        return self.filter(status=Company.Status.UNVERIFIED)


class Company(models.Model):
    """
    One legal entity. UNVERIFIED → VERIFIED | REJECTED; only certificates.staffing.companies moves it.

    `roster_revision` grows with every change of its people, so that a preview made before can be told. `watched_on` is
    the last day on which the sweep looked for a breach ahead.
    `mail_domain` is the domain whose mailbox somebody of the company has proved to read.
    Source: docs/rules/companies.md, rules C1 and C2.
    """

    class Status(models.TextChoices):
        UNVERIFIED = "UNVERIFIED", "待核验"
        VERIFIED = "VERIFIED", "已核验"
        REJECTED = "REJECTED", "核验未通过"

    class VerifiedHow(models.TextChoices):
        STAFF = "STAFF", "人工核验"
        DOMAIN = "DOMAIN", "企业邮箱核验"

    name = models.CharField("企业名称", max_length=100)
    uscc = models.CharField("统一社会信用代码", max_length=18)
    group = models.ForeignKey(
        CompanyGroup,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        verbose_name="集团",
        related_query_name="company",
    )
    status = models.CharField("核验状态", max_length=10, choices=Status, default=Status.UNVERIFIED)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="登记人"
    )
    registered_at = models.DateTimeField("登记时间")
    mail_domain = models.CharField("企业邮箱域名", max_length=100, blank=True)
    domain_proved_at = models.DateTimeField("邮箱核验时间", null=True, blank=True)
    decided_how = models.CharField("核验方式", max_length=10, choices=VerifiedHow, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="核验人",
    )
    decided_at = models.DateTimeField("核验时间", null=True, blank=True)
    decision = models.CharField("核验意见", max_length=200, blank=True)
    watched_on = models.DateField("上次推算日期", null=True, blank=True)
    roster_revision = models.PositiveIntegerField("花名册版次", default=0)

    objects = CompanyQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "企业"
        constraints = [
            UniqueConstraint(fields=["uscc"], condition=~Q(status="REJECTED"), name="company_uscc_once"),
            CheckConstraint(
                condition=Q(status="UNVERIFIED", decided_at=None, decided_how="")
                | Q(status="VERIFIED", decided_at__isnull=False) & ~Q(decided_how="")
                | Q(status="REJECTED", decided_at__isnull=False) & ~Q(decision=""),
                name="company_decision_has_its_facts",
            ),
            CheckConstraint(
                condition=Q(domain_proved_at=None, mail_domain="")
                | Q(domain_proved_at__isnull=False) & ~Q(mail_domain=""),
                name="company_domain_is_proved",
            ),
        ]
        indexes = [models.Index(fields=["-registered_at"], name="company_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_verified(self) -> bool:
        return self.status == self.Status.VERIFIED


class MemberQuerySet(models.QuerySet["Member"]):
    def of(self, company: Company) -> "MemberQuerySet":
        return self.filter(company=company)


class Member(models.Model):
    """Somebody who may see a company here, and what they may do. Source: docs/rules/companies.md, rule C3."""

    class Role(models.TextChoices):
        OWNER = "OWNER", "负责人"
        MANAGER = "MANAGER", "管理员"
        VIEWER = "VIEWER", "只看"

    MANAGING = (Role.OWNER, Role.MANAGER)

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="members", verbose_name="企业")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="company_members", verbose_name="账号"
    )
    role = models.CharField("角色", max_length=10, choices=Role)
    wants_digest = models.BooleanField("每周收到汇总邮件", default=True)
    joined_at = models.DateTimeField("加入时间")

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "企业成员"
        constraints = [UniqueConstraint(fields=["company", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.user_id} {self.role}"

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER

    @property
    def may_manage(self) -> bool:
        return self.role in self.MANAGING


class MemberInvitation(models.Model):
    """An e-mail that asks somebody to join a company. Open until accepted, withdrawn or `expires_at`."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="invitations", verbose_name="企业")
    email = models.EmailField("邮箱")
    role = models.CharField("角色", max_length=10, choices=Member.Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField("邀请时间")
    expires_at = models.DateTimeField("失效时间")
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "成员邀请"
        constraints = [
            UniqueConstraint(
                fields=["company", "email"], condition=Q(closed_at=None), name="member_invitation_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.email}"


class DomainProof(models.Model):
    """A mail to a mailbox of the company; whoever opens its link reads that mailbox. One open at a time."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="domain_proof")
    email = models.EmailField("邮箱")
    token_hash = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField("发出时间")

    class Meta:
        verbose_name = verbose_name_plural = "企业邮箱核验"

    def __str__(self) -> str:
        return f"{self.company_id}: {self.email}"


class SiteQuerySet(models.QuerySet["Site"]):
    def of(self, company: Company) -> "SiteQuerySet":
        return self.filter(company=company)


class Site(models.Model):
    """One place of a company in the tree 总部 → 分公司 → 网点. Source: docs/rules/companies.md, rule C5."""

    class Kind(models.TextChoices):
        HQ = "HQ", "总部"
        BRANCH = "BRANCH", "分公司"
        OUTLET = "OUTLET", "网点"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="sites", verbose_name="企业")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    kind = models.CharField("类别", max_length=10, choices=Kind)
    name = models.CharField("名称", max_length=100)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "网点"
        constraints = [
            UniqueConstraint(fields=["company", "name"], name="site_name_once"),
            UniqueConstraint(fields=["company"], condition=Q(kind="HQ"), name="site_one_hq"),
            CheckConstraint(condition=Q(kind="HQ", parent=None) | ~Q(kind="HQ"), name="site_hq_is_the_root"),
        ]

    def __str__(self) -> str:
        return self.name
