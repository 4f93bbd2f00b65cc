from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import merkle

leaves = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


def naive_root(data: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, as it is written there."""
    if not data:
        return sha256().digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    split = max(2**power for power in range(10) if 2**power < len(data))
    return sha256(b"\x01" + naive_root(data[:split]) + naive_root(data[split:])).digest()


def naive_inclusion(index: int, data: list[bytes]) -> list[bytes]:
    """RFC 9162, 2.1.3.1."""
    if len(data) == 1:
        return []
    split = max(2**power for power in range(10) if 2**power < len(data))
    if index < split:
        return [*naive_inclusion(index, data[:split]), naive_root(data[split:])]
    return [*naive_inclusion(index - split, data[split:]), naive_root(data[:split])]


def naive_consistency(old: int, data: list[bytes], *, is_whole: bool = True) -> list[bytes]:
    """RFC 9162, 2.1.4.1."""
    if old == len(data):
        return [] if is_whole else [naive_root(data)]
    split = max(2**power for power in range(10) if 2**power < len(data))
    if old <= split:
        return [*naive_consistency(old, data[:split], is_whole=is_whole), naive_root(data[split:])]
    return [*naive_consistency(old - split, data[split:], is_whole=False), naive_root(data[:split])]


def stored(data: list[bytes]) -> dict[merkle.Node, bytes]:
    """Append leaf by leaf, as the log does."""
    nodes: dict[merkle.Node, bytes] = {}
    for index, leaf in enumerate(data):
        nodes[0, index] = merkle.hash_leaf(leaf)
        for level, number in merkle.completed_nodes(index):
            nodes[level, number] = merkle.hash_node(nodes[level - 1, 2 * number], nodes[level - 1, 2 * number + 1])
    return nodes


def hashes(ranges: list[merkle.Range], nodes: dict[merkle.Node, bytes]) -> list[bytes]:
    return [merkle.hash_range(start, end, nodes.__getitem__) for start, end in ranges]


@given(leaves)
def test_root_is_that_of_the_naive_tree(data):
    nodes = stored(data)

    assert merkle.hash_range(0, len(data), nodes.__getitem__) == naive_root(data)
    assert len(nodes) == 2 * len(data) - len(data).bit_count()


@given(leaves, st.data())
def test_inclusion_proof(data, draw):
    index = draw.draw(st.integers(0, len(data) - 1))
    path = hashes(merkle.inclusion_ranges(index, len(data)), stored(data))
    root = naive_root(data)

    def leads_to(leaf: bytes, at: int, way: list[bytes]) -> bytes | None:
        return merkle.root_from_inclusion(leaf=merkle.hash_leaf(leaf), index=at, size=len(data), path=way)

    assert path == naive_inclusion(index, data)
    assert leads_to(data[index], index, path) == root
    assert leads_to(data[index] + b"!", index, path) != root
    assert leads_to(data[index], index, [*path, root]) != root
    assert leads_to(data[index], len(data), path) is None
    if path:
        assert leads_to(data[index], index, path[:-1]) != root


@given(leaves, st.data())
def test_consistency_proof(data, draw):
    old = draw.draw(st.integers(1, len(data)))
    nodes, size = stored(data), len(data)
    path = hashes(merkle.consistency_ranges(old, size), nodes)
    before, after = naive_root(data[:old]), naive_root(data)

    def is_consistent(old_root: bytes, new_root: bytes, way: list[bytes]) -> bool:
        return merkle.is_consistent(old=old, new=size, old_root=old_root, new_root=new_root, path=way)

    assert path == naive_consistency(old, data)
    assert is_consistent(before, after, path)
    assert not is_consistent(naive_root([b"forged", *data[1:old]]), after, path) or data[0] == b"forged"
    assert not is_consistent(before, naive_root([*data, b"more"]), path)
    assert not is_consistent(before, after, [*path, after])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_of_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ValueError, match="no such leaf"):
        merkle.inclusion_ranges(index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 2)])
def test_no_proof_between_trees_that_do_not_fit(old, new):
    with pytest.raises(ValueError, match="no such two trees"):
        merkle.consistency_ranges(old, new)
    assert not merkle.is_consistent(old=old, new=new, old_root=b"", new_root=b"", path=[])


def test_known_roots():
    """The test vectors that logs of RFC 6962 and 9162 have shared from the start."""
    data = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                             "606162636465666768696a6b6c6d6e6f")]  # fmt: skip

    assert naive_root(data).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert merkle.hash_range(0, 8, stored(data).__getitem__) == naive_root(data)
    assert merkle.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
