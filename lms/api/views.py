"""What is no endpoint."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from lms.api import problems


@login_not_required
@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Answer for every other address under `/api/v1/`."""
    return problems.problem(404, "not_found", problems.NOT_FOUND)
