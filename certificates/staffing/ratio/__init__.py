"""The 10 % rule: how many 售后服务管理师 a roster needs, how many it holds on a day, and when that first fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from certificates.staffing.ratio.arithmetic import (
    FULL_POINTS_CENTI,
    managers_among,
    points_centi,
    required_for,
    worst_points_centi,
)
from certificates.staffing.ratio.forecast import (
    HORIZON_MONTHS,
    Breach,
    add_months,
    causes_of_change,
    daily_counts,
    first_breach,
)
from certificates.staffing.ratio.people import CertificateFacts, Outcome, Person, Verdict, counted_rows, judge
from lms.errors import DomainError

__all__ = [
    "FULL_POINTS_CENTI",
    "HORIZON_MONTHS",
    "RULE_VERSION",
    "Breach",
    "CertificateFacts",
    "NoManagers",
    "Outcome",
    "Person",
    "Staffing",
    "Verdict",
    "add_months",
    "causes_of_change",
    "check",
    "daily_counts",
    "managers_among",
    "points_centi",
    "required_for",
    "worst_points_centi",
]

RULE_VERSION = "2026-1"


class NoManagers(DomainError):
    message = (
        "基准日在职的服务管理人员为 0 名，无法计算应配人数。请在花名册“是否服务管理人员”一列标出总部负责人和"
        "网点管理人员，或核对入职、离职日期与基准日。"
    )


@dataclass(frozen=True, slots=True)
class Staffing:
    """The answer for one roster on one day. Units: people; points in hundredths."""

    as_of: date
    managers: int
    required: int
    held: int
    verdicts: tuple[Verdict, ...]
    breach: Breach | None

    @property
    def gap(self) -> int:
        return max(0, self.required - self.held)

    @property
    def points_centi(self) -> int:
        return points_centi(held=self.held, required=self.required)

    @property
    def worst_points_centi(self) -> int:
        return worst_points_centi(held=self.held, required=self.required)


def check(people: Sequence[Person], as_of: date) -> Staffing:
    """
    Judge a roster on a day: managers, required, held, everybody's reason, and the first breach within 36 months.

    Time is linear in the people. Raises: NoManagers if no service manager is employed on the day.
    Source: docs/rules/staffing.md, rules S1-S8 and S12.
    """
    managers = sum(person.is_manager_on(as_of) for person in people)
    if managers == 0:
        raise NoManagers
    rows = counted_rows(people, as_of)
    return Staffing(
        as_of=as_of,
        managers=managers,
        required=required_for(managers),
        held=len(rows),
        verdicts=tuple(judge(person, as_of, rows) for person in people),
        breach=first_breach(people, as_of),
    )
