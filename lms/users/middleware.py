"""Two-factor for staff."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

GUARDED = ("/cms/", "/django-admin/")


class StaffTwoFactorMiddleware:
    """Send staff who have no second factor yet to set one up before they enter the back office."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(GUARDED) and request.user.is_authenticated and not is_mfa_enabled(request.user):
            messages.warning(request, "进入管理后台前，请先开启两步验证。")
            return redirect("mfa_activate_totp")
        return self.get_response(request)
