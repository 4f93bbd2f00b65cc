"""Certificate numbers: SHFW-2026-7KQ4M2XD-R. Source: docs/rules/certificates.md, rules N1-N3."""

import re
import secrets
import unicodedata

from stdnum.iso7064 import mod_37_36

PREFIX = "SHFW"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O, no 1 I L: they are misread
LONGEST_INPUT = 64
FORMAT = re.compile(rf"{PREFIX}(\d{{4}})([{ALPHABET}]{{8}})([{ALPHABET}])", re.ASCII)
GAPS = re.compile(r"[\s\-\u2010-\u2015\u2212\uFE58\uFE63_.·/]+")


def draw(*, year: int) -> str:
    """
    Draw a new number for a year: eight random characters, then the check character.

    A draw is thrown away if its check character would be a look-alike, or if swapping a drawn character with its
    neighbour would give another valid number: MOD 37,36 alone misses 0.07 % of swaps. Swaps inside the year cannot be
    drawn away (2034 and 2043 are such a pair). The caller makes sure that the number is new.
    Source: docs/rules/certificates.md, rules N1 and N2.
    """
    while True:
        body = f"{PREFIX}{year:04d}" + "".join(secrets.choice(ALPHABET) for _ in range(8))
        whole = body + mod_37_36.calc_check_digit(body)
        if whole[-1] in ALPHABET and not any(map(mod_37_36.is_valid, _neighbours_swapped(whole))):
            return _dashed(whole)


def parse(text: str) -> str | None:
    """
    Read a number as people type it and return it as it is printed, or None if it cannot be one of ours.

    Forgives lower case, full-width characters, spaces and missing or foreign dashes; never a wrong check character.
    Source: docs/rules/certificates.md, rule N3.
    """
    if len(text) > LONGEST_INPUT:
        return None
    compact = GAPS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not FORMAT.fullmatch(compact) or not mod_37_36.is_valid(compact):
        return None
    return _dashed(compact)


def _dashed(compact: str) -> str:
    return f"{compact[:4]}-{compact[4:8]}-{compact[8:16]}-{compact[16:]}"


def _neighbours_swapped(text: str) -> list[str]:
    """List what a slip of the fingers makes of a number, from the last digit of the year on."""
    last_of_year = len(PREFIX) + 3
    return [
        text[:i] + text[i + 1] + text[i] + text[i + 2 :]
        for i in range(last_of_year, len(text) - 1)
        if text[i] != text[i + 1]
    ]
