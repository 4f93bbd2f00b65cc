"""Receipts that buyers upload: a help for 财务, never a proof. Source: docs/rules/money.md, rule B2."""

from datetime import datetime

from django.db import transaction

from lms import private_files
from lms.errors import DomainError
from lms.users.models import User
from payments import history
from payments.models import Order, OrderEvent, TransferReceipt

MAX_BYTES = 5 * 1024 * 1024
MOST = 5  # of one order
MARKS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}


class BadReceipt(DomainError):
    message = "请上传 PDF、PNG 或 JPEG 格式的回单，不超过 5 MB。"


class TooMany(DomainError):
    message = f"一张订单最多上传 {MOST} 份回单。需要补充请联系客服。"


def add(*, order: Order, content: bytes, by: User, now: datetime) -> TransferReceipt:
    """
    Keep a receipt; its first bytes say what it is.

    Raises: BadReceipt, TooMany. Source: docs/rules/money.md, rule B2.
    """
    extension = next((name for mark, name in MARKS.items() if content.startswith(mark)), "")
    if not extension or len(content) > MAX_BYTES:
        raise BadReceipt
    with private_files.stored("receipts", {extension: content}) as names, transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=order.pk)
        if locked.receipts.count() >= MOST:
            raise TooMany
        made = TransferReceipt.objects.create(
            order=locked,
            file=names[extension],
            extension=extension,
            size=len(content),
            sha256=private_files.sha256(content),
            uploaded_at=now,
        )
        history.record(order=locked, kind=OrderEvent.Kind.TRANSFER_RECEIPT, actor=by, now=now)
    return made
