"""May this person start this exam now, and if not, why and what next. Source: docs/rules/grading.md, rules G10-G13."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Code(StrEnum):
    """Why somebody may not start."""

    CLOSED = "CLOSED"
    NOT_ENROLLED = "NOT_ENROLLED"
    UNFINISHED = "UNFINISHED"
    NO_IDENTITY = "NO_IDENTITY"
    PASSED = "PASSED"
    NO_ATTEMPTS_LEFT = "NO_ATTEMPTS_LEFT"
    COOLING_DOWN = "COOLING_DOWN"
    OPEN_ATTEMPT = "OPEN_ATTEMPT"


@dataclass(frozen=True)
class Reason:
    """One obstacle: its code, what is the matter, and what to do next, both in Chinese."""

    code: Code
    text: str
    next_step: str


@dataclass(frozen=True)
class Facts:
    """
    What the decision rests on.

    Units: `cooldown` is a time span; `now` and `last_closed_at` are aware and in the zone they are to be printed in.
    """

    now: datetime
    is_open: bool
    is_enrolled: bool
    lessons_done: int
    lessons_total: int
    has_identity: bool
    has_passed: bool
    attempts_used: int
    max_attempts: int
    last_closed_at: datetime | None
    cooldown: timedelta
    has_open_attempt: bool


@dataclass(frozen=True)
class Eligibility:
    """The decision with all its reasons, and the figures a page shows beside it."""

    is_allowed: bool
    reasons: tuple[Reason, ...]
    attempts_left: int
    next_start_at: datetime | None

    def has(self, code: str) -> bool:
        return any(reason.code == code for reason in self.reasons)


def next_start_at(facts: Facts) -> datetime | None:
    """
    Return from when on the next attempt may start, or None if nothing has to be waited for.

    Source: docs/rules/grading.md, rule G12.
    """
    if facts.last_closed_at is None or facts.has_passed or facts.attempts_used >= facts.max_attempts:
        return None
    at = facts.last_closed_at + facts.cooldown
    return at if at > facts.now else None


def decide(facts: Facts) -> Eligibility:
    """
    Collect every reason that keeps somebody from starting; none means that they may.

    Source: docs/rules/grading.md, rules G10-G13.
    """
    waits_until = next_start_at(facts)
    left = max(0, facts.max_attempts - facts.attempts_used)
    missing = facts.lessons_total - facts.lessons_done
    found = [
        (
            facts.has_open_attempt,
            Reason(Code.OPEN_ATTEMPT, "你有一次正在进行的考试。", "继续作答，计时没有停。"),
        ),
        (facts.has_passed, Reason(Code.PASSED, "你已经通过这场考试，不用再考。", "到“我的证书”查看证书。")),
        (not facts.is_open, Reason(Code.CLOSED, "这场考试现在没有开放。", "等待开放，或联系客服询问开放时间。")),
        (
            not facts.is_enrolled,
            Reason(Code.NOT_ENROLLED, "你还没有报名这门课程。", "先报名课程，学完全部课时后再来考试。"),
        ),
        (
            facts.is_enrolled and (missing > 0 or not facts.lessons_total),
            Reason(
                Code.UNFINISHED,
                f"课程还没有学完：已完成 {facts.lessons_done} / {facts.lessons_total} 课。",
                "到学习中心学完余下的课。",
            ),
        ),
        (
            not facts.has_identity,
            Reason(Code.NO_IDENTITY, "还没有填写实名信息，证书上要印真实姓名。", "填写真实姓名和证件号。"),
        ),
        (
            not left and not facts.has_passed and not facts.has_open_attempt,
            Reason(
                Code.NO_ATTEMPTS_LEFT,
                f"{facts.max_attempts} 次考试机会已经用完。",
                "如有疑问，请联系客服。",
            ),
        ),
    ]
    if waits_until and not facts.has_open_attempt:
        when = f"{waits_until:%Y-%m-%d %H:%M}"
        text = f"两次考试要间隔 {facts.cooldown // timedelta(hours=1)} 小时，下一次最早 {when} 开始。"
        found.append((True, Reason(Code.COOLING_DOWN, text, f"{when} 以后再来。")))
    reasons = tuple(reason for applies, reason in found if applies)
    return Eligibility(is_allowed=not reasons, reasons=reasons, attempts_left=left, next_start_at=waits_until)
