"""Give waiting leaves their places in the tree, one writer at a time."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from certificates import merkle
from certificates.models import LogEntry, LogNode, LogState

BATCH = 2000  # leaves under one lock; the next sweep goes on


@transaction.atomic
def sequence(*, now: datetime) -> int:
    """
    Append waiting entries to the tree in the order in which they were written; return how many.

    Issuing never waits for this: only sweeps take the lock. Source: docs/rules/certificates.md, rule N16.
    """
    LogState.objects.get_or_create(pk=1)
    state = LogState.objects.select_for_update().get(pk=1)
    waiting = list(LogEntry.objects.waiting()[:BATCH])
    if not waiting:
        return 0
    for position, entry in enumerate(waiting, start=state.size):
        entry.position, entry.sequenced_at = position, now
    nodes = grow({(0, entry.position): bytes.fromhex(entry.leaf) for entry in waiting if entry.position is not None})
    LogEntry.objects.bulk_update(waiting, ["position", "sequenced_at"], batch_size=200)
    LogNode.objects.bulk_create(
        [LogNode(level=level, index=index, hash=value.hex()) for (level, index), value in nodes.items()], batch_size=500
    )
    state.size += len(waiting)
    state.save()
    return len(waiting)


def grow(leaves: dict[merkle.Node, bytes]) -> dict[merkle.Node, bytes]:
    """Hash the subtrees that new leaves complete; what stood before is read once, in two queries."""
    new = [node for _, position in sorted(leaves) for node in merkle.completed_nodes(position)]
    lower = {child for level, index in new for child in ((level - 1, 2 * index), (level - 1, 2 * index + 1))}
    known = leaves | read(lower - leaves.keys() - set(new))
    made = {}
    for level, index in new:
        value = merkle.hash_node(known[level - 1, 2 * index], known[level - 1, 2 * index + 1])
        known[level, index] = made[level, index] = value
    return made


def read(nodes: Iterable[merkle.Node]) -> dict[merkle.Node, bytes]:
    """Read the hashes of complete subtrees, in at most two queries."""
    wanted, upper = set(nodes), Q(pk=None)
    leaves = [index for level, index in wanted if level == 0]
    for level, index in wanted:
        if level:
            upper |= Q(level=level, index=index)
    found: dict[merkle.Node, bytes] = {}
    if leaves:
        rows = LogEntry.objects.filter(position__in=leaves).values_list("position", "leaf")
        found |= {(0, position): bytes.fromhex(leaf) for position, leaf in rows if position is not None}
    if len(wanted) > len(leaves):
        above = LogNode.objects.filter(upper).values_list("level", "index", "hash")
        found |= {(level, index): bytes.fromhex(value) for level, index, value in above}
    return found
