"""Preparing parallel papers for an exam's fixed cells, and what they are like. Source: docs/rules/blueprint.md, B9."""

import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from exams import attempts, drawing
from exams.composing import solving
from exams.composing.judging import Verdict, judge
from exams.composing.solving import Kind
from exams.models import BlueprintCell, EnemyGroup, EnemyMember, Exam, Item, PaperForm
from lms.errors import DomainError
from lms.users.models import User

NAMES = "甲乙丙丁戊己庚辛壬癸"


class NothingFixed(DomainError):
    message = "蓝图里没有固定卷的格，不需要组卷。请先把要固定的格勾上“固定卷”，保存以后再组卷。"


class CannotCompose(DomainError):
    """The bank cannot supply the papers; the message says which cells lack what."""


@dataclass(frozen=True)
class FormReport:
    """One prepared paper as staff see it. `difficulty`: the mean, 1 easy to 3 hard, weighted by points."""

    name: str
    items: int
    easy: int
    medium: int
    hard: int
    difficulty: float
    overlap: int
    unusable: int


def verdict_of(*, rows: Sequence[BlueprintCell], papers: int, exposure_cap: int) -> Verdict:
    """Judge a blueprint, saved or not, against the live pool as it is now."""
    return judge(cells=attempts.cells_of(rows), pool=attempts.pool_of(), papers=papers, exposure_cap=exposure_cap)


@transaction.atomic
def set_enemies(*, group: EnemyGroup, items: Sequence[Item]) -> None:
    """Make these items, and only these, the members of a group. Source: docs/rules/blueprint.md, rule B4."""
    locked = EnemyGroup.objects.select_for_update().get(pk=group.pk)
    locked.members.exclude(item__in=items).delete()
    present = set(locked.members.values_list("item", flat=True))
    EnemyMember.objects.bulk_create([EnemyMember(group=locked, item=item) for item in items if item.pk not in present])


@transaction.atomic
def compose(*, exam: Exam, person: User | None, now: datetime) -> bool:
    """
    Make the exam's parallel papers anew; return whether their balance is proven to be the best.

    Papers that candidates have already been given do not change. Raises: NothingFixed; CannotCompose.
    Source: docs/rules/blueprint.md, rules B2, B6, B9 and B11.
    """
    locked = Exam.objects.select_for_update().get(pk=exam.pk)
    cells = attempts.cells_of(locked.cells.order_by("pk"))
    if not any(cell.is_fixed for cell in cells):
        raise NothingFixed
    pool = attempts.pool_of()
    if lacking := solving.shortage(cells=cells, pool=pool, papers=locked.papers_wanted):
        raise CannotCompose(f"组不成 {locked.papers_wanted} 套互不重题的试卷。{lacking}，缺 {lacking.missing} 题。")
    found = solving.parallel(cells=cells, pool=pool, papers=locked.papers_wanted)
    if found is None:
        raise CannotCompose("在限定的时间里没有找到均衡的试卷。请减少套数，或给题少的格补题。")
    items = {item.current_id: item.pk for item in Item.objects.drawable().only("pk", "current")}
    locked.forms.all().delete()
    for number, versions in enumerate(_pick(found, pool), start=1):
        form = PaperForm.objects.create(
            exam=locked, number=number, blueprint=attempts.fingerprint(cells), made_at=now, made_by=person
        )
        form.items.set(items[version] for version in versions)
    return found.is_optimal


def _pick(found: solving.Parallel, pool: drawing.Pool) -> list[list[int]]:
    """Choose items at random within their kinds, each once; only those of fixed cells are kept."""
    chance = random.Random(secrets.randbits(64))  # noqa: S311  # shuffling; the seed comes from the system's own source
    stock: dict[Kind, list[int]] = defaultdict(list)
    for candidates in pool.by_cell.values():
        for item in candidates:
            stock[Kind.of(item)].append(item.version)
    for versions in stock.values():
        chance.shuffle(versions)
    papers = []
    for paper in found.papers:
        chosen: list[int] = []
        for (cell, kind), count in paper.items():
            taken = [stock[kind].pop() for _ in range(count)]
            chosen += taken if cell.is_fixed else []
        papers.append(chosen)
    return papers


def count_forms(*, exam: Exam, rows: Sequence[BlueprintCell]) -> int:
    """Count the forms made for this blueprint, saved or not. Source: docs/rules/blueprint.md, rule B11."""
    mark = attempts.fingerprint(attempts.cells_of(rows))
    return PaperForm.objects.filter(exam=exam, blueprint=mark).count() if exam.pk else 0


def standing_forms(exam: Exam) -> list[PaperForm]:
    """Return the forms made for the blueprint as it is now. Source: docs/rules/blueprint.md, rule B11."""
    mark = attempts.fingerprint(attempts.cells_of(exam.cells.all()))
    return list(exam.forms.filter(blueprint=mark).order_by("number").prefetch_related("items"))


def reports_of(exam: Exam) -> list[FormReport]:
    """Describe the exam's standing forms, in a fixed number of queries."""
    points = {(cell.module, cell.kind): cell.points_centi for cell in exam.cells.all()}
    usable = set(Item.objects.drawable().values_list("pk", flat=True))
    forms = [list(form.items.all()) for form in standing_forms(exam)]
    times = Counter(item.pk for items in forms for item in items)
    return [_report(number, items, points, usable, times) for number, items in enumerate(forms)]


def _report(
    number: int,
    items: Sequence[Item],
    points: dict[tuple[str, str], int],
    usable: set[int],
    times: Counter[int],
) -> FormReport:
    levels = Counter(item.difficulty for item in items)
    weights = [(points.get((item.module, item.kind), 1), item.difficulty) for item in items]
    return FormReport(
        name=f"{NAMES[number]}卷" if number < len(NAMES) else f"第 {number + 1} 套",
        items=len(items),
        easy=levels[1],
        medium=levels[2],
        hard=levels[3],
        difficulty=sum(weight * level for weight, level in weights) / max(1, sum(weight for weight, _ in weights)),
        overlap=sum(times[item.pk] > 1 for item in items),
        unusable=sum(item.pk not in usable for item in items),
    )
