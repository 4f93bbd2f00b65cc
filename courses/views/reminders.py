"""The weekly reminder: switched on and off by its learner, and switched off by the link in the mail."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from courses import reminders
from lms.http import UserRequest


@require_POST
def reminder_setting(request: UserRequest) -> HttpResponse:
    """Switch the reminder on (`on=1`) or off, and come back to where that was asked."""
    if request.POST.get("on"):
        ip = get_adapter(request).get_client_ip(request)
        reminders.switch_on(learner=request.user, ip=ip, now=timezone.now())
        messages.success(request, "每周提醒已打开。一周没有学习时发一封邮件，随时可以关闭。")
    else:
        reminders.switch_off(learner=request.user, now=timezone.now())
        messages.success(request, "每周提醒已关闭，不会再发。")
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if is_ours else "users:profile")


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the token is the proof
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def reminder_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Unsubscribe by the link of a mail. Opening it changes nothing: mail gateways open links. docs: rule L25."""
    try:
        learner = reminders.learner_by(token)
    except reminders.LinkInvalid as refusal:
        return render(request, "courses/reminder_stop.html", {"refusal": str(refusal)}, status=404)
    if request.method == "POST":
        reminders.switch_off(learner=learner, now=timezone.now())
    return render(request, "courses/reminder_stop.html", {"is_on": reminders.is_on(learner)})
