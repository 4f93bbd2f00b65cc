"""What the rule says of the roster: today or on a day, and over the 36 months ahead."""

from datetime import date
from typing import Literal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema

from certificates.staffing import checks, live, ratio
from certificates.staffing.answers import CompanyAnswer
from certificates.staffing.models import Company, Site
from certificates.staffing.planning import outlook, timeline
from certificates.staffing.readiness import cycles
from lms.api.auth import ApiRequest, TokenAuth
from lms.api.fields import Day, Page, Paging, Pk, cut

router = Router(tags=["检查与预测"])
Shown = Literal["certified", "counted", "not_counted", "managers", "contested"]


class SiteOut(Schema):
    """What one site has; `reference` is 10 % of its own managers, for information only."""

    id: int | None
    name: str
    managers: int
    held: int
    reference: int


class CheckOut(Schema):
    """The answer on a day. `first_breach` is the first day on which too few are held, null if none is in sight."""

    as_of: date
    rule_version: str
    roster_sha256: str
    managers: int
    required: int
    held: int
    gap: int
    points: float
    worst_points: float
    first_breach: date | None
    first_breach_causes: list[str]
    externals: int
    sites: list[SiteOut]


class CheckedPersonOut(Schema):
    """One person with the reason."""

    person_id: int
    name: str
    staff_number: str
    department: str
    site: str
    is_manager: bool
    is_counted: bool
    is_employed: bool
    is_contested: bool
    has_external: bool
    outcome: str
    reason: str
    certificate_number: str


class CheckedPeople(Page):
    as_of: date
    items: list[CheckedPersonOut]


class SpanOut(Schema):
    """Days on which no figure changes, both ends included, and what began them."""

    first: date
    last: date
    managers: int
    required: int
    held: int
    gap: int
    causes: list[str]


class AuditOut(Schema):
    """An audit day; `gap` on that day and on the last day to which it may be put off, null beyond the forecast."""

    name: str
    day: date
    latest: date | None
    gap: int | None
    latest_gap: int | None


class ForecastOut(Page):
    as_of: date
    rule_version: str
    horizon_months: int
    first_breach: date | None
    people_needed: int
    audits: list[AuditOut]
    items: list[SpanOut]


@router.get("/check", auth=TokenAuth("check:read"), response=CheckOut, summary="检查结论（check:read）")
def check_detail(request: ApiRequest, as_of: Day | None = None, site: Pk | None = None) -> dict[str, object]:
    """Judge the company, or one of its sites with all below it, on a day; today if none is given."""
    answer = _answer(request.auth.company, as_of, site)
    staffing, breach = answer.staffing, answer.staffing.breach
    return {
        "as_of": staffing.as_of,
        "rule_version": ratio.RULE_VERSION,
        "roster_sha256": answer.roster.sha256(),
        "managers": staffing.managers,
        "required": staffing.required,
        "held": staffing.held,
        "gap": staffing.gap,
        "points": staffing.points_centi / 100,
        "worst_points": staffing.worst_points_centi / 100,
        "first_breach": breach.day if breach else None,
        "first_breach_causes": list(breach.causes) if breach else [],
        "externals": answer.externals,
        "sites": [
            {
                "id": one.site_pk,
                "name": one.name,
                "managers": one.managers,
                "held": one.held,
                "reference": one.reference,
            }
            for one in answer.sites()
        ],
    }


@router.get(
    "/check/people", auth=TokenAuth("check:read"), response=CheckedPeople, summary="每个人计不计入（check:read）"
)
def check_people(
    request: ApiRequest,
    paging: Query[Paging],
    as_of: Day | None = None,
    site: Pk | None = None,
    show: Shown = "certified",
) -> dict[str, object]:
    """Name who is counted, who is not, and why."""
    answer = _answer(request.auth.company, as_of, site)
    wanted = [
        one
        for one in answer.people
        if {
            "certified": bool(one.certificate_number) or one.has_external,
            "counted": one.is_counted,
            "not_counted": bool(one.certificate_number) and not one.is_counted,
            "managers": one.is_manager,
            "contested": one.is_contested,
        }[show]
    ]
    rows, facts = cut(wanted, paging)
    items = [
        {
            "person_id": one.row.person_pk,
            "name": one.row.name,
            "staff_number": one.row.staff_number,
            "department": one.row.department,
            "site": one.row.site,
            "is_manager": one.is_manager,
            "is_counted": one.is_counted,
            "is_employed": one.is_employed,
            "is_contested": one.is_contested,
            "has_external": one.has_external,
            "outcome": one.verdict.outcome.value,
            "reason": one.reason,
            "certificate_number": one.certificate_number,
        }
        for one in rows
    ]
    return facts | {"as_of": answer.staffing.as_of, "items": items}


@router.get("/forecast", auth=TokenAuth("forecast:read"), response=ForecastOut, summary="36 个月预测（forecast:read）")
def forecast(request: ApiRequest, paging: Query[Paging]) -> dict[str, object]:
    """Cut the 36 months from today into spans, and say what the line means for each audit."""
    company, today = request.auth.company, timezone.localdate()
    roster = live.roster_of(companies=[company.pk])
    if not any(person.is_ever_manager for person in roster.people):
        raise ratio.NoManagers
    seen = outlook.look_ahead(roster=roster, audits=cycles.audits_ahead(company=company, today=today), as_of=today)
    rows, facts = cut(seen.line, paging)
    return facts | {
        "as_of": today,
        "rule_version": ratio.RULE_VERSION,
        "horizon_months": ratio.HORIZON_MONTHS,
        "first_breach": seen.short.first if seen.short else None,
        "people_needed": seen.needed,
        "audits": [
            {
                "name": one.name,
                "day": one.due.day,
                "latest": one.due.latest,
                "gap": one.span.gap if one.span else None,
                "latest_gap": one.latest_span.gap if one.latest_span else None,
            }
            for one in seen.audits
        ],
        "items": [_span(span, causes) for span, causes in seen.reasons(rows)],
    }


def _answer(company: Company, as_of: date | None, site: int | None) -> CompanyAnswer:
    day = as_of or timezone.localdate()
    if site is None:
        return checks.check_company(company=company, as_of=day)
    return checks.check_company(site=get_object_or_404(Site.objects.of(company), pk=site), as_of=day)


def _span(span: timeline.Span, causes: tuple[str, ...]) -> dict[str, object]:
    return {
        "first": span.first,
        "last": span.last,
        "managers": span.managers,
        "required": span.required,
        "held": span.held,
        "gap": span.gap,
        "causes": list(causes),
    }
