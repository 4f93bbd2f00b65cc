"""Attempts that share a question whose key is wrong, and corrections of it, carried to any step by their verbs."""

from datetime import datetime, timedelta

from exams import attempts
from exams.keyfix import proposals, regrading
from exams.models import AnswerEntry, Attempt, Exam, ItemVersion, KeyFix
from lms.users.models import User
from tests.factories.exams import STARTED, S
from tests.factories.users import UserFactory

SETTLED = timedelta(minutes=5)


def make_paper(exam: Exam) -> list[list[object]]:
    """Make one paper that everybody sits: two 单选 and one 多选 of M1, one 判断 of M2; options in their own order."""
    cells = (("M1", "SINGLE", 2, 200), ("M1", "MULTI", 1, 300), ("M2", "TRUE_FALSE", 1, 100))
    live = ItemVersion.objects.filter(item__pool="LIVE").order_by("pk")
    return [
        [version.pk, module, kind, points, "ABCDE"[: len(version.options)]]
        for module, kind, count, points in cells
        for version in live.filter(item__module=module, item__kind=kind)[:count]
    ]


def make_marked(
    exam: Exam, candidate: User, answers: list[str], *, paper: list[list[object]] | None = None, **fields: object
) -> Attempt:
    """Make an attempt that was handed in with these answers, marked by the verb."""
    attempt = Attempt.objects.create(
        **{
            "exam": exam,
            "candidate": candidate,
            "number": 1,
            "paper": paper or make_paper(exam),
            "total_centi": 800,
            "pass_centi": 500,
            "started_at": STARTED + timedelta(days=1),
            "deadline_at": STARTED + timedelta(days=1, minutes=90),
        }
        | fields
    )
    AnswerEntry.objects.bulk_create(
        AnswerEntry(
            attempt=attempt,
            seq=S + 1 + position,
            position=position,
            answer=answer,
            received_at=attempt.started_at + timedelta(seconds=30 * (position + 1)),
        )
        for position, answer in enumerate(answers)
    )
    return attempts.hand_in(attempt=attempt, now=attempt.started_at + timedelta(minutes=10))


def propose(version: ItemVersion, *, now: datetime, action: str = "KEY", key: str = "C", **fields: object) -> KeyFix:
    """Propose a correction and let the sweep compute its impact."""
    fix = proposals.propose(
        **{
            "version": version,
            "action": KeyFix.Action(action),
            "key": key if action == "KEY" else "",
            "reason": "第 B 项与标准第 5.2 条不符",
            "evidence": "GB/T 27922-2011 5.2",
            "person": UserFactory(),
            "now": now,
        }
        | fields
    )
    regrading.work_off(now=now)
    fix.refresh_from_db()
    return fix


def carry_out(fix: KeyFix, *, now: datetime) -> KeyFix:
    """Approve a correction as another person and let the sweep finish it."""
    proposals.approve(fix=fix, decision="核实无误", person=UserFactory(), now=now)
    regrading.work_off(now=now)
    regrading.work_off(now=now + SETTLED)
    fix.refresh_from_db()
    return fix
