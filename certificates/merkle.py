"""
Merkle trees as in RFC 9162: hashes, and the proofs that a leaf is in a tree and that a tree only grew.

A tree of n leaves is made of complete subtrees, each named (level, index): (0, 5) is the sixth leaf, (3, 0) covers the
first eight. Whoever keeps those can prove anything by reading some 2·log2(n) of them.
Source: docs/rules/certificates.md, rule N16.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

Node = tuple[int, int]
Lookup = Callable[[Node], bytes]
Range = tuple[int, int]
EMPTY_ROOT = sha256().digest()


def hash_leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def completed_nodes(index: int) -> Iterator[Node]:
    """Name the subtrees above the leaf `index` that this leaf completes, lowest first."""
    level = 0
    while index & 1:
        level, index = level + 1, index >> 1
        yield level, index


def nodes_of(start: int, end: int) -> list[Node]:
    """Name the complete subtrees that leaves start..end-1 are made of, left to right."""
    size = end - start
    if size <= 0:
        return []
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return [(level, start >> level)]
    middle = start + _split(size)
    return nodes_of(start, middle) + nodes_of(middle, end)


def hash_range(start: int, end: int, node: Lookup) -> bytes:
    """Hash leaves start..end-1 of a tree, whose complete subtrees `node` knows; nothing at all is EMPTY_ROOT."""
    hashes = [node(name) for name in nodes_of(start, end)]
    if not hashes:
        return EMPTY_ROOT
    whole = hashes.pop()
    while hashes:
        whole = hash_node(hashes.pop(), whole)
    return whole


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Name the ranges whose hashes prove that leaf `index` is in a tree of `size`, lowest first."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in this tree")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Name the ranges whose hashes prove that the tree of `new` leaves begins with the tree of `old`."""
    if not 0 < old <= new:
        raise ValueError("no such two trees")
    start, end, path, is_whole = 0, new, [], True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, is_whole = middle, False
    if not is_whole:
        path.append((start, end))
    return path[::-1]


def root_from_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a proof leads to, or None if the proof is no proof at all. RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return None
    position, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            found = hash_node(step, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = hash_node(found, step)
        position, last = position >> 1, last >> 1
    return found if last == 0 else None


def is_consistent(*, old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that the older tree is the beginning of the newer one. RFC 9162, 2.1.4.2."""
    if old == new:
        return not path and old_root == new_root
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not 0 < old < new or not steps:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            first, second = hash_node(step, first), hash_node(step, second)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            second = hash_node(second, step)
        position, last = position >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
