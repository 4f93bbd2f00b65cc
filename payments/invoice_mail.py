"""What buyers are told about their invoices. Queued in the transaction that changes the row; sent by a task."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from lms.users import outbox
from payments.models import InvoiceRequest

MAX_ATTACHED_BYTES = 3 * 1024 * 1024  # many mail servers refuse more than 10 MB, encoded and with headers
TYPES = {"PDF": "application/pdf", "OFD": "application/ofd", "XML": "application/xml"}


def tell(*, invoice: InvoiceRequest, event: str, files: Mapping[str, bytes], now: datetime) -> None:
    """
    Queue a mail to the address of the request: `event` is "issued" or "reversed". Small files travel with it.

    Source: docs/rules/money.md, rules F4 and F8.
    """
    is_red = event == "reversed"
    number = invoice.red_number if is_red else invoice.number
    is_attached = sum(map(len, files.values())) <= MAX_ATTACHED_BYTES
    url = settings.SITE_URL + reverse("payments:invoice_detail", args=[invoice.pk])
    context = {"invoice": invoice, "is_attached": is_attached and bool(files), "url": url}
    message = EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{'发票已红冲' if is_red else '电子发票'} {number}",
        render_to_string(f"payments/mail/invoice_{event}.txt", context),
        to=[invoice.email],
    )
    for form, content in files.items() if is_attached else ():
        message.attach(f"{number}.{form.lower()}", content, TYPES[form])
    outbox.queue(message=message, now=now)
