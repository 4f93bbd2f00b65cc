"""What Stripe posts to us."""

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import fulfilment, stripe_gateway, tasks
from payments.models import StripeEvent


@login_not_required
@csrf_exempt
@require_POST
@transaction.atomic
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Verify, store once, answer. The work is done after the commit, from the stored row. Source: money.md, rule P6."""
    try:
        event = stripe_gateway.read_event(body=request.body, signature=request.headers.get("Stripe-Signature", ""))
    except (stripe_gateway.BadSignature, stripe_gateway.BadEvent):
        return HttpResponse(status=400)
    now = timezone.now()
    stored, is_new = StripeEvent.objects.get_or_create(
        event_id=event.id,
        defaults={
            "kind": event.kind,
            "object_id": event.object_id,
            "payload": event.payload,
            "received_at": now,
            "next_try_at": now + fulfilment.FIRST_RETRY,
        },
    )
    if is_new or stored.handled_at is None:
        # Robust: the row is safe, so a task queue that is away must not make Stripe send it again. A lambda, not a
        # partial: on a failure Django logs the callback's __qualname__, and a partial has none.
        transaction.on_commit(lambda: tasks.handle_event.delay(stored.pk), robust=True)
    return HttpResponse()
