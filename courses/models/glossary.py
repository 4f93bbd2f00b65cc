"""The words of the trade, each with its meaning and the lesson that teaches it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Length
from wagtail.search import index

from courses.markup.glossary import digest_of, initial_of, sort_key_of
from courses.models.pages import LessonPage

CLEAR_LENGTH = 4  # characters; a shorter word means other things in other lessons


class GlossaryTermQuerySet(models.QuerySet["GlossaryTerm"]):
    def shown(self) -> "GlossaryTermQuerySet":
        """What the public sees, in the order of the alphabet, with each term's lesson but not its body."""
        kept_out = ("lesson__body", "lesson__goals", "lesson__sources")
        return self.filter(is_shown=True).order_by("sort_key", "term").select_related("lesson").defer(*kept_out)

    def for_lesson(self, lesson: LessonPage) -> "GlossaryTermQuerySet":
        """
        The terms that a lesson may explain: its own, and of its module those long enough to mean one thing.

        Lessons are told by slug: a term belongs to every edition that has its lesson.
        """
        siblings = LessonPage.objects.live().sibling_of(lesson).order_by().values("slug")
        of_module = models.Q(lesson__slug__in=siblings, length__gte=CLEAR_LENGTH)
        own = models.Q(lesson__slug=lesson.slug)
        shown = self.annotate(length=Length("term")).filter(own | of_module, is_shown=True)
        return shown.order_by("sort_key", "term")


class GlossaryTerm(index.Indexed, models.Model):
    """
    One entry of the glossary.

    `content_hash` is the fingerprint of what courses.glossary loaded: while it is still the entry's own, nobody has
    edited the entry since. `sort_key` follows from `term` at each save.
    """

    term = models.CharField("术语", max_length=40, unique=True)
    slug = models.SlugField(
        "网址里的名字", max_length=80, unique=True, help_text="如 first-time-fix-rate；定了以后不要改。"
    )
    english = models.CharField("英文", max_length=80)
    meaning = models.CharField("一句话的意思", max_length=200, help_text="用自己的话写，不抄标准原文。")
    lesson = models.ForeignKey(
        LessonPage, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="讲到它的课"
    )
    is_shown = models.BooleanField("公开显示", default=True)
    sort_key = models.CharField(max_length=250, editable=False, db_index=True)
    content_hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = GlossaryTermQuerySet.as_manager()

    search_fields = [
        kind(name)
        for name in ("title", "meaning", "english", "sort_key")
        for kind in (index.SearchField, index.AutocompleteField)
    ]

    class Meta:
        verbose_name = verbose_name_plural = "术语"
        ordering = ["sort_key", "term"]

    def __str__(self) -> str:
        return self.term

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_key = sort_key_of(self.term)
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse a lesson that nobody can open."""
        super().clean()
        if self.lesson and not self.lesson.live:
            raise ValidationError({"lesson": "这一课没有发布，读者打不开。请先发布它，或换一课。"})

    @property
    def title(self) -> str:
        """The name under which search ranks first."""
        return self.term

    @property
    def initial(self) -> str:
        return initial_of(self.sort_key)

    @property
    def digest(self) -> str:
        """The fingerprint of what the entry says now."""
        return digest_of(self.term, self.english, self.meaning, self.lesson.slug if self.lesson else "")

    def is_about(self, words: str) -> bool:
        """Say whether every one of these words occurs in the term, its pinyin, its English or its meaning."""
        said = f"{self.term} {self.sort_key} {self.english} {self.meaning}".casefold()
        return all(word in said for word in words.casefold().split())
