#!/usr/bin/env python3
"""
Check a certificate's history without trusting whoever issued it. Needs Python and the package `cryptography`, no more.

    verify_certificate_log.py history PROOF.json --key KEY
    verify_certificate_log.py growth OLD_HEAD.txt NEW_HEAD.txt CONSISTENCY.json --key KEY

PROOF.json is what a holder downloads (日志证明); a head is a signed text of the log; KEY is the log's public key, which
you wrote down earlier or have from somebody you trust: a key out of the file itself proves nothing.
Exit code 0: all is proven. 1: something is wrong, and the output says what. 2: a file or key is unusable.
Hashes and proofs follow RFC 9162, heads the C2SP formats tlog-checkpoint and signed-note.
"""

import argparse
import base64
import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Wrong(Exception):
    """What was to be proven is not."""


def hash_pair(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_key(text):
    """Read origin+mark+key as a note names its keys."""
    origin, mark, encoded = text.strip().split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    expected = hashlib.sha256(f"{origin}\n".encode() + raw).digest()[:4]
    if raw[0] != 1 or bytes.fromhex(mark) != expected:
        raise ValueError("not an Ed25519 key of a signed note")
    return origin, expected, Ed25519PublicKey.from_public_bytes(raw[1:])


def read_head(note, keys):
    """Check a signed head and return its size, root and time."""
    text, _, signature_lines = note.partition("\n\n")
    origin, size, root, at = text.split("\n")[:4]
    moment = datetime.strptime(at, "time %Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    for line in signature_lines.splitlines():
        _, signer, encoded = line.split(" ")
        raw = base64.b64decode(encoded)
        for name, mark, key in keys:
            if name == origin == signer and raw[:4] == mark:
                try:
                    key.verify(raw[4:], (text + "\n").encode())
                except InvalidSignature as error:
                    raise Wrong("树头的签名不对") from error
                return int(size), base64.b64decode(root), moment
    raise Wrong("树头不是用给定的公钥签的")


def root_of(leaf, index, size, path):
    """RFC 9162, 2.1.3.2."""
    position, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise Wrong("证明路径太长")
        if position & 1 or position == last:
            found = hash_pair(step, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = hash_pair(found, step)
        position, last = position >> 1, last >> 1
    if last:
        raise Wrong("证明路径太短")
    return found


def check_leaf(leaf, *, facts_hash, number, size, root, keys):
    """Check one change: what it says, that it is in the tree, and that it is not back-dated."""
    data, index = leaf["data"], leaf["index"]
    if data["facts"] != facts_hash or data["number"] != number:
        raise Wrong(f"第 {index} 条说的不是这张证书的事实")
    if not 0 <= index < size:
        raise Wrong(f"第 {index} 条不在这棵树的范围里")
    path = [bytes.fromhex(step) for step in leaf["path"]]
    if root_of(hashlib.sha256(b"\x00" + canonical(data)).digest(), index, size, path) != root:
        raise Wrong(f"第 {index} 条不在签过名的树里")
    if leaf["first_head"]:
        first_size, _, at = read_head(leaf["first_head"], keys)
        if index >= first_size:
            raise Wrong(f"第 {index} 条写的日期是 {data['at']}，但 {at:%Y-%m-%d %H:%M} 的树里还没有它：倒签")
    return data


def history(arguments, keys):
    """Prove all that a bundle says; print the changes."""
    bundle = json.loads(Path(arguments.proof).read_text())
    size, root, at = read_head(bundle["head"], keys)
    facts = bundle["facts"]
    facts_hash, status = hashlib.sha256(canonical(facts)).hexdigest(), ""
    if not bundle["leaves"]:
        raise Wrong("没有任何记录")
    print(f"{facts['number']}　{facts['name']}　{facts['title']}")
    for leaf in bundle["leaves"]:
        data = check_leaf(leaf, facts_hash=facts_hash, number=facts["number"], size=size, root=root, keys=keys)
        if data["from"] != status:
            raise Wrong("变更接不上：缺了一条")
        status = data["to"]
        print(f"  第 {leaf['index']} 条　{data['at']}　{data['from'] or '（签发）'} → {status}　{data['reason_class']}")
    print(f"已证明：以上都在 {at:%Y-%m-%d %H:%M:%S} UTC 签名的 {size} 条日志里。此后的变更请查最新树头。")


def growth(arguments, keys):
    """Prove that a newer tree begins with an older one. RFC 9162, 2.1.4.2."""
    old, old_root, _ = read_head(Path(arguments.old).read_text(), keys)
    new, new_root, _ = read_head(Path(arguments.new).read_text(), keys)
    path = [bytes.fromhex(step) for step in json.loads(Path(arguments.proof).read_text())["path"]]
    if old == new and (old_root != new_root or path):
        raise Wrong("同样多的条数，根哈希却不同：历史被改过")
    if old != new and not grows(old, new, old_root, new_root, path):
        raise Wrong("新树不是从旧树长出来的：历史被改过")
    print(f"已证明：{new} 条的树以 {old} 条的树开头，旧的没有改动。")


def grows(old, new, old_root, new_root, path):
    steps = [old_root, *path] if old & (old - 1) == 0 else path
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
            first, second = hash_pair(step, first), hash_pair(step, second)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            second = hash_pair(second, step)
        position, last = position >> 1, last >> 1
    return last == 0 and (first, second) == (old_root, new_root)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("history", help="one certificate's history")
    one.add_argument("proof")
    one.set_defaults(run=history)
    two = commands.add_parser("growth", help="a newer tree begins with an older one")
    for name in ("old", "new", "proof"):
        two.add_argument(name)
    two.set_defaults(run=growth)
    for command in (one, two):
        command.add_argument("--key", action="append", required=True, help="the log's public key; once for each")
    arguments = parser.parse_args()
    try:
        arguments.run(arguments, [read_key(text) for text in arguments.key])
    except Wrong as wrong:
        print(f"没有通过：{wrong}。")
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"文件或公钥用不了：{type(error).__name__}: {error}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
