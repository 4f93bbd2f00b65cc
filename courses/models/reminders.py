"""The weekly reminder to go on studying."""

from django.conf import settings
from django.db import models
from django.db.models import Index


class StudyReminder(models.Model):
    """
    One learner who asked to be reminded. Only courses.reminders changes it; without a row nothing is sent.

    `next_look_at` is when the sweep looks at this learner next, `sent_at` the last mail, `unanswered` how many went out
    since the learner last studied. Source: docs/rules/learning.md, rules L22-L25.
    """

    learner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="study_reminder")
    next_look_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    unanswered = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [Index(fields=["next_look_at", "learner"], name="study_reminder_due")]

    def __str__(self) -> str:
        return str(self.learner_id)
