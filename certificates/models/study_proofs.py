"""学时证明: what a learner's study time in a course was, frozen on the day they asked."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from certificates.models.keys import PublicKey
from courses.models import CoursePage
from lms.append_only import AppendOnly
from lms.users.models import User


class StudyProofQuerySet(models.QuerySet["StudyProof"]):
    def of(self, user: User) -> "StudyProofQuerySet":
        return self.filter(learner=user)


class StudyProof(models.Model):
    """
    The counted study time of one learner in one course between two days, both included. Written once, never changed.

    Units: seconds. `lessons` is one object per lesson: title, seconds, completed (a date or ""). `days` counts the days
    with any time. Made by certificates.study_proofs alone. Source: docs/rules/study-time.md, rules T28-T31.
    """

    reference = models.CharField("编号", max_length=20, unique=True)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="study_proofs", verbose_name="学员"
    )
    holder_name = models.CharField("姓名", max_length=50)
    holder_id_masked = models.CharField("证件号", max_length=18)
    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="+", verbose_name="课程")
    course_title = models.CharField("课程", max_length=255)
    rule_version = models.CharField("规则版本", max_length=20)
    from_date = models.DateField("从")
    to_date = models.DateField("到")
    seconds = models.PositiveIntegerField("计入秒数")
    days = models.PositiveIntegerField("学习天数")
    lessons = models.JSONField(default=list)
    pdf = models.CharField(max_length=200, editable=False)
    pdf_sha256 = models.CharField("PDF 指纹", max_length=64, unique=True)
    key = models.ForeignKey(PublicKey, on_delete=models.PROTECT, related_name="+", editable=False)
    made_at = models.DateTimeField("开具时间")

    objects = StudyProofQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "学时证明"
        constraints = [
            AppendOnly(name="study_proof_append_only"),
            CheckConstraint(condition=Q(from_date__lte=F("to_date"), seconds__gt=0), name="study_proof_says_something"),
        ]
        indexes = [models.Index(fields=["learner", "-made_at"], name="study_proof_newest")]

    def __str__(self) -> str:
        return self.reference
