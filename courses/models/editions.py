"""Who went on from one edition of a course to a later one."""

from django.db import models

from courses.models.enrolments import Enrolment
from courses.models.pages import CoursePage
from lms.append_only import AppendOnly


class EditionMove(models.Model):
    """A learner went on to a later edition. Written by courses.editions only. Source: editions.md, rule Z6."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="moves", verbose_name="报名")
    from_course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="+", verbose_name="从")
    to_course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="+", verbose_name="到")
    moved_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "转版次"
        constraints = [AppendOnly(name="edition_move_append_only")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.from_course_id} → {self.to_course_id}"
