"""The bank → a file of any format; what is exported imports again unchanged. Source: docs/content.md, chapter 7."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from django.db.models import QuerySet

from exams import bank, pictures
from exams.exchange import aiken, gift, moodle, qti_writing, workbook_writing
from exams.exchange.entries import MAX_ITEMS, Entry
from exams.exchange.pictures import Contents
from exams.models import Item


@dataclass(frozen=True)
class Target:
    """A format to write: its name, its file's ending and type, and how it is written. Two of them carry pictures."""

    name: str
    suffix: str
    content_type: str
    write: Callable[[Iterable[Entry], Contents], bytes]


TARGETS = {
    "xlsx": Target(
        "Excel",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        lambda entries, _contents: workbook_writing.write(entries),
    ),
    "gift": Target(
        "GIFT", "gift.txt", "text/plain; charset=utf-8", lambda entries, _contents: gift.write(entries).encode()
    ),
    "aiken": Target(
        "Aiken（只有单选、判断）",
        "aiken.txt",
        "text/plain; charset=utf-8",
        lambda entries, _contents: aiken.write(entries).encode(),
    ),
    "moodlexml": Target("Moodle XML", "xml", "application/xml", moodle.write),
    "qti": Target("QTI 2.1", "qti21.zip", "application/zip", partial(qti_writing.write, version=2)),
    "qti3": Target("QTI 3.0", "qti30.zip", "application/zip", partial(qti_writing.write, version=3)),
}


def export(items: QuerySet[Item], *, target: str) -> bytes:
    """Write items in the order of their codes, a 案例 before its parts; the first MAX_ITEMS of them."""
    rows = items.filter(current__isnull=False).select_related("current").order_by("code")[:MAX_ITEMS]
    return TARGETS[target].write(
        [entry_of(item, place) for place, item in enumerate(rows, start=1)], pictures.content_of
    )


def entry_of(item: Item, place: int = 1) -> Entry:
    """Return an item with its current version as the formats know it."""
    if item.current is None:
        raise ValueError(f"no version yet: {item.code}")
    text = bank.Text.of(item.current)
    return Entry(
        place=place,
        code=item.code,
        kind=item.kind,
        pool=item.pool,
        module=item.module,
        point=item.point,
        difficulty=item.difficulty,
        bloom=item.bloom or 0,
        is_verified=item.is_verified,
        stem=text.stem,
        options=text.options,
        notes=text.notes,
        rubric=tuple((row.text, row.points) for row in text.rubric),
        key=text.key,
        explanation=text.explanation,
        source=text.source,
        lesson=text.lesson_slug,
    )
