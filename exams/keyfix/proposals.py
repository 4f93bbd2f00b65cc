"""One person proposes a correction, another decides. Source: docs/rules/key-fix.md, rules K1-K5 and K7."""

from datetime import datetime

from django.db import transaction

from exams import bank
from exams.keys import OR
from exams.models import Item, ItemVersion, KeyFix
from exams.models.keyfix import marked_by
from lms.errors import DomainError
from lms.users.models import User

Action, Status = KeyFix.Action, KeyFix.Status
LETTERED = frozenset({Item.Kind.SINGLE, Item.Kind.MULTI, Item.Kind.TRUE_FALSE})
MAX_REASON, MAX_EVIDENCE = 300, 500


class NoKeyToFix(DomainError):
    message = "案例的题干没有答案，不能更正。请更正它的小题。"


class BadKey(DomainError):
    message = "新答案不符合题型，请检查。"


class NothingChanges(DomainError):
    message = "这道题现在就是这样评分的，更正不会改变任何成绩。请核对题目和处理方式。"


class AlreadyProposed(DomainError):
    message = "这道题已有一份没有办完的答案更正。请等它办完，或先撤回那一份。"


class TextMissing(DomainError):
    message = "请写明原因和依据。原因考生会看到，依据只有工作人员看得到。"


class NotProposed(DomainError):
    message = "这份答案更正现在不能这样处理：影响还在计算，或者已经复核、撤回。请刷新页面查看。"


class SecondPersonNeeded(DomainError):
    message = "答案更正要由另一位同事复核：提出的人不能复核自己的更正。"


@transaction.atomic
def propose(
    *, version: ItemVersion, action: KeyFix.Action, key: str, reason: str, evidence: str, person: User, now: datetime
) -> KeyFix:
    """
    Propose to mark a version otherwise; a sweep then computes the impact. Nothing changes for anybody yet.

    `key` is in the item's own letters, alternatives apart with "|"; it counts for the action KEY only.
    Raises: NoKeyToFix, BadKey, NothingChanges, AlreadyProposed, TextMissing. Source: docs/rules/key-fix.md, K1-K3.
    """
    item = Item.objects.select_for_update().get(pk=version.item_id)
    if item.kind == Item.Kind.CASE:
        raise NoKeyToFix
    key = _checked_key(item, version, key) if action == Action.KEY else ""
    reason, evidence = reason.strip()[:MAX_REASON], evidence.strip()[:MAX_EVIDENCE]
    if not reason or not evidence:
        raise TextMissing
    if version.key_fixes.open().exists():
        raise AlreadyProposed
    if marked_by(version.key, action, key) == KeyFix.objects.marking_of([version.pk])[version.pk]:
        raise NothingChanges
    return KeyFix.objects.create(
        version=version,
        action=action,
        key=key,
        reason=reason,
        evidence=evidence,
        proposed_by=person,
        proposed_at=now,
    )


@transaction.atomic
def withdraw(*, fix: KeyFix, now: datetime) -> KeyFix:
    """Take a proposal back before it is decided. Raises: NotProposed. Source: docs/rules/key-fix.md, rule K2."""
    locked = KeyFix.objects.select_for_update().get(pk=fix.pk)
    if locked.status not in {Status.PREPARING, Status.PROPOSED}:
        raise NotProposed
    locked.status, locked.finished_at = Status.WITHDRAWN, now
    locked.save()
    return locked


@transaction.atomic
def refuse(*, fix: KeyFix, decision: str, person: User, now: datetime) -> KeyFix:
    """
    Leave everything as it is, as the second person. Raises: NotProposed, SecondPersonNeeded, TextMissing.

    Source: docs/rules/key-fix.md, rules K2 and K3.
    """
    locked = _lock(fix, person)
    if not decision.strip():
        raise TextMissing("请写明不同意的理由，提出的人会看到。")
    return _decide(locked, Status.REFUSED, decision, person, now)


@transaction.atomic
def approve(*, fix: KeyFix, decision: str, person: User, now: datetime) -> KeyFix:
    """
    Let the correction take effect, as the second person: from this moment every marking uses it, and a sweep marks
    again what was marked before. No new paper prints the version.

    Raises: NotProposed, SecondPersonNeeded. Source: docs/rules/key-fix.md, rules K3 and K5.
    """
    item = Item.objects.select_for_update().get(versions=fix.version_id)
    locked = _lock(fix, person)
    earlier = KeyFix.objects.in_force().filter(version=locked.version_id).first()
    if earlier:
        earlier.is_in_force = False
        earlier.save(update_fields=["is_in_force"])
    locked.previous, locked.is_in_force, locked.scanned_to = earlier, True, 0
    if item.current_id == locked.version_id and item.status == Item.Status.LIVE:
        bank.retire(item=item)
    return _decide(locked, Status.REGRADING, decision, person, now)


def _lock(fix: KeyFix, person: User) -> KeyFix:
    locked = KeyFix.objects.select_for_update().get(pk=fix.pk)
    if locked.status != Status.PROPOSED:
        raise NotProposed
    if locked.proposed_by_id == person.pk:
        raise SecondPersonNeeded
    return locked


def _decide(locked: KeyFix, status: KeyFix.Status, decision: str, person: User, now: datetime) -> KeyFix:
    locked.status, locked.decision = status, decision.strip()[:MAX_REASON]
    locked.decided_by, locked.decided_at = person, now
    if status == Status.REFUSED:
        locked.finished_at = now
    locked.save()
    return locked


def _checked_key(item: Item, version: ItemVersion, key: str) -> str:
    """Write a key as the bank does. Raises: BadKey. Source: docs/rules/grading.md, rule G1."""
    if item.kind not in LETTERED:
        alternatives = [key.strip()]
    else:
        alternatives = sorted({"".join(sorted(part.strip().upper())) for part in key.split(OR)})
    for alternative in alternatives:
        if problem := bank.problem_of(kind=item.kind, options=version.options, key=alternative):
            raise BadKey(problem)
    if not all(alternatives):
        raise BadKey("请写新答案。")
    return OR.join(alternatives)
