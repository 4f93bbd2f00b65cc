"""Error pages. The 500 and 503 pages touch neither the session nor the database: either may be what failed."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from lms import outages

AWAY = "数据库暂时连不上，这次操作没有完成。请过半分钟再试；考试页面会自动再送。"
RETRY_AFTER_SECONDS = 5
JSON_ERRORS = {400: "请求格式不对。", 403: "没有权限。", 404: "没有找到。"}


def answer(request: HttpRequest, status: int, template: str) -> HttpResponse:
    """Answer with the error page, or with JSON to a client that asked for JSON."""
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"error": JSON_ERRORS[status]}, status=status)
    return render(request, template, status=status)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 400, "400.html")


@login_not_required
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403, "403.html")


@login_not_required
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404, "404.html")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, 403, "403_csrf.html")


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """
    Answer 503 if the database is away, which time mends; else 500. Django calls this where it caught the exception.

    Whoever does not ask for a page, as scripts of ours do not, is told of an outage in JSON.
    """
    error = sys.exc_info()[1]
    if not outages.is_outage(error):
        return HttpResponse(render_to_string("500.html"), status=500)
    outages.renew_connections(error)
    response: HttpResponse  # of either kind
    if "text/html" in request.headers.get("Accept", ""):
        response = HttpResponse(render_to_string("503.html"), status=503)
    else:
        response = JsonResponse({"message": AWAY}, status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
