"""Where a company has changes sent: addresses, their secrets, what became of each delivery. Owners only."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from certificates.staffing import companies, webhooks
from certificates.staffing.models import Member, WebhookDelivery, WebhookEndpoint
from certificates.staffing.webhook_forms import EndpointForm
from lms.errors import DomainError
from lms.http import UserRequest

OWNER = Member.Role.OWNER
DELIVERIES_PER_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def webhook_list(request: UserRequest, pk: int) -> HttpResponse:
    """List the addresses; register one and show its secret, in this answer and never again."""
    company, member = companies.for_user(request.user, pk, role=OWNER)
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = webhooks.make(company=company, **form.cleaned_data, by=request.user, now=timezone.now())
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            return _detail(request, company.pk, made.pk, secret=secret)
    endpoints = WebhookEndpoint.objects.of(company).order_by("pk")[: webhooks.MAX_ENDPOINTS]
    context = {"company": company, "member": member, "form": form, "endpoints": endpoints}
    return render(request, "staffing/webhook_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def webhook_detail(request: UserRequest, pk: int, endpoint_pk: int) -> HttpResponse:
    """Show an address with the log of its deliveries; change it."""
    endpoint = _endpoint(request, pk, endpoint_pk)
    form = None
    if request.method == "POST":
        form = EndpointForm(request.POST)
        if form.is_valid():
            try:
                webhooks.change(endpoint=endpoint, **form.cleaned_data, now=timezone.now())
            except DomainError as refusal:
                _refuse(form, refusal)
            else:
                messages.success(request, "已保存，从现在起按新的设置推送。")
                return redirect("staffing:webhook_detail", pk, endpoint_pk)
    return _detail(request, pk, endpoint_pk, form=form)


@require_POST
@never_cache
def webhook_rotate(request: UserRequest, pk: int, endpoint_pk: int) -> HttpResponse:
    """Give an address a new secret and show it, in this answer and never again."""
    secret = webhooks.rotate(endpoint=_endpoint(request, pk, endpoint_pk), now=timezone.now())
    return _detail(request, pk, endpoint_pk, secret=secret)


@require_POST
def webhook_ping(request: UserRequest, pk: int, endpoint_pk: int) -> HttpResponse:
    """Send a test."""
    endpoint = _endpoint(request, pk, endpoint_pk)
    try:
        webhooks.ping(endpoint=endpoint, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "测试已发出，结果在下面的推送记录里，几秒后刷新查看。")
    return redirect("staffing:webhook_detail", pk, endpoint_pk)


@require_POST
def webhook_disable(request: UserRequest, pk: int, endpoint_pk: int) -> HttpResponse:
    """Send nothing to an address any more."""
    endpoint = _endpoint(request, pk, endpoint_pk)
    try:
        webhooks.disable(endpoint=endpoint, why=WebhookEndpoint.DisabledWhy.OWNER, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已停用，以后的事不再推送到这个地址。")
    return redirect("staffing:webhook_detail", pk, endpoint_pk)


@require_POST
def webhook_enable(request: UserRequest, pk: int, endpoint_pk: int) -> HttpResponse:
    """Let an address hear of what happens from now on."""
    endpoint = _endpoint(request, pk, endpoint_pk)
    try:
        webhooks.enable(endpoint=endpoint, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已启用，从现在起的事推送到这个地址。停用期间的变化请用接口核对。")
    return redirect("staffing:webhook_detail", pk, endpoint_pk)


@require_POST
def webhook_delete(request: UserRequest, pk: int, endpoint_pk: int) -> HttpResponse:
    """Forget an address with its log."""
    webhooks.delete(endpoint=_endpoint(request, pk, endpoint_pk))
    messages.success(request, "推送地址和它的记录已删除。")
    return redirect("staffing:webhook_list", pk)


@require_POST
def webhook_resend(request: UserRequest, pk: int, delivery_pk: int) -> HttpResponse:
    """Send something once more."""
    company, _ = companies.for_user(request.user, pk, role=OWNER)
    delivery = get_object_or_404(WebhookDelivery.objects.of(company), pk=delivery_pk)
    try:
        webhooks.send_again(delivery=delivery, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已重新排队，几秒后刷新查看。")
    return redirect("staffing:webhook_detail", pk, delivery.endpoint_id)


def _endpoint(request: UserRequest, pk: int, endpoint_pk: int) -> WebhookEndpoint:
    company, _ = companies.for_user(request.user, pk, role=OWNER)
    return get_object_or_404(WebhookEndpoint.objects.of(company), pk=endpoint_pk)


def _detail(
    request: UserRequest, pk: int, endpoint_pk: int, *, form: EndpointForm | None = None, secret: str = ""
) -> HttpResponse:
    company, member = companies.for_user(request.user, pk, role=OWNER)
    endpoint = get_object_or_404(WebhookEndpoint.objects.of(company), pk=endpoint_pk)
    rows = endpoint.deliveries.select_related("event").order_by("-queued_at", "-pk")
    page = Paginator(rows, DELIVERIES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "company": company,
        "member": member,
        "endpoint": endpoint,
        "form": form or EndpointForm(initial={"url": endpoint.url, "events": endpoint.events}),
        "secret": secret,
        "page_obj": page,
        "lines": [(delivery, webhooks.body_of(delivery.event)) for delivery in page],
        "now": timezone.now(),
    }
    return render(request, "staffing/webhook_detail.html", context)


def _refuse(form: EndpointForm, refusal: DomainError) -> None:
    is_address = isinstance(refusal, webhooks.BadDestination | webhooks.AddressTaken)
    form.add_error("url" if is_address else None, str(refusal))
