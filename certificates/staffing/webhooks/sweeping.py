"""Send what a lost task, a dead broker or a silent receiver left behind. Source: docs/rules/api.md, rules I15-I16."""

from collections.abc import Callable
from datetime import datetime

from certificates.staffing.models import WebhookDelivery
from certificates.staffing.webhooks import deliveries, endpoints

DELIVERIES_A_ROUND = 50
REFUSALS_A_ROUND = 3  # each may cost sending.TOTAL_SECONDS; the rest waits for the next round


def send_due(*, clock: Callable[[], datetime]) -> int:
    """
    Send what is due, oldest first, and disable what has failed for too long; return how many endpoints refused.

    An endpoint that refused is left alone for this round.
    """
    rows = list(WebhookDelivery.objects.due(clock()).values_list("pk", "endpoint")[:DELIVERIES_A_ROUND])
    refused: set[int] = set()
    for pk, endpoint in rows:
        if endpoint in refused:
            continue
        if not deliveries.deliver(pk=pk, now=clock()):
            refused.add(endpoint)
        if len(refused) == REFUSALS_A_ROUND:
            break
    endpoints.disable_failing(now=clock())
    return len(refused)
