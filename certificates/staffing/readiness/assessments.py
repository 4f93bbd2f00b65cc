"""Verbs on self-assessments: start one, write down what was found, look where it stands, make it final."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from fractions import Fraction

from django.db import transaction
from django.utils import timezone

from certificates.staffing import checks, ratio
from certificates.staffing.models import (
    Assessment,
    AssessmentFinding,
    AssessmentSection,
    Company,
    Indicator,
    SpecialDeduction,
)
from certificates.staffing.readiness import indicators, scoring
from certificates.staffing.readiness.scoring import Finding, Part, Score, Typed, Verdict
from lms.errors import DomainError
from lms.users.models import User

MOST_SPECIALS = 10
STAFFING_CENTI = ratio.FULL_POINTS_CENTI


class AlreadyOpen(DomainError):
    message = "已经有一份进行中的自评。请先定稿，或继续填写那一份。"


class AlreadyFinal(DomainError):
    message = "这份自评已经定稿，不能再改。请开始一份新的自评。"


class NoIndicators(DomainError):
    message = "平台还没有装入评价指标表，暂时不能自评。请联系客服。"


class FindingRefused(DomainError):
    """One clause was judged in a way that the rules do not allow; `code` says which."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"{code}：{message}")


class NotComplete(DomainError):
    message = "还没有填完，不能定稿。请看下面列出的还缺什么。"


@dataclass(frozen=True, slots=True)
class Judged:
    """What somebody wrote at one clause."""

    verdict: Verdict
    samples: int = 1
    failed: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One first-level indicator as it stands. `part` None: something of `missing` is lacking."""

    top: Indicator
    leaves: tuple[tuple[Indicator, AssessmentFinding | None], ...]
    by_clause: bool
    typed: AssessmentSection | None
    part: Part | None
    missing: tuple[str, ...]

    @property
    def judged(self) -> int:
        return sum(found is not None for _, found in self.leaves)

    @property
    def to_judge(self) -> int:
        return sum(leaf.code != indicators.STAFFING for leaf, _ in self.leaves)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an assessment stands. `staffing` None: the roster has no service managers on the day."""

    sections: tuple[Section, ...]
    staffing: ratio.Staffing | None
    specials: tuple[SpecialDeduction, ...]
    score: Score | None

    @property
    def missing(self) -> list[str]:
        return [text for section in self.sections for text in section.missing]


@transaction.atomic
def start(*, company: Company, by: User, now: datetime) -> Assessment:
    """Begin a self-assessment of today. Raises: AlreadyOpen, NoIndicators. docs/rules/readiness.md, rule A10."""
    Company.objects.select_for_update().get(pk=company.pk)
    if not indicators.table():
        raise NoIndicators
    if Assessment.objects.of(company).filter(status=Assessment.Status.OPEN).exists():
        raise AlreadyOpen
    return Assessment.objects.create(company=company, as_of_date=timezone.localdate(now), started_by=by, started_at=now)


@transaction.atomic
def record(
    *,
    assessment: Assessment,
    as_of: date,
    findings: Mapping[str, Judged],
    sections: Mapping[str, Typed],
    specials: Sequence[tuple[str, str]],
    bonus_reason: str,
) -> Assessment:
    """
    Write down all that was found, in place of what stood there.

    Raises: AlreadyFinal, FindingRefused. Source: docs/rules/readiness.md, rules A3-A6.
    """
    locked = _open(assessment)
    table = indicators.table()
    for code, judged in findings.items():
        _refuse(code, judged, {leaf.code: leaf for _, leaves in table.values() for leaf in leaves})
    for code, (_, leaves) in table.items():
        if leaves and all(leaf.code in findings and _is_deleted(findings[leaf.code]) for leaf in leaves):
            raise FindingRefused(code, "一个部分不能全部删减。")
    for code, typed in sections.items():
        _refuse_section(code, typed, table)
    locked.as_of_date, locked.bonus_reason = as_of, bonus_reason
    locked.save(update_fields=["as_of_date", "bonus_reason"])
    locked.findings.all().delete()
    locked.sections.all().delete()
    locked.specials.all().delete()
    AssessmentFinding.objects.bulk_create(
        AssessmentFinding(assessment=locked, code=code, **asdict(judged)) for code, judged in findings.items()
    )
    AssessmentSection.objects.bulk_create(
        AssessmentSection(assessment=locked, code=code, **asdict(typed)) for code, typed in sections.items()
    )
    SpecialDeduction.objects.bulk_create(
        SpecialDeduction(assessment=locked, trigger=trigger, fact=fact) for trigger, fact in specials[:MOST_SPECIALS]
    )
    return locked


def standing(*, assessment: Assessment) -> Standing:
    """
    Look where an open assessment stands: its sections, what is missing, and the score once nothing is.

    Source: docs/rules/readiness.md, rules A2-A8.
    """
    findings = {found.code: found for found in assessment.findings.all()}
    typed = {section.code: section for section in assessment.sections.all()}
    specials = tuple(assessment.specials.all())
    try:
        staffing = checks.check_company(company=assessment.company, as_of=assessment.as_of_date).staffing
    except ratio.NoManagers:
        staffing = None
    sections = tuple(
        _section(top, leaves, findings, typed.get(code), staffing) for code, (top, leaves) in indicators.table().items()
    )
    parts = [section.part for section in sections if section.part]
    score = None
    if sections and len(parts) == len(sections):
        score = scoring.score(parts=parts, specials=len(specials), has_bonus=bool(assessment.bonus_reason))
    return Standing(sections, staffing, specials, score)


@transaction.atomic
def finish(*, assessment: Assessment, by: User, now: datetime) -> Assessment:
    """
    Make an assessment final: freeze the table, the findings and the score.

    Raises: AlreadyFinal, NotComplete. Source: docs/rules/readiness.md, rule A10.
    """
    locked = _open(assessment)
    stands = standing(assessment=locked)
    if stands.score is None:
        raise NotComplete
    locked.status, locked.final_by, locked.final_at = Assessment.Status.FINAL, by, now
    locked.final_centi, locked.level = stands.score.final_centi, stands.score.level.value
    locked.result = _frozen(stands, stands.score)
    locked.save()
    return locked


def _open(assessment: Assessment) -> Assessment:
    locked = Assessment.objects.select_for_update().get(pk=assessment.pk)
    if not locked.is_open:
        raise AlreadyFinal
    return locked


def _is_deleted(judged: Judged) -> bool:
    return judged.verdict == Verdict.DELETED


def _refuse(code: str, judged: Judged, leaves: Mapping[str, Indicator]) -> None:
    leaf = leaves.get(code)
    if leaf is None:
        raise FindingRefused(code, "指标表里没有这一条，请刷新页面再填。")
    if code == indicators.STAFFING:
        raise FindingRefused(code, "这一条按花名册和证书计算，不用自己判断。")
    if _is_deleted(judged) and not leaf.is_deletable:
        raise FindingRefused(code, "这一条不能删减。")
    if _is_deleted(judged) and not judged.reason:
        raise FindingRefused(code, "删减要写明理由。")
    if judged.verdict == Verdict.PARTLY and not 0 < judged.failed < judged.samples:
        raise FindingRefused(code, "不符合数要大于 0、小于抽查数；全都符合选“符合”，全都不符合选“不符合”。")


def _refuse_section(code: str, typed: Typed, table: Mapping[str, tuple[Indicator, list[Indicator]]]) -> None:
    if code not in table:
        raise FindingRefused(code, "指标表里没有这一部分，请刷新页面再填。")
    staffing = STAFFING_CENTI if indicators.STAFFING.startswith(code) else 0
    points = table[code][0].points_centi or 0
    if typed.deleted_centi + typed.lost_centi > points - staffing or typed.deleted_centi >= points:
        less = "（不含 5.1.2.2 的 5 分）" if staffing else ""
        raise FindingRefused(code, f"删减和扣分合计超过了这一部分的分值{less}，请核对。")


def _section(
    top: Indicator,
    leaves: Sequence[Indicator],
    findings: Mapping[str, AssessmentFinding],
    typed: AssessmentSection | None,
    staffing: ratio.Staffing | None,
) -> Section:
    points = top.points_centi or 0
    made = [_finding(leaf, findings.get(leaf.code), staffing) for leaf in leaves]
    by_clause = scoring.knows_points(points, made)
    missing = []
    without = [one.code for one in made if one.verdict is None and one.code != indicators.STAFFING]
    if without:
        missing.append(f"{top.code} {top.title}：还有 {len(without)} 条没有判断（{'、'.join(without)}）")
    has_staffing = any(one.code == indicators.STAFFING for one in made)
    if has_staffing and staffing is None:
        missing.append("5.1.2.2：自评日的花名册上没有服务管理人员，算不出配置")
    if not by_clause and typed is None:
        missing.append(f"{top.code} {top.title}：请填写整部分的删减和扣分")
    part = None
    if not missing and by_clause:
        part = scoring.part_by_clause(code=top.code, points_centi=points, findings=made)
    elif not missing and typed:
        lost = scoring.lost_by(_staffing_finding(STAFFING_CENTI, staffing)) if has_staffing else Fraction(0)
        part = scoring.part_as_typed(
            code=top.code, points_centi=points, typed=Typed(typed.deleted_centi, typed.lost_centi), staffing_lost=lost
        )
    shown = tuple((leaf, findings.get(leaf.code)) for leaf in leaves)
    return Section(top, shown, by_clause, typed, part, tuple(missing))


def _finding(leaf: Indicator, found: AssessmentFinding | None, staffing: ratio.Staffing | None) -> Finding:
    if leaf.code == indicators.STAFFING:
        return _staffing_finding(leaf.points_centi, staffing)
    if found is None:
        return Finding(leaf.code, leaf.points_centi, None)
    return Finding(leaf.code, leaf.points_centi, Verdict(found.verdict), found.samples, found.failed)


def _staffing_finding(points_centi: int | None, staffing: ratio.Staffing | None) -> Finding:
    """Judge 5.1.2.2 by the roster. Source: docs/rules/readiness.md, rule A5."""
    if staffing is None:
        return Finding(indicators.STAFFING, points_centi, None)
    if staffing.gap == 0:
        return Finding(indicators.STAFFING, points_centi, Verdict.MET)
    return Finding(indicators.STAFFING, points_centi, Verdict.PARTLY, staffing.required, staffing.gap)


def _frozen(stands: Standing, score: Score) -> dict[str, object]:
    return {
        "base_centi": score.base_centi,
        "specials": [{"trigger": one.get_trigger_display(), "fact": one.fact} for one in stands.specials],
        "has_bonus": score.has_bonus,
        "staffing": {"required": stands.staffing.required, "held": stands.staffing.held} if stands.staffing else None,
        "sections": [
            {
                "code": section.top.code,
                "title": section.top.title,
                "points_centi": section.top.points_centi,
                "by_clause": section.by_clause,
                "applicable_centi": round(section.part.applicable) if section.part else None,
                "earned_centi": round(section.part.earned) if section.part else None,
                "clauses": [
                    {
                        "code": leaf.code,
                        "title": leaf.title,
                        "points_centi": leaf.points_centi,
                        "verdict": found.get_verdict_display() if found else "按花名册计算",
                        "samples": found.samples if found else None,
                        "failed": found.failed if found else None,
                        "reason": found.reason if found else "",
                    }
                    for leaf, found in section.leaves
                ],
            }
            for section in stands.sections
        ],
    }
