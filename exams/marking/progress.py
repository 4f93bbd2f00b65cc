"""How far the marking is, item by item. Reads only. Source: docs/rules/grading.md, rule G23."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from exams.models import ItemVersion, Script
from lms.users.models import User

Status = Script.Status
LINES = 100  # questions shown at once


@dataclass(frozen=True)
class Queue:
    """One question's answers: how many wait for whom, how many are done, how many this person could take now."""

    version: ItemVersion
    first: int
    second: int
    disputed: int
    done: int
    for_me: int
    oldest: datetime | None

    @property
    def total(self) -> int:
        return self.first + self.second + self.disputed + self.done

    @property
    def percent(self) -> int:
        """How much is done, a first marking counted half."""
        return (self.done * 2 + self.second + self.disputed) * 50 // self.total if self.total else 100


def queues(*, marker: User, now: datetime) -> list[Queue]:
    """List the questions of which answers wait, longest waiting first, in two statements."""
    return _queues(ItemVersion.objects.filter(scripts__in=Script.objects.waiting()), marker, now)


def queue_of(*, version: ItemVersion, marker: User, now: datetime) -> Queue:
    """Return the figures of one question."""
    return _queues(ItemVersion.objects.filter(pk=version.pk), marker, now)[0]


def disputes() -> QuerySet[Script]:
    """Answers that a third person has to settle, oldest first."""
    rows = Script.objects.filter(status=Status.DISPUTED).select_related("version__item")
    return rows.order_by("opened_at", "pk")


def remarks(*, marker: User) -> QuerySet[Script]:
    """Answers that an appeal has marked once more, by somebody who has not seen them. Source: exam-room.md, R9."""
    rows = Script.objects.to_remark().not_seen_by(marker).select_related("version__item")
    return rows.order_by("opened_at", "pk")


def _queues(versions: QuerySet[ItemVersion], marker: User, now: datetime) -> list[Queue]:
    counts = {status.lower(): Count("scripts", filter=Q(scripts__status=status)) for status in Status.values}
    oldest = Min("scripts__opened_at", filter=~Q(scripts__status=Status.DONE))
    chosen = ItemVersion.objects.filter(pk__in=versions.values("pk")).select_related("item")
    rows = list(chosen.annotate(**counts, oldest=oldest).order_by("oldest", "pk")[:LINES])
    mine = Script.objects.for_marker(marker).free(marker, now).filter(version__in=[row.pk for row in rows])
    for_me = dict(mine.order_by().values_list("version").annotate(count=Count("pk")))
    return [
        Queue(row, row.first, row.second, row.disputed, row.done, for_me.get(row.pk, 0), row.oldest)  # type: ignore[attr-defined]  # annotated
        for row in rows
    ]
