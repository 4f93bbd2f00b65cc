"""A company's forecast with its what-ifs, and the plan that closes its gap. Both only read."""

from datetime import date
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from certificates.staffing import companies, live
from certificates.staffing.live import LiveRoster
from certificates.staffing.planning import outlook, plan, schedule
from certificates.staffing.planning.forms import MOST_CHANGES, ChangeForm, PlanForm
from certificates.staffing.readiness import cycles
from lms.http import UserRequest

SPANS_PER_PAGE = 30


@require_safe
def plan_forecast(request: UserRequest, pk: int) -> HttpResponse:
    """Show the 36 months ahead as a chart and a table, with suppositions from the address."""
    company, member = companies.for_user(request.user, pk)
    today = timezone.localdate()
    roster = live.roster_of(companies=[company.pk])
    forms = _change_forms(request, roster, today)
    is_asked = any(form.is_bound for form in forms)
    changes = [change for form in forms if form.is_bound and form.is_valid() and (change := form.change())]
    context: dict[str, object] = {
        "company": company,
        "member": member,
        "today": today,
        "forms": forms,
        "form_count": len(forms),
        "may_add": len(forms) < MOST_CHANGES,
        "has_errors": is_asked and any(form.errors for form in forms),
        "changes": changes,
    }
    if any(person.is_ever_manager for person in roster.people):
        audits = cycles.audits_ahead(company=company, today=today)
        seen = outlook.look_ahead(roster=roster, audits=audits, as_of=today, changes=changes)
        page = Paginator(seen.line, SPANS_PER_PAGE).get_page(request.GET.get("page"))
        kept = {name: value for name, value in request.GET.items() if name != "page" and value}
        context |= {
            "seen": seen,
            "page_obj": page,
            "spans": seen.reasons(page.object_list),
            "query": f"{urlencode(kept)}&" if kept else "",
        }
    return render(request, "staffing/plan_forecast.html", context)


def _change_forms(request: HttpRequest, roster: LiveRoster, today: date) -> list[ChangeForm]:
    """Return as many forms as the address fills in, and one more if that was asked for."""
    filled = [n for n in range(MOST_CHANGES) if request.GET.get(f"c{n}-kind")]
    count = min(MOST_CHANGES, max([1, *(n + 1 for n in filled)]) + ("more" in request.GET))
    return [
        ChangeForm(request.GET if n in filled else None, roster=roster, as_of=today, prefix=f"c{n}")
        for n in range(count)
    ]


@require_safe
def plan_detail(request: UserRequest, pk: int) -> HttpResponse:
    """Show the plan that closes the first gap: who, how many seats, what it costs, by when each step."""
    company, member = companies.for_user(request.user, pk)
    now = timezone.now()
    today = timezone.localdate(now)
    form = PlanForm(request.GET if request.GET else None, as_of=today)
    wanted, hours = None, schedule.HOURS_PER_WEEK
    if form.is_bound and form.is_valid():
        wanted, hours = form.cleaned_data["due"], form.cleaned_data["hours"] or hours
    roster = live.roster_of(companies=[company.pk])
    context: dict[str, object] = {"company": company, "member": member, "form": form, "today": today}
    if any(person.is_ever_manager for person in roster.people):
        audits = cycles.audits_ahead(company=company, today=today)
        seen = outlook.look_ahead(roster=roster, audits=audits, as_of=today)
        made = plan.make(roster=roster, line=seen.line, audits=audits, now=now, hours_per_week=hours, wanted=wanted)
        context |= {"seen": seen, "plan": made}
    return render(request, "staffing/plan_detail.html", context)
