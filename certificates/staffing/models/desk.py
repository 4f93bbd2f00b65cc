"""What a company does about its people's training, and what was written to whom about it."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint

from certificates.staffing.models.companies import Company
from certificates.staffing.models.people import Person
from courses.models import Seat


class TrainingQuerySet(models.QuerySet["Training"]):
    def of(self, company: Company) -> "TrainingQuerySet":
        return self.filter(person__company=company)


class Training(models.Model):
    """
    A seat that a company gave to one of its people, with the day by which the certificate is wanted.

    Source: docs/rules/companies.md, rule C14.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="trainings", verbose_name="人员")
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="trainings", verbose_name="席位")
    email = models.EmailField("邮箱")
    due_on = models.DateField("希望取证日期", null=True, blank=True)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    assigned_at = models.DateTimeField("分配时间")
    nudged_at = models.DateTimeField("最近提醒", null=True, blank=True)

    objects = TrainingQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = verbose_name_plural = "培训安排"
        constraints = [UniqueConstraint(fields=["person", "seat"], name="training_once")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.seat_id}"


class BreachAlert(models.Model):
    """That a company's members were told of a breach, so many days ahead. Source: docs/rules/companies.md, rule C15."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="breach_alerts", verbose_name="企业")
    breach_date = models.DateField("首次不足日期")
    days_ahead = models.PositiveSmallIntegerField("提前天数")
    cause = models.TextField("原因")
    sent_at = models.DateTimeField("发出时间")

    class Meta:
        verbose_name = verbose_name_plural = "不足预警"
        constraints = [UniqueConstraint(fields=["company", "breach_date", "days_ahead"], name="breach_alert_once")]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.breach_date} {self.days_ahead}"


class Digest(models.Model):
    """That a company's weekly summary went out. Source: docs/rules/companies.md, rule C16."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="digests", verbose_name="企业")
    week_start_date = models.DateField("周一")
    sent_at = models.DateTimeField("发出时间")

    class Meta:
        verbose_name = verbose_name_plural = "每周汇总"
        constraints = [UniqueConstraint(fields=["company", "week_start_date"], name="digest_once")]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.week_start_date}"
