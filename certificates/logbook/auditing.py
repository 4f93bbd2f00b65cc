"""Go through everything: rows without leaves, leaves that contradict rows, trees that no longer grow from the old."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from certificates import checkpoints, keys, merkle
from certificates.logbook import heads
from certificates.logbook.entries import GRACE, is_altered
from certificates.models import Certificate, LogEntry, LogNode, LogState, StatusChange, TreeHead


@dataclass(frozen=True)
class Finding:
    """Something that the log and the register do not agree about: a kind, where, and a Chinese sentence."""

    kind: str
    where: str
    text: str


def audit() -> Iterator[Finding]:
    """
    Rebuild the tree from the leaves and compare it with every signed head and with the register, row by row.

    Memory grows with the number of heads, not of leaves. Source: docs/rules/certificates.md, rule N18.
    """
    yield from _register()
    yield from _tree()


def _register() -> Iterator[Finding]:
    for certificate in Certificate.objects.filter(changes=None).only("number").iterator():
        yield Finding("MISSING", certificate.number, "登记簿里有这张证书，却没有签发记录。")
    for change in StatusChange.objects.filter(log_entry=None).select_related("certificate").iterator():
        yield Finding("MISSING", change.certificate.number, f"状态变更（{change.to_status}）没有记入公开日志。")
    last: StatusChange | None = None
    changes = StatusChange.objects.select_related("certificate").order_by("certificate_id", "pk")
    for change in changes.iterator():
        if last and last.certificate_id != change.certificate_id:
            yield from _status(last)
        last = change
    if last:
        yield from _status(last)


def _status(last: StatusChange) -> Iterator[Finding]:
    if last.certificate.status != last.to_status:
        yield Finding("ALTERED", last.certificate.number, "登记状态与最后一次变更不同。")


def _tree() -> Iterator[Finding]:
    signed = list(TreeHead.objects.order_by("signed_at"))
    yield from _signatures(signed)
    roots = {head.size: head.root for head in signed}
    dates = [(head.signed_at - GRACE, head.size) for head in signed]
    stack: list[tuple[int, bytes]] = []  # complete subtrees, by level, as a counter in base two
    size = 0
    if 0 in roots and roots[0] != merkle.EMPTY_ROOT.hex():
        yield Finding("TREE", "0", "空树的签名与内容不符。")
    entries = (
        LogEntry.objects.exclude(position=None).order_by("position").select_related("change__certificate__template")
    )
    for entry in entries.iterator():
        if entry.position != size:
            yield Finding("TREE", str(size), "公开日志缺少这个序号。")
            return
        yield from _leaf(entry, size, dates)
        _push(stack, merkle.hash_leaf(entry.data.encode()))
        size += 1
        if size in roots and roots[size] != _root(stack).hex():
            yield Finding("TREE", str(size), "公开日志在签名之后被改动过：算出的根哈希与签过的不同。")
    if signed and max(roots) > size:
        yield Finding("TREE", str(size), "公开日志比签过的树短：有记录被删除。")
    yield from _stored(size)


def _leaf(entry: LogEntry, position: int, dates: list[tuple[datetime, int]]) -> Iterator[Finding]:
    number = entry.change.certificate.number
    if is_altered(entry, entry.change.certificate):
        yield Finding("ALTERED", number, "登记簿与公开日志的内容不同。")
    if any(entry.change.changed_at <= date and position >= covered for date, covered in dates):
        yield Finding("BACKDATED", number, "记录的日期早于它真正进入公开日志的时间。")


def _push(stack: list[tuple[int, bytes]], leaf: bytes) -> None:
    """Add a leaf, merging subtrees of one height."""
    stack.append((0, leaf))
    while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
        (level, right), (_, left) = stack.pop(), stack.pop()
        stack.append((level + 1, merkle.hash_node(left, right)))


def _stored(size: int) -> Iterator[Finding]:
    state = LogState.objects.filter(pk=1).first()
    if (state.size if state else 0) != size:
        yield Finding("TREE", str(size), "公开日志的条数与登记的不同。")
    if LogNode.objects.count() != size - size.bit_count():
        yield Finding("TREE", str(size), "保存的中间哈希的个数不对。")


def _signatures(signed: list[TreeHead]) -> Iterator[Finding]:
    public = keys.public_log_keys()
    for head in signed:
        read = [found for key in public if (found := checkpoints.verify(head.note, key))]
        if not read or (read[0].size, read[0].root.hex(), read[0].origin) != (head.size, head.root, heads.origin()):
            yield Finding("HEAD", str(head.size), f"{head.signed_at:%Y-%m-%d %H:%M:%S} 的树头签名不对。")


def _root(stack: list[tuple[int, bytes]]) -> bytes:
    *rest, (_, whole) = stack
    for _, left in reversed(rest):
        whole = merkle.hash_node(left, whole)
    return whole
