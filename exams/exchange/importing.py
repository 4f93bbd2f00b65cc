"""Entries of a file → the bank: all or nothing, always as drafts. Source: docs/content.md, chapter 7."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from courses.syllabus import MODULES
from exams import bank, pictures
from exams.exchange.comparing import Defaults, Plan, Step, plan
from exams.exchange.entries import Found
from exams.models import Item
from exams.picture_files import names_in
from lms.users.models import User

LAST_NUMBER = 9999
STEP = 250  # items between two reports of progress


@transaction.atomic
def store(
    found: Found,
    *,
    defaults: Defaults,
    author: User | None,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Plan:
    """
    Compare again under a lock and store, unless there is any problem: then nothing changes and the plan says why.

    `progress` hears how many of how many items are dealt with.
    """
    # One import at a time, or two would give the same numbers; the bank's row among Django's models stands for it.
    ContentType.objects.select_for_update(no_key=True).get(app_label="exams", model="item")
    list(Item.objects.select_for_update().filter(code__in=[entry.code for entry in found.entries]).values_list("pk"))
    made = plan(found, defaults=defaults)
    if made.problems:
        return made
    shown = names_in(words for step in made.steps if not step.is_skipped for words in step.text.written)
    for name in shown:
        if name in found.pictures:
            pictures.keep(content=found.pictures[name], person=author, now=now)
    numbers = _Numbers(made)
    stored: dict[str, Item] = {}
    new: list[tuple[Item, bank.Text]] = []
    for done, step in enumerate(made.steps):
        if done % STEP == 0:
            bank.add_all(new, author=author, now=now)
            new.clear()
            progress(done, len(made.steps))
        if step.is_skipped:
            continue
        item = _revise(step, step.item, author, now) if step.item else _item(step, numbers, stored)
        stored[item.code] = item
        if not step.item:
            new.append((item, step.text))
    bank.add_all(new, author=author, now=now)
    progress(len(made.steps), len(made.steps))
    return made


class _Numbers:
    """Gives free codes of a module: above the highest while there are any, then those left out below it."""

    def __init__(self, made: Plan) -> None:
        codes = {step.entry.code for step in made.steps if step.entry.code}
        codes |= set(Item.objects.filter(code__regex=r"^M[1-5]-\d{4}").values_list("code", flat=True))
        taken = defaultdict[str, set[int]](set)
        for code in codes:
            taken[code[:2]].add(int(code[3:7]))
        self.free = {module: _free(taken[module]) for module in MODULES}

    def next(self, module: str) -> str:
        number = next(self.free[module], None)
        if number is None:
            raise bank.Incoherent(f"模块 {module} 的题号用完了。")
        return f"{module}-{number:04d}"


def _free(taken: Collection[int]) -> Iterator[int]:
    highest = max(taken, default=0)
    yield from range(highest + 1, LAST_NUMBER + 1)
    yield from (number for number in range(1, highest) if number not in taken)


def _revise(step: Step, item: Item, author: User | None, now: datetime) -> Item:
    entry = step.entry
    return bank.revise(
        item=item,
        text=step.text,
        point=entry.point,
        difficulty=entry.difficulty,
        is_verified=entry.is_verified,
        bloom=entry.bloom or None,
        author=author,
        now=now,
    )


def _item(step: Step, numbers: _Numbers, stored: Mapping[str, Item]) -> Item:
    entry = step.entry
    case = None
    if entry.case_code:
        case = stored.get(entry.case_code) or Item.objects.get(code=entry.case_code)
    return Item(
        code=entry.code or numbers.next(entry.module),
        kind=entry.kind,
        pool=entry.pool,
        module=entry.module,
        point=entry.point,
        difficulty=entry.difficulty,
        bloom=entry.bloom or None,
        is_verified=entry.is_verified,
        case=case,
        place=entry.case_place or None,
    )
