"""The link that many may follow: open it, see it again, withdraw it."""

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from courses.models import SeatBatch, SeatLink
from courses.seats import refusals, tokens
from lms.users import vault
from lms.users.models import User


@transaction.atomic
def open_link(*, batch: SeatBatch, places: int, valid_until: date, by: User | None = None, now: datetime) -> SeatLink:
    """
    Open the batch's invitation link for so many people until the end of that day.

    Raises: LinkOpen, BadLink. Source: docs/rules/seats.md, rule S4.
    """
    locked = SeatBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if locked.links.filter(withdrawn_at=None).exists():
        raise refusals.LinkOpen
    today = timezone.localdate(now)
    free = locked.seats.free().filter(expires_on__gte=today)
    last = free.order_by("-expires_on").values_list("expires_on", flat=True).first()
    if last is None or not 1 <= places <= free.count() or not today <= valid_until <= last:
        raise refusals.BadLink
    token = tokens.new_token()
    return SeatLink.objects.create(
        batch=locked,
        token_hash=tokens.hash_of(token),
        token_cipher=vault.encrypt(token),
        places=places,
        valid_until=valid_until,
        opened_at=now,
        opened_by=by,
    )


@transaction.atomic
def withdraw_link(*, link: SeatLink, by: User | None = None, now: datetime) -> SeatLink:
    """
    Let nobody follow the link any more; who came by it stays. Raises: LinkWithdrawn.

    Source: docs/rules/seats.md, rule S4.
    """
    locked = SeatLink.objects.select_for_update().get(pk=link.pk)
    if locked.withdrawn_at:
        raise refusals.LinkWithdrawn
    locked.withdrawn_at, locked.withdrawn_by = now, by
    locked.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return locked


def address(link: SeatLink) -> str:
    """Return the full address that the link's QR code holds."""
    return settings.SITE_URL + reverse("courses:seat_claim", args=[vault.decrypt(link.token_cipher)])
