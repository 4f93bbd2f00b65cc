"""
How text is cut into the words of a search index. Chinese is written without spaces, so a run of Han characters becomes
its pairs; words with joints such as M/M/c or 27922-2011 become their pairs as well.

Source: docs/rules/search.md, rules Q1-Q3.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = rf"[^\W_{HAN}]"
JOINTS = r"/.\-\u2010-\u2015\u00b7&+"
RUN = re.compile(rf"[{HAN}]+|{WORD}+(?:[{JOINTS}]{WORD}+)*(?:\s?%)?")
PIECE = re.compile(rf"\d+|(?:(?!\d){WORD})+|%")
CODE = re.compile(r"[a-z]\d{1,2}")  # M1, Q4: two signs that mean one thing
JOINT, PERCENT = "zz", "pct"  # letters, because the databases drop all other signs
PREFIX_LENGTH = 3
TOKENS_AT_MOST = 40


@dataclass(frozen=True)
class Token:
    """One thing to look for; with `is_prefix`, anything that begins like it."""

    text: str
    is_prefix: bool = False


def fold(text: str) -> str:
    """Write full-width signs half-width, capitals small, and letters without their accents."""
    return "".join(_fold(sign) for sign in text)


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Fold a text; give also, for each folded sign, the place of the sign that it comes from."""
    folded, places = [], []
    for place, sign in enumerate(text):
        small = _fold(sign)
        folded.append(small)
        places += [place] * len(small)
    return "".join(folded), places


def segment(text: str) -> str:
    """Return the words under which a text is indexed, with spaces between them."""
    return " ".join(word for run in RUN.findall(fold(text)) for word in _words(run))


def runs(query: str) -> list[str]:
    """Return the parts of a query that each have to be found: its words and its runs of Han characters, once each."""
    return list(dict.fromkeys(RUN.findall(fold(query))))


def terms(query: str) -> list[tuple[Token, ...]]:
    """
    Return all that a text has to hold to answer a query, at most TOKENS_AT_MOST tokens; none if it has no word.

    The tokens of one term stand side by side, in this order; where the terms stand does not matter.
    """
    found = dict.fromkeys(term for run in runs(query) for term in _terms(run))
    result, left = [], TOKENS_AT_MOST
    for term in found:
        if left > 0:
            result.append(term[:left])
            left -= len(term)
    return result


def tokens(query: str) -> list[Token]:
    """Return the tokens of a query, once each, wherever they stand."""
    return list(dict.fromkeys(token for term in terms(query) for token in term))


def is_han(run: str) -> bool:
    """Say whether a part of a query is made of Han characters."""
    return re.match(f"[{HAN}]", run) is not None


def pairs(run: str) -> list[str]:
    """Return all two characters that stand side by side in a run."""
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _fold(sign: str) -> str:
    if sign.isascii():
        return sign.lower()
    parts = unicodedata.normalize("NFKD", sign).casefold()
    return "".join(part for part in parts if not unicodedata.combining(part))


def _words(run: str) -> Iterator[str]:
    if is_han(run):
        yield from pairs(run)
        yield run[-1]
        return
    if CODE.fullmatch(run):
        yield run
    pieces, joined = _cut(run)
    yield from pieces
    yield from joined.values()


def _terms(run: str) -> Iterator[tuple[Token, ...]]:
    if is_han(run):
        yield tuple(Token(pair) for pair in pairs(run)) or (Token(run, is_prefix=True),)
        return
    if CODE.fullmatch(run):
        yield (Token(run),)
        return
    pieces, joined = _cut(run)
    yield from ((Token(word),) for word in joined.values())
    in_a_pair = {place for pair in joined for place in pair}
    for place, piece in enumerate(pieces):
        if place not in in_a_pair:
            yield (Token(piece, is_prefix=len(piece) >= PREFIX_LENGTH and not piece.isdigit()),)


def _cut(run: str) -> tuple[list[str], dict[tuple[int, int], str]]:
    """Cut a word at its joints and between letters and digits; the joined neighbours are words too, by their places."""
    found = list(PIECE.finditer(run))
    joined = {}
    for place, (left, right) in enumerate(pairwise(found)):
        if right[0] == "%":
            joined[place, place] = left[0] + JOINT + PERCENT
        elif right.start() > left.end():
            joined[place, place + 1] = left[0] + JOINT + right[0]
    return [piece[0] for piece in found if piece[0] != "%"], joined
