"""What may be practised, and whether an answer is right. Source: docs/rules/practice.md, rules P1 and P3."""

from django.db.models import Q, QuerySet

from exams import grading
from exams.grading import LETTERS, Question, Void
from exams.models import Item, ItemVersion, KeyFix

KINDS = (Item.Kind.SINGLE, Item.Kind.MULTI, Item.Kind.TRUE_FALSE, Item.Kind.BLANK, Item.Kind.NUMERIC)
CHOICE_LENGTH = 40
FULL = 100  # any number that grading can halve


def practisable() -> QuerySet[Item]:
    """Items of the practice pool that a machine can mark, and their 案例 with them. Live items never."""
    cases = Item.objects.usable(Item.Pool.PRACTICE).filter(kind=Item.Kind.CASE)
    return Item.objects.usable(Item.Pool.PRACTICE).filter(kind__in=KINDS).filter(Q(case=None) | Q(case__in=cases))


def choices() -> list[tuple[str, str]]:
    """Return what an editor may place in a lesson: (code, code and the first words of the stem), by code."""
    rows = practisable().filter(case=None).order_by("code").values_list("code", "current__stem")
    return [(code, f"{code}　{' '.join(stem.split())[:CHOICE_LENGTH]}") for code, stem in rows]


def question_of(item: Item, version: ItemVersion) -> Question:
    """Print an item with its options in their own order."""
    return Question(version.pk, item.module, item.kind, FULL, LETTERS[: len(version.options)])


def is_right(item: Item, version: ItemVersion, answer: str) -> bool:
    """Mark an answer by the key in force: only full marks are right. What a key fix took out is right for everybody."""
    marked = KeyFix.objects.marking_of([version.pk])[version.pk]
    if marked.void in {Void.FULL, Void.DROP}:
        return bool(answer)
    return grading.score(kind=item.kind, key=marked.key, answer=answer, points_centi=FULL) == FULL
