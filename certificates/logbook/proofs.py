"""Proofs that anybody can check without us: a leaf is in the tree, and the tree only grew."""

import base64
import json
from datetime import datetime
from typing import Any

from certificates import checkpoints, keys, merkle
from certificates.logbook import entries, heads
from certificates.logbook.sequencing import read
from certificates.models import Certificate, LogEntry, TreeHead
from lms.errors import DomainError


class NoSuchProof(DomainError):
    message = "公开日志里没有这一条，或还没有签过这么大的树。刚发生的变更一分钟内记入日志，请稍后再试。"


def inclusion(*, index: int, size: int) -> list[str]:
    """
    Return the hashes, in hex, that prove that leaf `index` is in the tree of `size`. Raises: NoSuchProof.

    Source: docs/rules/certificates.md, rule N19.
    """
    _refuse_unsigned(size)
    if not 0 <= index < size:
        raise NoSuchProof
    return _hashes(merkle.inclusion_ranges(index, size))


def consistency(*, old: int, new: int) -> list[str]:
    """
    Return the hashes, in hex, that prove that the tree of `new` begins with that of `old`. Raises: NoSuchProof.

    Source: docs/rules/certificates.md, rule N19.
    """
    _refuse_unsigned(old)
    _refuse_unsigned(new)
    if not 0 < old <= new:
        raise NoSuchProof
    return _hashes(merkle.consistency_ranges(old, new))


def bundle(*, certificate: Certificate, now: datetime) -> dict[str, Any]:
    """
    Return all that a certificate's holder needs to prove its history without us: facts, leaves, paths, signed trees.

    Signs the tree anew if the last change is not in a signed one. Raises: NoSuchProof if a leaf still waits.
    Source: docs/rules/certificates.md, rule N19.
    """
    leaves = list(LogEntry.objects.filter(change__certificate=certificate).order_by("change_id"))
    positions = [entry.position for entry in leaves if entry.position is not None]
    if not leaves or len(positions) < len(leaves):
        raise NoSuchProof
    head = TreeHead.objects.filter(size__gt=max(positions)).order_by("-signed_at").first()
    head = head or heads.sign_head(now=now)
    return {
        "origin": heads.origin(),
        "facts": entries.facts_of(certificate),
        "head": head.note,
        "leaves": [
            {
                "data": json.loads(entry.data),
                "index": entry.position,
                "path": inclusion(index=entry.position, size=head.size),
                "first_head": _first_head_after(entry),
            }
            for entry in leaves
            if entry.position is not None
        ],
        "keys": public_keys(),
    }


def public_keys() -> list[str]:
    """List the log's public keys, old ones too, in the form that monitors take."""
    return [checkpoints.verifier_key(heads.origin(), key) for key in keys.public_log_keys()]


def head_of(row: TreeHead) -> dict[str, Any]:
    """Write a signed head as JSON."""
    root = base64.b64encode(bytes.fromhex(row.root)).decode()
    return {"size": row.size, "root": root, "signed_at": row.signed_at.isoformat(), "note": row.note}


def _first_head_after(entry: LogEntry) -> str | None:
    """Return the first tree signed well after the change: it must have the leaf, or the change was back-dated."""
    first = (
        TreeHead.objects.filter(signed_at__gte=entry.change.changed_at + entries.GRACE).order_by("signed_at").first()
    )
    return first.note if first else None


def _refuse_unsigned(size: int) -> None:
    """Prove only about trees that we have put our name to."""
    if not TreeHead.objects.filter(size=size).exists():
        raise NoSuchProof


def _hashes(ranges: list[merkle.Range]) -> list[str]:
    hashes = read(node for start, end in ranges for node in merkle.nodes_of(start, end))
    return [merkle.hash_range(start, end, hashes.__getitem__).hex() for start, end in ranges]
