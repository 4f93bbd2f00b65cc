"""Rounds of practice: beginning one, answering in it. Source: docs/rules/practice.md, rules P2-P8."""

import random
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from courses.models import CoursePage
from exams.models import Item, PracticeCard, PracticeDay, PracticeRun
from exams.practice import memory, pool
from lms.errors import DomainError
from lms.users.models import User

ROUND = 20
KEPT = 30
MAX_TYPED = 200
Mode = PracticeRun.Mode


class NothingToPractise(DomainError):
    message = "这里现在没有可以练习的题。换一种方式，或者换一个模块、题型再试。"


class NotAnswerable(DomainError):
    message = "这道题已经停用或正在修订，不能作答。请继续下一题。"


class NoAnswer(DomainError):
    message = "还没有作答。请选择或填写以后再提交。"


@transaction.atomic
def begin(
    *, learner: User, course: CoursePage, mode: str, module: str = "", kind: str = "", is_study: bool, now: datetime
) -> PracticeRun:
    """
    Settle the items of a new round. Only the newest 30 rounds of a person are kept.

    Raises: NothingToPractise. Source: docs/rules/practice.md, rules P1, P2 and P8.
    """
    chosen = {name: value for name, value in (("module", module), ("kind", kind)) if value}
    items = pool.practisable().filter(**chosen)
    pks = _ordered(learner, items, mode, chosen, now)
    if not pks:
        raise NothingToPractise
    run = PracticeRun.objects.create(
        learner=learner, course=course, mode=mode, is_study=is_study, items=pks, started_at=now, **chosen
    )
    old = PracticeRun.objects.of(learner).order_by("-started_at", "-pk").values_list("pk", flat=True)[KEPT:]
    PracticeRun.objects.filter(pk__in=list(old)).delete()
    return run


@transaction.atomic
def answer(*, run: PracticeRun, place: int, answer: str, now: datetime) -> PracticeRun:
    """
    Take the answer to the item at `place` (from 0), in the item's own letters or as typed. The first one counts.

    Raises: NoAnswer; NotAnswerable. Source: docs/rules/practice.md, rules P3-P7.
    """
    locked = PracticeRun.objects.select_for_update().get(pk=run.pk)
    if str(place) in locked.answers:
        return locked
    item = pool.practisable().select_related("current").filter(pk=locked.items[place]).first()
    if item is None or item.current is None or locked.is_study:
        raise NotAnswerable
    given = _checked(item, answer)
    right = pool.is_right(item, item.current, given)
    locked.answers[str(place)] = {"version": item.current.pk, "answer": given, "right": right}
    locked.save(update_fields=["answers"])
    _note(locked.learner_id, item, given, is_right=right, now=now)
    return locked


def _ordered(learner: User, items: QuerySet[Item], mode: str, chosen: dict[str, str], now: datetime) -> list[int]:
    cards = PracticeCard.objects.of(learner).filter(item__in=items)
    sets = {
        Mode.WRONG: cards.wrong().order_by("wrong_at", "pk"),
        Mode.STARRED: cards.starred().order_by("-starred_at", "pk"),
        Mode.DUE: cards.due(now).order_by("due_at", "pk"),
    }
    if mode in sets:
        return list(sets[Mode(mode)].values_list("item", flat=True)[:ROUND])
    pks = list(items.order_by("code").values_list("pk", flat=True))
    if mode == Mode.RANDOM:
        chance = random.Random(secrets.randbits(64))  # noqa: S311  # shuffling
        return chance.sample(pks, min(ROUND, len(pks)))
    return _after_last(learner, pks, chosen)


def _after_last(learner: User, pks: Sequence[int], chosen: dict[str, str]) -> list[int]:
    """Go on behind the last round of the same choice; from the beginning when there is nothing behind it."""
    same = {"module": "", "kind": ""} | chosen
    last = PracticeRun.objects.of(learner).filter(mode=Mode.ORDER, is_study=False, **same)
    run = last.order_by("-started_at", "-pk").first()
    places = [int(place) for place in run.answers] if run else []
    reached = run.items[max(places)] if run and places else None
    start = pks.index(reached) + 1 if reached in pks else 0
    return list(pks[start : start + ROUND] or pks[:ROUND])


def _checked(item: Item, answer: str) -> str:
    """Return an answer that the kind of item can have. Raises: NoAnswer."""
    if item.kind in {Item.Kind.BLANK, Item.Kind.NUMERIC}:
        given = answer.replace("\x00", "").strip()[:MAX_TYPED]
    else:
        letters = pool.question_of(item, item.current).letters if item.current else ""
        given = "".join(sorted(set(answer) & set(letters)))
        if len(given) > 1 and item.kind != Item.Kind.MULTI:
            given = ""
    if not given:
        raise NoAnswer
    return given


def _note(learner: int, item: Item, given: str, *, is_right: bool, now: datetime) -> None:
    """Write the card and the day. Source: docs/rules/practice.md, rules P4, P6 and P7."""
    PracticeCard.objects.get_or_create(learner_id=learner, item=item)
    card = PracticeCard.objects.select_for_update().get(learner_id=learner, item=item)
    card.answered += 1
    card.right += is_right
    card.last_answered_at, card.last_version, card.last_answer = now, item.current, given
    if is_right:
        card.right_run += 1
        if card.right_run >= settings.PRACTICE_CLEARS_AFTER:
            card.wrong_at = None
    else:
        card.right_run, card.wrong_at = 0, card.wrong_at or now
    card.memory, card.due_at = memory.review(card.memory, is_right=is_right, now=now)
    card.save()
    day = timezone.localdate(now)
    PracticeDay.objects.get_or_create(learner_id=learner, day=day)
    PracticeDay.objects.filter(learner_id=learner, day=day).update(
        answered=F("answered") + 1, right=F("right") + int(is_right)
    )
