"""
Where a text answers a query: the places of the words, and a piece of the text around the first of them.

Source: docs/rules/search.md, rule Q7.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lms.search.segments import CODE, HAN, JOINTS, PIECE, WORD, fold_with_places, runs

EXCERPT_LENGTH = 110
BEFORE = 30  # signs of the excerpt that stand before the first word found, unless a sentence begins there
SENTENCE_ENDS = "。！？；\n"


@dataclass(frozen=True)
class Piece:
    """A piece of an excerpt, and whether it is one of the words asked for."""

    text: str
    is_hit: bool = False


def marked(text: str, query: str) -> list[Piece]:
    """Cut a whole text into what was asked for and what lies between."""
    return _cut(text, places(text, query), 0, len(text))


def excerpt(texts: Sequence[str], query: str) -> list[Piece]:
    """Return a piece of the first text with a word asked for; if there is none, the beginning of the first text."""
    for text in texts:
        if spans := places(text, query):
            return _around(text, spans)
    return _around(texts[0], []) if texts else []


def places(text: str, query: str) -> list[tuple[int, int]]:
    """
    Return where the parts of a query stand in a text, as (start, end), in their order, none overlapping.

    A run of Han characters that stands nowhere as a whole is looked for by its pairs, as the index does.
    """
    folded, origin = fold_with_places(text)
    spans: list[tuple[int, int]] = []
    for run in runs(query):
        found = list(re.finditer(_pattern(run), folded))
        if not found and len(run) > 2 and re.match(f"[{HAN}]", run):
            pairs = "|".join(re.escape(run[place : place + 2]) for place in range(len(run) - 1))
            found = list(re.finditer(pairs, folded))
        spans += [(origin[match.start()], origin[match.end() - 1] + 1) for match in found]
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _pattern(run: str) -> str:
    """Return what finds a part of a query in folded text: words from their beginning, their joints of any kind."""
    if re.match(f"[{HAN}]", run):
        return re.escape(run)
    pattern, end = f"(?<!{WORD})", 0
    for match in PIECE.finditer(run):
        if match.start() > end:
            pattern += rf"\s?" if match[0] == "%" else f"[{JOINTS}]"
        elif end:
            pattern += r"\s?"
        pattern += re.escape(match[0])
        end = match.end()
    return pattern + (f"(?!{WORD})" if len(run) < 3 or CODE.fullmatch(run) else "")


def _around(text: str, spans: list[tuple[int, int]]) -> list[Piece]:
    first = spans[0][0] if spans else 0
    start = max(0, first - BEFORE)
    if start:
        sentence = max(text.rfind(end, start, first) for end in SENTENCE_ENDS)
        start = sentence + 1 if sentence >= 0 else start
    end = min(len(text), start + EXCERPT_LENGTH)
    pieces = _cut(text, spans, start, end)
    if start and text[start - 1] not in SENTENCE_ENDS:
        pieces = [Piece("…"), *pieces]
    return [*pieces, Piece("…")] if end < len(text) else pieces


def _cut(text: str, spans: list[tuple[int, int]], start: int, end: int) -> list[Piece]:
    pieces, at = [], start
    for left, right in spans:
        if right <= at or left >= end:
            continue
        pieces += [Piece(text[at:left]), Piece(text[max(left, at) : min(right, end)], is_hit=True)]
        at = min(right, end)
    pieces.append(Piece(text[at:end]))
    return [Piece(" ".join(piece.text.split("\n")), piece.is_hit) for piece in pieces if piece.text]
