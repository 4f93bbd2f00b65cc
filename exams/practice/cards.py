"""A learner's cards: 收藏, 错题本 after mock exams and key fixes, goals. Source: docs/rules/practice.md, P4-P9."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from exams import grading
from exams.models import Attempt, Item, ItemVersion, KeyFix, PracticeCard, PracticeDay, PracticePlan
from exams.practice import pool
from lms.users.models import User

MOCKS_AT_ONCE = 10
RECHECKED = 500
DAYS_BACK = 366


@dataclass(frozen=True)
class Figures:
    """What the practice page shows. `streak` in days; `today` and `goal` in answers."""

    goal: int
    today: int
    today_right: int
    streak: int
    wrong: int
    starred: int
    due: int
    seen: int
    total: int


@transaction.atomic
def star(*, learner: User, item: Item, is_starred: bool, now: datetime) -> PracticeCard:
    """Put an item among a learner's 收藏, or take it out. Source: docs/rules/practice.md, rule P9."""
    PracticeCard.objects.get_or_create(learner=learner, item=item)
    card = PracticeCard.objects.select_for_update().get(learner=learner, item=item)
    card.starred_at = (card.starred_at or now) if is_starred else None
    card.save(update_fields=["starred_at"])
    return card


@transaction.atomic
def set_goal(*, learner: User, daily_goal: int) -> PracticePlan:
    """Set how many answers a day a learner means to give. Source: docs/rules/practice.md, rule P7."""
    plan, _ = PracticePlan.objects.get_or_create(learner=learner)
    plan.daily_goal = daily_goal
    plan.save(update_fields=["daily_goal"])
    return plan


def figures_of(*, learner: User, now: datetime) -> Figures:
    """Count what the practice page shows, in four queries."""
    cards = PracticeCard.objects.of(learner).filter(item__in=pool.practisable())
    counts = cards.aggregate(
        wrong=Count("pk", filter=Q(wrong_at__isnull=False)),
        starred=Count("pk", filter=Q(starred_at__isnull=False)),
        due=Count("pk", filter=Q(due_at__lte=now)),
        seen=Count("pk", filter=Q(answered__gt=0)),
    )
    today = timezone.localdate(now)
    rows = PracticeDay.objects.filter(learner=learner, day__gt=today - timedelta(days=DAYS_BACK))
    days = {day: (answered, right) for day, answered, right in rows.values_list("day", "answered", "right")}
    plan = PracticePlan.objects.filter(learner=learner).first() or PracticePlan()
    answered, right = days.get(today, (0, 0))
    return Figures(
        goal=plan.daily_goal,
        today=answered,
        today_right=right,
        streak=streak(set(days), today),
        total=pool.practisable().count(),
        **counts,
    )


def streak(days: set[date], today: date) -> int:
    """Count the days in a row up to today, or up to yesterday. Source: docs/rules/practice.md, rule P7."""
    day = today if today in days else today - timedelta(days=1)
    length = 0
    while day - timedelta(days=length) in days:
        length += 1
    return length


def clears_after() -> int:
    """Return how many right answers in a row empty the 错题本. Source: docs/rules/practice.md, rule P4."""
    return int(settings.PRACTICE_CLEARS_AFTER)


def catch_up(*, learner: User) -> None:
    """Bring the 错题本 up to date: mistakes of mock exams come in, those of keys that were wrong go out."""
    _take_mocks(learner)
    _recheck(learner)


@transaction.atomic
def _take_mocks(learner: User) -> None:
    """Source: docs/rules/practice.md, rule P4."""
    seen = PracticePlan.objects.filter(learner=learner).values_list("mock_seen", flat=True).first() or 0
    mocks = Attempt.objects.of(learner).filter(is_mock=True, status=Attempt.Status.MARKED, pk__gt=seen)
    waiting = list(mocks.order_by("pk")[:MOCKS_AT_ONCE])
    if not waiting:
        return
    PracticePlan.objects.get_or_create(learner=learner)
    plan = PracticePlan.objects.select_for_update().get(learner=learner)
    for attempt in waiting:
        if attempt.pk > plan.mock_seen:
            _take_mock(learner, attempt)
            plan.mock_seen = attempt.pk
    plan.save(update_fields=["mock_seen"])


def _take_mock(learner: User, attempt: Attempt) -> None:
    answers = {position: answer for position, (_, answer) in attempt.entries.standing().items()}
    marked = KeyFix.objects.marking_of([question.version for question in attempt.questions])
    items = dict(ItemVersion.objects.filter(pk__in=marked, item__in=pool.practisable()).values_list("pk", "item_id"))
    for position, question in enumerate(attempt.questions):
        answer = question.original(answers.get(position, ""))
        full = question.points_centi
        key = marked[question.version].key
        is_lost = grading.score(kind=question.kind, key=key, answer=answer, points_centi=full) < full
        if is_lost and marked[question.version].void is None and question.version in items:
            facts: dict[str, object] = {"wrong_at": attempt.closed_at, "right_run": 0}
            facts |= {"last_version_id": question.version, "last_answer": answer}
            PracticeCard.objects.update_or_create(learner=learner, item_id=items[question.version], defaults=facts)


def _recheck(learner: User) -> None:
    """Judge the last answer anew where only the key has changed since. Source: docs/rules/practice.md, rule P5."""
    cards = PracticeCard.objects.of(learner).wrong().filter(last_version__isnull=False).exclude(last_answer="")
    rows = list(cards.select_related("item__current", "last_version").order_by("wrong_at")[:RECHECKED])
    versions = {card.item.current_id for card in rows if card.item.current_id} | {
        card.last_version_id for card in rows if card.last_version_id
    }
    marked = KeyFix.objects.marking_of(versions) if versions else {}
    cleared = []
    for card in rows:
        old, new = card.last_version, card.item.current
        if old is None or new is None or (old.stem, old.options) != (new.stem, new.options):
            continue
        force = marked[new.pk]
        points = grading.score(kind=card.item.kind, key=force.key, answer=card.last_answer, points_centi=pool.FULL)
        if points == pool.FULL or force.void is not None:
            cleared.append(card.pk)
    if cleared:
        PracticeCard.objects.filter(pk__in=cleared, learner=learner).update(wrong_at=None, right_run=0)
