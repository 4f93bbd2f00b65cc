"""What a learner leaves in a lesson for themselves: where they stopped, what they marked, what they wrote."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from courses.models.pages import LessonPage
from lms.users.models import User

QUOTE_LENGTH = 1000  # characters
CONTEXT_LENGTH = 32  # characters on either side
TEXT_LENGTH = 5000


class ReadingPlace(models.Model):
    """
    The paragraph that one learner read last in one lesson. Only courses.resume writes it.

    `quote` is the beginning of the paragraph without white space, `position` how many such characters come before it.
    Source: docs/rules/learning.md, rules L1-L2.
    """

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    lesson = models.ForeignKey(LessonPage, on_delete=models.CASCADE, related_name="+")
    quote = models.CharField(max_length=40)
    position = models.PositiveIntegerField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["learner", "lesson"], name="place_one_per_lesson")]

    def __str__(self) -> str:
        return f"{self.learner_id} · {self.lesson_id}"


class NoteQuerySet(models.QuerySet["Note"]):
    def of(self, user: User) -> "NoteQuerySet":
        return self.filter(learner=user)

    def in_course_order(self) -> "NoteQuerySet":
        return self.order_by("lesson__path", "position", "created_at", "pk")

    def containing(self, words: str) -> "NoteQuerySet":
        """Notes that have every one of these words in their text, their quotation or their lesson's title."""
        found = self
        for word in words.split():
            found = found.filter(Q(text__icontains=word) | Q(quote__icontains=word) | Q(lesson__title__icontains=word))
        return found


class Note(models.Model):
    """
    One note or mark of one learner in one lesson; nobody else ever sees it. Only courses.notes changes it.

    `key` comes from the browser, so that a note sent twice is one note. `quote` is what it is about, with `before` and
    `after` it and its `position` in the lesson's text (counted without white space); a note on the whole lesson has
    none. `colour` makes it a mark. `revision` counts the savings. Source: docs/rules/learning.md, rules L3-L8.
    """

    class Colour(models.TextChoices):
        AMBER = "AMBER", "琥珀"
        TEAL = "TEAL", "青绿"
        ROSE = "ROSE", "玫红"

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes")
    lesson = models.ForeignKey(LessonPage, on_delete=models.CASCADE, related_name="notes")
    key = models.UUIDField()
    colour = models.CharField(max_length=5, choices=Colour, blank=True)
    quote = models.CharField(max_length=QUOTE_LENGTH, blank=True)
    before = models.CharField(max_length=CONTEXT_LENGTH, blank=True)
    after = models.CharField(max_length=CONTEXT_LENGTH, blank=True)
    position = models.PositiveIntegerField(default=0)
    text = models.TextField(max_length=TEXT_LENGTH, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = NoteQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["learner", "key"], name="note_one_per_key"),
            CheckConstraint(condition=~Q(text="", colour=""), name="note_says_something"),
            CheckConstraint(condition=Q(colour="") | ~Q(quote=""), name="note_mark_has_quote"),
        ]

    def __str__(self) -> str:
        return f"{self.learner_id} · {self.key}"
