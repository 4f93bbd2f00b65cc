"""What is no endpoint."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt

from lms.api import problems


@login_not_required
@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Answer for every other address under `/api/v1/`."""
    return problems.problem(404, "not_found", problems.NOT_FOUND)


def told(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let no answer be kept on its way, and tell an unknown method as a problem like everything else."""

    @wraps(view)
    def answer(request: HttpRequest, **kwargs: object) -> HttpResponse:
        response = view(request, **kwargs)
        patch_cache_control(response, no_store=True)  # it is about people
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        detail = f"这个地址只支持 {response['Allow']}。请对照 /api/v1/openapi.json。"
        return problems.problem(405, "not_allowed", detail, headers={"Allow": response["Allow"]})

    return answer
