"""Error pages. The 500 page touches neither the session nor the database: either may be what failed."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

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
