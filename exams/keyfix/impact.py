"""What a correction does, in figures: before it is decided, while it runs, and afterwards. Reads only."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, TextChoices

from exams.models import KeyFix, KeyFixRow

MOCK = Q(attempt__is_mock=True)


class Group(TextChoices):
    """How a result changes. Source: docs/rules/key-fix.md, rule K4."""

    PASSES = "PASSES", "变为合格"
    FAILS = "FAILS", "变为不合格"
    RISES = "RISES", "升分"
    FALLS = "FALLS", "降分"
    SAME = "SAME", "不变"
    OTHERWISE = "OTHERWISE", "与预览不同"
    LATER = "LATER", "预览以后收卷"
    MOCK = "MOCK", "模拟考试"


CONDITIONS = {
    Group.PASSES: ~MOCK & Q(before_passed=False, after_passed=True),
    Group.FAILS: ~MOCK & Q(before_passed=True, after_passed=False),
    Group.RISES: ~MOCK & Q(after_centi__gt=F("before_centi")),
    Group.FALLS: ~MOCK & Q(after_centi__lt=F("before_centi")),
    Group.SAME: ~MOCK & Q(after_centi=F("before_centi"), after_passed=F("before_passed")),
    Group.OTHERWISE: Q(regraded_at__isnull=False)
    & (~Q(final_centi=F("after_centi")) | ~Q(final_passed=F("after_passed"))),
    Group.LATER: Q(is_foreseen=False),
    Group.MOCK: MOCK,
}


@dataclass(frozen=True)
class Impact:
    """Numbers of attempts: all, those already marked again, and each group (they overlap)."""

    total: int
    regraded: int
    groups: dict[Group, int]

    @property
    def percent(self) -> int:
        return self.regraded * 100 // self.total if self.total else 100


def impact_of(fix: KeyFix) -> Impact:
    """Count a correction's rows, in one query. Source: docs/rules/key-fix.md, rule K4."""
    counts = fix.rows.aggregate(
        total=Count("pk"),
        regraded=Count("regraded_at"),
        **{group.value: Count("pk", filter=condition) for group, condition in CONDITIONS.items()},
    )
    groups = {group: counts[group.value] for group in CONDITIONS}
    return Impact(total=counts["total"], regraded=counts["regraded"], groups=groups)


def rows_of(fix: KeyFix, group: Group | None) -> QuerySet[KeyFixRow]:
    """Return the rows of a group, or all: changed passes first, then the largest changes."""
    rows = fix.rows.select_related("attempt__candidate__identity", "attempt__exam").defer("attempt__paper")
    if group:
        rows = rows.filter(CONDITIONS[group])
    flips = Q(before_passed=F("after_passed"))
    change = F("after_centi") - F("before_centi")
    return rows.alias(is_flip=flips, change=change).order_by("is_flip", "change", "pk")
