"""Handing invoices to the service that the settings name, and what it answers back. docs/rules/money.md, rule F9."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import F, Q, QuerySet

from lms.errors import DomainError
from payments import invoices, invoicing
from payments.invoicing import Issued, ServiceUnavailable, Wanted
from payments.models import InvoiceRequest

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
BATCH = 50

log = structlog.get_logger(__name__)
Status = InvoiceRequest.Status


def send_due(*, now: datetime) -> int:
    """
    Ask the service for what is to be issued or reversed; return how many it did. People do the rest.

    Source: docs/rules/money.md, rule F9.
    """
    waiting = list(_due(now).order_by("next_try_at", "pk").values_list("pk", flat=True)[:BATCH])
    return sum(_send(pk, now) for pk in waiting)


def _due(now: datetime) -> QuerySet[InvoiceRequest]:
    """What is to be tried now, and what another service, or nobody, has left to people."""
    left = Q(next_try_at=None) & ~Q(left_by=settings.INVOICING_SERVICE)
    open_ = InvoiceRequest.objects.filter(status__in=[Status.REQUESTED, Status.REVERSING])
    return open_.filter(Q(next_try_at__lte=now) | left)


def _send(pk: int, now: datetime) -> bool:
    # Claimed before the work, so that two workers do not ask side by side and a crash waits its turn.
    if not _due(now).filter(pk=pk).update(tries=F("tries") + 1, next_try_at=now + FIRST_RETRY):
        return False
    invoice = InvoiceRequest.objects.select_related("order").get(pk=pk)
    is_red = invoice.status == Status.REVERSING
    service = invoicing.service()
    try:
        answer = (service.reverse if is_red else service.issue)(wanted(invoice))
        if answer is None:
            InvoiceRequest.objects.filter(pk=pk).update(  # a person's work from here
                next_try_at=None, left_by=settings.INVOICING_SERVICE
            )
            return False
        _take(invoice, answer, is_red=is_red, now=now)
    except (ServiceUnavailable, DomainError) as refusal:
        log.warning("invoicing service", invoice=pk, why=str(refusal))
        wait = min(FIRST_RETRY * 2 ** min(invoice.tries - 1, 12), LONGEST_RETRY)
        InvoiceRequest.objects.filter(pk=pk).update(next_try_at=now + wait, service_error=str(refusal)[:200])
        return False
    return True


def wanted(invoice: InvoiceRequest) -> Wanted:
    """Say what is to be issued, or reversed. Units: fen, tax included."""
    is_red = invoice.status == Status.REVERSING
    return Wanted(
        serial=f"{invoice.serial}-R" if is_red else invoice.serial,
        title=invoices.title_of(invoice),
        item=settings.INVOICE_ITEM,
        quantity=1,
        amount_fen=invoice.amount_fen,
        email=invoice.email,
        reverses=invoice.number,
        reason=invoice.reason,
    )


def _take(invoice: InvoiceRequest, answer: Issued, *, is_red: bool, now: datetime) -> None:
    verb = invoices.reverse if is_red else invoices.issue
    verb(invoice=invoice, by=None, number=answer.number, issued_on=answer.issued_on, files=answer.files, now=now)
