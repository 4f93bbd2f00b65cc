"""The glossary file to plain data. The way of writing is docs/content.md, chapter 8."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import yaml
from anyascii import anyascii

from courses.markup import fields
from courses.markup.problems import Malformed, Problem
from courses.markup.wording import find_banned

TERM_FIELDS = {
    "term": fields.text(40),
    "english": fields.text(80),
    "meaning": fields.text(200),
    "lesson": fields.slug,
}
OTHER_SIGNS = "#"


@dataclass(frozen=True, kw_only=True)
class Term:
    """One entry: what it is called, in English, in one sentence, and the slug of the lesson that teaches it."""

    term: str
    english: str
    meaning: str
    lesson: str

    @property
    def slug(self) -> str:
        """The name in addresses, and what tells two entries apart."""
        return slug_of(self.english)

    @property
    def digest(self) -> str:
        return digest_of(self.term, self.english, self.meaning, self.lesson)


def digest_of(*texts: str) -> str:
    """Return a fingerprint by which a change of any of these texts shows."""
    return sha256("\0".join(texts).encode()).hexdigest()


def slug_of(english: str) -> str:
    """Return an English name as it stands in an address: "Little's law" → "littles-law"."""
    return re.sub(r"[^a-z0-9]+", "-", english.lower().replace("'", "")).strip("-")


def sort_key_of(term: str) -> str:
    """Return what a term is sorted by: pinyin without tones, in small letters; other letters as they are."""
    return anyascii(term).lower()


def initial_of(sort_key: str) -> str:
    """Return the capital letter under which a term stands, or # for the rest."""
    first = sort_key[:1].upper()
    return first if "A" <= first <= "Z" else OTHER_SIGNS


def parse_glossary(source: str) -> tuple[Term, ...]:
    """Read a glossary file. Raises: Malformed, with every fault."""
    try:
        entries = yaml.safe_load(source)
    except yaml.YAMLError as fault:
        raise Malformed([Problem(1, "不是有效的 YAML，请检查缩进、冒号和引号")]) from fault
    if not isinstance(entries, list):
        raise Malformed([Problem(1, f"要写成列表，每条有 {'、'.join(TERM_FIELDS)}")])
    problems = [
        Problem(0, f"第 {number} 条：{fault}") for number, entry in enumerate(entries, 1) for fault in _faults(entry)
    ]
    if problems:
        raise Malformed(problems)
    terms = tuple(Term(**entry) for entry in entries)
    for what, names in (("term", [term.term for term in terms]), ("english", [term.slug for term in terms])):
        problems += [Problem(0, f"{what} 重复：{name}") for name, count in Counter(names).items() if count > 1]
    if problems:
        raise Malformed(problems)
    return terms


def term_faults(terms: Collection[Term], slugs: Collection[str]) -> Iterator[str]:
    """Yield what is wrong beyond form; `slugs` are the lessons that exist."""
    for term in terms:
        if term.lesson not in slugs:
            yield f"词条“{term.term}”：没有 slug 是“{term.lesson}”的课"
        if found := find_banned(f"{term.term}\n{term.meaning}"):
            yield f"词条“{term.term}”：有不许出现的词：{'、'.join(found)}"


def _faults(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict) or set(entry) != set(TERM_FIELDS):
        yield f"要有 {'、'.join(TERM_FIELDS)} 四项，不多不少"
        return
    for name, check in TERM_FIELDS.items():
        if fault := check(entry[name]):
            yield f"{name} {fault}"
    if isinstance(entry["english"], str) and not slug_of(entry["english"]):
        yield "english 要有英文字母或数字"
