"""Who may enter the back office, and how."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from lms.users.roles import ENTER

BACK_OFFICE, REPAIRS = "/cms/", "/django-admin/"
# Login forms that Wagtail and Django bring along and that know nothing of the second factor.
SIDE_DOORS = ("/cms/login/", "/django-admin/login/")


class StaffTwoFactorMiddleware:
    """
    Let into the back office only staff with a second factor; those who have none yet are sent to set one up.

    Everybody signs in through allauth, which asks for the second factor: the side doors lead there. Django's own admin
    is for superusers' repairs.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith((BACK_OFFICE, REPAIRS)):
            refusal = self.refuse(request)
            if refusal:
                return refusal
        return self.get_response(request)

    def refuse(self, request: HttpRequest) -> HttpResponse | None:
        """Return the answer that keeps this visitor out, or None for a visitor who may enter."""
        user = request.user
        if not user.is_authenticated:
            target = request.GET.get("next", BACK_OFFICE) if request.path in SIDE_DOORS else request.get_full_path()
            return redirect_to_login(target)
        if request.path in SIDE_DOORS:
            return redirect(BACK_OFFICE)
        is_allowed = user.is_superuser if request.path.startswith(REPAIRS) else user.has_perm(ENTER)
        if not is_allowed:
            raise PermissionDenied
        if not is_mfa_enabled(user, [Authenticator.Type.TOTP]):
            messages.warning(request, "进入管理后台前，请先开启两步验证。")
            return redirect("mfa_activate_totp")
        return None
