"""Sign the tree: daily, after growth, and when somebody needs a proof now."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from certificates import checkpoints, keys, merkle
from certificates.logbook.sequencing import read, sequence
from certificates.models import LogState, TreeHead

DAILY = timedelta(days=1)
AFTER_GROWTH = timedelta(hours=1)


def origin() -> str:
    """Name our log: the site's address without its scheme, and the log's path."""
    return f"{settings.SITE_URL.partition('://')[2]}/certificates/log"


@transaction.atomic
def sign_head(*, now: datetime) -> TreeHead:
    """
    Sign the tree with all that was written so far; two asking within one second get the same head.

    Nothing may wait outside a signed tree: an honest entry whose sweep stood still would look back-dated.
    Source: docs/rules/certificates.md, rule N17.
    """
    now = now.replace(microsecond=0)
    while sequence(now=now):
        pass
    LogState.objects.get_or_create(pk=1)
    state = LogState.objects.select_for_update().get(pk=1)
    standing = TreeHead.objects.filter(signed_at=now).first()
    if standing:
        return standing
    key = keys.log_key()
    keys.remember_log_key(now=now)
    hashes = read(merkle.nodes_of(0, state.size))
    root = merkle.hash_range(0, state.size, hashes.__getitem__)
    head = checkpoints.Head(origin=origin(), size=state.size, root=root, at=now)
    note = checkpoints.sign(head, key)
    return TreeHead.objects.create(size=state.size, root=root.hex(), note=note, signed_at=now)


def sign_head_if_due(*, now: datetime) -> TreeHead | None:
    """
    Sign when the last head is a day old, or an hour old and the tree has grown; None if nothing is due.

    Source: docs/rules/certificates.md, rule N17.
    """
    latest = TreeHead.objects.order_by("-signed_at").first()
    state = LogState.objects.filter(pk=1).first()
    has_grown = state is not None and (latest is None or state.size > latest.size)
    age = DAILY if latest is None else now - latest.signed_at
    return sign_head(now=now) if age >= DAILY or (has_grown and age >= AFTER_GROWTH) else None
