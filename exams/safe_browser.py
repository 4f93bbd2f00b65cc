"""
Whether a request comes from a Safe Exam Browser that is set up as the exam demands.

Source: docs/rules/exam-room.md, rule R7.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

CONFIG_HEADER = "X-SafeExamBrowser-ConfigKeyHash"
EXAM_HEADER = "X-SafeExamBrowser-RequestHash"
KEY = re.compile(r"[0-9a-f]{64}")


class Proof(NamedTuple):
    """What the browser sent: hashes in hexadecimal, "" where it sent none."""

    config_hash: str
    exam_hash: str


class Demand(NamedTuple):
    """The keys that an exam accepts, each 64 hexadecimal digits in lower case."""

    config_keys: Sequence[str]
    exam_keys: Sequence[str]

    def problem(self) -> str:
        """Say in Chinese why nobody could meet this demand; "" if somebody can."""
        if not self.config_keys and not self.exam_keys:
            return "要求 Safe Exam Browser 时，配置密钥和浏览器考试密钥至少填一个，否则没有人能进入考试。"
        odd = next((key for key in (*self.config_keys, *self.exam_keys) if not KEY.fullmatch(str(key))), None)
        return "" if odd is None else f"“{str(odd)[:70]}”不是密钥：要 64 位小写十六进制，从 SEB 配置工具里复制。"

    def is_met(self, proof: Proof, urls: Iterable[str]) -> bool:
        """
        Whether `proof` holds for one of the absolute `urls`, for each kind of key that has been set.

        No key at all is met by nobody. Source: docs/rules/exam-room.md, rule R7.
        """
        if self.problem():
            return False
        return any(
            _matches(proof.config_hash, url, self.config_keys) and _matches(proof.exam_hash, url, self.exam_keys)
            for url in urls
        )


def request_hash(*, url: str, key: str) -> str:
    """Return what the browser sends for a page: SHA-256 of the address, without its fragment, followed by the key."""
    return sha256((url.partition("#")[0] + key).encode()).hexdigest()


def _matches(sent: str, url: str, keys: Sequence[str]) -> bool:
    sent = sent.strip().lower()
    if not sent.isascii():
        return False
    return not keys or any(compare_digest(sent, request_hash(url=url, key=key)) for key in keys)
