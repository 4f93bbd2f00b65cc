"""The public calculator, and the same one for other sites to embed. docs/rules/planning.md, rule F9."""

from urllib.parse import urlencode

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from certificates.staffing import ratio
from certificates.staffing.forms import CALCULATORS
from certificates.staffing.planning import plan, schedule


@login_not_required
@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """Answer "how many do we need?" for typed counts; the address holds the question, so it can be shared."""
    embed_url = request.build_absolute_uri(reverse("staffing:calculator_embed"))
    return render(request, "staffing/calculator.html", _context(request) | {"embed_url": embed_url})


@login_not_required
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
@require_safe
def calculator_embed(request: HttpRequest) -> HttpResponse:
    """Answer the same inside another site: no header, no account, no cookie set. The only page that may be framed."""
    return HttpResponse(render_to_string("staffing/calculator_embed.html", _context(request)))


def _context(request: HttpRequest) -> dict[str, object]:
    by = _way(request)
    form_class = CALCULATORS[by]
    is_asked = any(name in request.GET for name in form_class.base_fields)
    form = form_class(request.GET) if is_asked else form_class()
    context: dict[str, object] = {
        "form": form,
        "by": by,
        "ways": [(key, one.title) for key, one in CALCULATORS.items()],
    }
    if is_asked and form.is_valid():
        query = urlencode({"by": by} | {name: request.GET[name] for name in form.fields})
        context |= _answer(managers=form.manager_count(), held=form.cleaned_data["held"])
        context["share_url"] = request.build_absolute_uri(f"{reverse('staffing:calculator')}?{query}")
    return context


def _answer(*, managers: int, held: int) -> dict[str, object]:
    """Return the figures, what closing the gap costs, and how long it takes from today on."""
    required = ratio.required_for(managers)
    gap = max(0, required - held)
    course = plan.course_on_sale()
    pace = plan.pace_of(course=course, exam=plan.exam_of(course), hours_per_week=schedule.HOURS_PER_WEEK)
    return {
        "managers": managers,
        "required": required,
        "held": held,
        "gap": gap,
        "points_centi": ratio.points_centi(held=held, required=required),
        "worst_points_centi": ratio.worst_points_centi(held=held, required=required),
        "course": course,
        "cost_fen": gap * course.price_fen if course else None,
        "pace": pace,
        "earliest": schedule.earliest(timezone.localdate(), pace),
    }


def _way(request: HttpRequest) -> str:
    """Tell which calculator is asked: by name, or by the first field that only it has."""
    by = request.GET.get("by", "")
    if by in CALCULATORS:
        return by
    return next((way for way, form in CALCULATORS.items() if next(iter(form.base_fields)) in request.GET), "layers")
