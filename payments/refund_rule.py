"""
Who gets how much back: the published refund rule as a pure function. Amounts are whole fen, days are local dates.

Source: docs/rules/money.md, rules R1-R3 and R7.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

CURRENT = "2026-11"
DAYS = 7
PERCENT = 20


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the rule looks at. `remaining_fen` is what was received and has not gone back yet."""

    paid_on: date
    asked_on: date
    lessons_done: int
    lessons_total: int
    exam_started: bool
    certificate_issued: bool
    remaining_fen: int


@dataclass(frozen=True, kw_only=True)
class SeatFacts:
    """What the rule looks at in a company's order. A seat is unused until its first lesson is opened."""

    paid_on: date
    asked_on: date
    unused: int
    total: int
    paid_fen: int
    remaining_fen: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition, what was found, and whether it holds."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """`amount_fen` is owed by the rule; under R3 it is 0 and a person decides."""

    version: str
    clause: str
    amount_fen: int
    findings: tuple[Finding, ...]
    consequences: tuple[str, ...]

    @property
    def is_full(self) -> bool:
        return self.clause == "R1"

    @property
    def is_owed(self) -> bool:
        """Whether the rule owes the amount without a reason given."""
        return self.amount_fen > 0


class UnknownVersion(ValueError):
    """No rule was ever published under this version."""


def judge(*, version: str, facts: Facts) -> Verdict:
    """
    Apply the rule that was in force when the order was placed.

    Raises: UnknownVersion. Source: docs/rules/money.md, rules R1 and R3.
    """
    try:
        rule = RULES[version]
    except KeyError:
        raise UnknownVersion(version) from None
    return rule(facts)


def judge_seats(*, version: str, facts: SeatFacts) -> Verdict:
    """
    Apply the rule to a company's order: within the days, what the unused seats cost comes back.

    Raises: UnknownVersion. Source: docs/rules/money.md, rules R3 and R8.
    """
    if version not in RULES:
        raise UnknownVersion(version)
    findings = (
        Finding(
            f"付款之日起 {DAYS} 天内提出：{facts.paid_on:%Y-%m-%d} 付款，{last_day(facts.paid_on):%Y-%m-%d} 是最后一天",
            facts.asked_on <= last_day(facts.paid_on),
        ),
        Finding(f"有没有使用的席位：{facts.unused} / {facts.total} 个没有打开第一课", facts.unused > 0),
    )
    is_owed = all(finding.holds for finding in findings)
    owed = min(facts.remaining_fen, facts.paid_fen * facts.unused // facts.total)
    kept = facts.total - facts.unused
    return Verdict(
        version=version,
        clause="R8" if is_owed else "R3",
        amount_fen=owed if is_owed else 0,
        findings=findings,
        consequences=(
            "没有使用的席位在退款时收回；申请之后才打开第一课的，也一并收回。",
            f"已经打开第一课的 {kept} 个席位不退，学员继续学习。" if kept else "席位全部收回，订单成为已退款。",
            "学习记录跟着学员本人保留；已颁发的证书仍然有效。",
        ),
    )


def last_day(paid_on: date) -> date:
    """Return the last day on which R1 holds; the day of payment is day 0. Source: docs/rules/money.md, rule R1."""
    return paid_on + timedelta(days=DAYS)


def terms(version: str) -> tuple[str, ...]:
    """Say the rule in the few sentences that stand beside the price. Raises: UnknownVersion."""
    if version not in RULES:
        raise UnknownVersion(version)
    return (
        f"付款后 {DAYS} 天内、学完的课不到 {PERCENT}%、还没有开始考试：全额退款，不问理由。",
        "不满足的可以说明情况，由工作人员逐件决定；已经开始考试的，除我们的原因外不退。",
        "退款原路退回；退款后不能继续学习，学习记录保留。",
    )


def seat_terms(version: str) -> tuple[str, ...]:
    """Say the rule on seats in a few sentences. Raises: UnknownVersion."""
    if version not in RULES:
        raise UnknownVersion(version)
    return (
        f"付款后 {DAYS} 天内：没有人打开第一课的席位按实付单价退，不问理由；已经开始学习的席位不退。",
        "超过期限的可以说明情况，由工作人员逐件决定。",
        "退款原路退回；没有使用的席位随之收回。",
    )


def _of_2026_11(facts: Facts) -> Verdict:
    done, total = facts.lessons_done, facts.lessons_total
    percent = done * 100 // total if total else 0
    findings = (
        Finding(
            f"付款之日起 {DAYS} 天内提出：{facts.paid_on:%Y-%m-%d} 付款，{last_day(facts.paid_on):%Y-%m-%d} 是最后一天",
            facts.asked_on <= last_day(facts.paid_on),
        ),
        Finding(f"学完的课不到 {PERCENT}%：学完 {done} / {total} 课，{percent}%", done * 100 < PERCENT * max(total, 1)),
        Finding(f"没有开始过考试：{'已经开始过' if facts.exam_started else '没有开始'}", not facts.exam_started),
    )
    is_full = all(finding.holds for finding in findings)
    certificate = (
        "已颁发的证书仍然有效：它证明的是已经完成的学习和考试。"
        if facts.certificate_issued
        else "尚未取得证书：退款后不能再参加考试，也不会颁发证书。"
    )
    return Verdict(
        version="2026-11",
        clause="R1" if is_full else "R3",
        amount_fen=facts.remaining_fen if is_full else 0,
        findings=findings,
        consequences=(
            "学习资格在退款时撤回，不能继续学习。",
            "学习进度和学习记录保留，再次报名可以接着学。",
            certificate,
        ),
    )


RULES: dict[str, Callable[[Facts], Verdict]] = {"2026-11": _of_2026_11}
