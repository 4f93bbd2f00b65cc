"""The tokens of a company: see, make, revoke. Owners only."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from certificates.staffing import api_tokens, companies
from certificates.staffing.api_forms import TokenForm
from certificates.staffing.models import ApiToken, Member
from lms.errors import DomainError
from lms.http import UserRequest

OWNER = Member.Role.OWNER
TOKENS_PER_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def api_token_list(request: UserRequest, pk: int) -> HttpResponse:
    """List the tokens; make one and show its secret, in this answer and never again."""
    company, member = companies.for_user(request.user, pk, role=OWNER)
    now, secret = timezone.now(), ""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = api_tokens.make(company=company, **form.cleaned_data, by=request.user, now=now)
            form = TokenForm()
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    rows = ApiToken.objects.of(company).select_related("made_by").order_by("-made_at", "-pk")
    page = Paginator(rows, TOKENS_PER_PAGE).get_page(request.GET.get("page"))
    live = set(ApiToken.objects.live(now).filter(pk__in=[one.pk for one in page]).values_list("pk", flat=True))
    context = {
        "company": company,
        "member": member,
        "form": form,
        "secret": secret,
        "page_obj": page,
        "live": live,
        "now": now,
    }
    return render(request, "staffing/api_token_list.html", context)


@require_POST
def api_token_revoke(request: UserRequest, pk: int, token_pk: int) -> HttpResponse:
    """Let a token open nothing any more."""
    company, _ = companies.for_user(request.user, pk, role=OWNER)
    token = get_object_or_404(ApiToken.objects.of(company), pk=token_pk)
    api_tokens.revoke(token=token, now=timezone.now())
    messages.success(request, f"令牌“{token.name}”已作废。")
    return redirect("staffing:api_token_list", pk=pk)
