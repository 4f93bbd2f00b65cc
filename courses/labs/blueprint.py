"""What a service blueprint still lacks, and what can be counted in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Lack(StrEnum):
    """What is missing in one step. Source: docs/rules/labs.md, rule H8."""

    NO_CUSTOMER = "NO_CUSTOMER"
    NO_EVIDENCE = "NO_EVIDENCE"
    NO_REMEDY = "NO_REMEDY"
    ALONE = "ALONE"


LACKS = {
    Lack.NO_CUSTOMER: "没有写顾客做什么。蓝图从顾客行为写起，只用动词。",
    Lack.NO_EVIDENCE: "没有有形展示。顾客在这一步看得见、摸得着什么？",
    Lack.NO_REMEDY: "标了失败点，还没写出错了怎么办。",
    Lack.ALONE: "只有顾客自己动手。自助的一步，出错谁来帮？",
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One column of a blueprint."""

    evidence: str = ""
    customer: str = ""
    front: str = ""
    back: str = ""
    support: str = ""
    wait_minutes: float = 0
    is_fail_point: bool = False
    remedy: str = ""

    def lacks(self) -> tuple[Lack, ...]:
        found = {
            Lack.NO_CUSTOMER: not self.customer,
            Lack.NO_EVIDENCE: not self.evidence,
            Lack.NO_REMEDY: self.is_fail_point and not self.remedy,
            Lack.ALONE: bool(self.customer) and not (self.front or self.back or self.support),
        }
        return tuple(lack for lack, is_so in found.items() if is_so)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Lacks by step, crossings of the three lines, and the waits; steps count from 0."""

    lacks: tuple[tuple[int, Lack], ...]
    encounters: int
    visible: int
    internal: int
    wait_minutes: float
    longest_wait: int | None


def check(steps: Sequence[Step]) -> Findings:
    """Look through a blueprint. Source: docs/rules/labs.md, rule H8."""
    waits = [step.wait_minutes for step in steps]
    longest = max(waits, default=0)
    return Findings(
        lacks=tuple((place, lack) for place, step in enumerate(steps) for lack in step.lacks()),
        encounters=sum(bool(step.customer and step.front) for step in steps),
        visible=sum(bool(step.front and step.back) for step in steps),
        internal=sum(bool(step.back and step.support) for step in steps),
        wait_minutes=sum(waits),
        longest_wait=waits.index(longest) if longest else None,
    )
