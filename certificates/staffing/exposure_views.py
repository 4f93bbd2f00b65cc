"""The part of a key fix's page that is about companies."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from certificates import lost_passes
from certificates.staffing.exposure import MOST, exposures
from exams.models import KeyFix
from lms.http import UserRequest


@permission_required("certificates.view_certificate", raise_exception=True)
@require_safe
def staffing_exposure(request: UserRequest, pk: int) -> HttpResponse:
    """Say which companies' coverage rests on certificates that a key fix puts in doubt."""
    fix = get_object_or_404(KeyFix.objects.select_related("version__item"), pk=pk)
    certificates = list(lost_passes.effects_of(fix).at_risk)
    context = {
        "exposures": exposures(certificates=certificates, as_of=timezone.localdate()),
        "most": MOST,
        "header_title": "受影响的企业",
        "page_subtitle": f"{fix.version.item.code} 的答案更正",
    }
    name = "includes/exposure" if request.headers.get("HX-Request") else "exposure"
    return render(request, f"staffing/admin/{name}.html", context)
