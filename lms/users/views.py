"""The account's own pages: profile and identity. Signing in and up, passwords and two-factor are allauth's."""

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from lms.users import identity as identities
from lms.users.forms import IdentityForm, NameForm
from lms.users.models import Consent, Identity, User

CONSENTS_SHOWN = 20


class UserRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware. lms.http has the site's own; it stands above this app."""

    user: User


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: UserRequest) -> HttpResponse:
    """Show the account at a glance; its 称呼 is changed right here, everything else on pages of its own."""
    form = NameForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "称呼已更新。")
        return redirect("users:profile")
    return render(
        request,
        "users/profile.html",
        {
            "form": form,
            "identity": _identity_of(request.user),
            "roles": request.user.groups.order_by("pk"),
            "consents": Consent.objects.of(request.user).order_by("-given_at")[:CONSENTS_SHOWN],
            "is_reminded": Consent.objects.of(request.user)
            .standing()
            .filter(purpose=Consent.Purpose.REMINDERS)
            .exists(),
            "has_two_factor": is_mfa_enabled(request.user, [Authenticator.Type.TOTP]),
        },
    )


@sensitive_post_parameters("id_number")
@require_http_methods(["GET", "HEAD", "POST"])
def identity(request: UserRequest) -> HttpResponse:
    """Show the identity, masked, with the form that records or corrects it."""
    if limited := ratelimit.consume_or_429(request, action="identity"):
        return limited
    known = _identity_of(request.user)
    form = IdentityForm(request.POST or None, initial={"real_name": known.real_name if known else ""})
    if request.method == "POST" and form.is_valid() and _record(request, form):
        messages.success(request, "实名信息已保存。")
        return redirect(_next(request) or "users:identity")
    return render(request, "users/identity.html", {"form": form, "identity": known, "next": _next(request)})


@require_POST
def identity_withdraw(request: UserRequest) -> HttpResponse:
    """Withdraw the consent, which deletes the identity."""
    try:
        identities.withdraw(user=request.user, now=timezone.now())
    except identities.IdentityLocked as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已撤回同意，实名信息已删除。需要考试时可以重新填写。")
    return redirect("users:profile")


def _identity_of(user: User) -> Identity | None:
    return Identity.objects.filter(user=user).first()


def _record(request: UserRequest, form: IdentityForm) -> bool:
    try:
        identities.record(
            user=request.user,
            real_name=form.cleaned_data["real_name"],
            id_number=form.cleaned_data["id_number"],
            consent_version=identities.CONSENT_VERSION,
            ip=get_adapter(request).get_client_ip(request),
            now=timezone.now(),
        )
    except identities.NumberTaken as refusal:
        form.add_error("id_number", str(refusal))
    except identities.IdentityLocked as refusal:
        form.add_error(None, str(refusal))
    else:
        return True
    return False


def _next(request: HttpRequest) -> str:
    """Return where the person came from, if that is a page of this site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=settings.PRODUCTION)
    return target if is_ours else ""
