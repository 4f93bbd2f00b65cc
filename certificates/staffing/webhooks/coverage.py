"""See when a company's coverage breaks, and when it is whole again. Source: docs/rules/api.md, rules I11 and I12."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, IntegerField, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from certificates.staffing import checks, ratio
from certificates.staffing.models import Company, CoverageWatch, PersonCertificate, WebhookEvent
from certificates.staffing.webhooks import events, news

Kind = WebhookEvent.Kind
COMPANIES_A_ROUND = 20  # each a full check of its roster


def watch(*, now: datetime) -> int:
    """
    Look again at every listening company where something moved since; return how many. May run twice.

    Source: docs/rules/api.md, rule I12.
    """
    listening = news.listening([Kind.COVERAGE_BREACHED, Kind.COVERAGE_RESTORED])
    if not listening:
        return 0
    today = timezone.localdate(now)
    seen = dict(CoverageWatch.objects.filter(company__in=listening).values_list("company", "fingerprint"))
    moved = [
        (company, fingerprint)
        for company, fingerprint in _fingerprints(listening, today)
        if seen.get(company) != fingerprint
    ]
    for company, fingerprint in moved[:COMPANIES_A_ROUND]:
        _look(listening[company], fingerprint, before=seen.get(company), now=now)
    return min(len(moved), COMPANIES_A_ROUND)


def _look(company: Company, fingerprint: str, *, before: str | None, now: datetime) -> None:
    """Check outside of any lock, then write if nobody else has looked meanwhile. The first look tells nothing."""
    try:
        staffing = checks.check_company(company=company, as_of=timezone.localdate(now)).staffing
    except ratio.NoManagers:
        staffing = None
    is_covered = None if staffing is None else staffing.gap == 0
    with transaction.atomic():
        row, is_new = CoverageWatch.objects.select_for_update().get_or_create(
            company=company, defaults={"fingerprint": fingerprint, "is_covered": is_covered, "looked_at": now}
        )
        if is_new or row.fingerprint != before:
            return
        was_covered = row.is_covered
        row.fingerprint, row.looked_at = fingerprint, now
        if is_covered is not None:
            row.is_covered = is_covered
        row.save()
        if staffing and was_covered is not None and was_covered != is_covered:
            events.emit(
                company=company,
                kind=Kind.COVERAGE_RESTORED if is_covered else Kind.COVERAGE_BREACHED,
                data=_facts(staffing),
                now=now,
            )


def _facts(staffing: ratio.Staffing) -> dict[str, object]:
    """Name the figures as the interface does."""
    return {
        "as_of": staffing.as_of.isoformat(),
        "rule_version": ratio.RULE_VERSION,
        "managers": staffing.managers,
        "required": staffing.required,
        "held": staffing.held,
        "gap": staffing.gap,
        "points": staffing.points_centi / 100,
        "worst_points": staffing.worst_points_centi / 100,
    }


def _fingerprints(companies: dict[int, Company], today: date) -> list[tuple[int, str]]:
    """Return, in one query, what of each company would make another answer likely: day, roster, links, certificates."""
    links = PersonCertificate.objects.filter(person__company=OuterRef("pk")).order_by()
    rows = (
        Company.objects.filter(pk__in=companies)
        .annotate(
            links=_figure(links, Count("pk")),
            ended=_figure(links.filter(ended_at__isnull=False), Count("pk")),
            change=_figure(links.filter(ended_at=None), Max("certificate__changes__pk")),
        )
        .order_by("pk")
        .values_list("pk", "roster_revision", "links", "ended", "change")
    )
    return [(pk, f"{today} {revision} {linked} {ended} {change}") for pk, revision, linked, ended, change in rows]


def _figure(links: QuerySet[PersonCertificate], figure: Count | Max) -> Coalesce:
    rows = links.values("person__company").annotate(figure=figure).values("figure")
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)
