"""A person's own side: agree, decline, see which companies may see what, withdraw."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from certificates.staffing import links
from certificates.staffing.models import PersonInvitation
from certificates.staffing.person_forms import ConsentForm
from lms.errors import DomainError
from lms.http import UserRequest

CONSENTS_PER_PAGE = 20


def consent_give(request: UserRequest, token: str) -> HttpResponse:
    """Show what a company would see, and take the person's yes or no."""
    now = timezone.now()
    invitation = links.find(token=token, now=now)
    is_mine = invitation is not None and invitation.email == request.user.email.lower()
    is_no = request.POST.get("do") == "decline"
    form = ConsentForm(request.POST if request.method == "POST" and not is_no else None)
    if request.method == "POST" and (is_no or form.is_valid()):
        verb = links.decline if is_no else links.agree
        try:
            verb(token=token, by=request.user, now=now)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "已回复不同意，企业看不到你的资料。" if is_no else "已同意，随时可以在这里撤回。")
        return redirect("staffing:consent_list")
    context = {"invitation": invitation, "is_mine": is_mine, "form": form, "consent": links.CONSENT}
    return render(request, "staffing/consent_give.html", context)


@require_safe
def consent_list(request: UserRequest) -> HttpResponse:
    """List the companies that this person agreed to."""
    mine = PersonInvitation.objects.filter(user=request.user, accepted_at__isnull=False)
    page = Paginator(
        mine.select_related("person__company").order_by("-accepted_at", "-pk"), CONSENTS_PER_PAGE
    ).get_page(request.GET.get("page"))
    return render(request, "staffing/consent_list.html", {"page_obj": page, "consent": links.CONSENT})


@require_POST
def consent_withdraw(request: UserRequest, pk: int) -> HttpResponse:
    """Take a consent back."""
    invitation = get_object_or_404(PersonInvitation, user=request.user, accepted_at__isnull=False, pk=pk)
    try:
        links.withdraw(invitation=invitation, now=timezone.now())
        messages.success(request, "已撤回，企业不再看到你的证书和进度。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("staffing:consent_list")
