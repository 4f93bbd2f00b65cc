"""Places in the status lists of digital credentials. Source: docs/rules/certificates.md, rule N31."""

import secrets

LIST_SIZE = 131_072  # bits in one list: the smallest that the standard allows
LISTS = 64  # all are served from the first day, so their number tells nothing; more may be added at any time


def draw() -> int:
    """Draw a place among all lists, counted through. By chance, so that nobody reads from it how many were issued."""
    return secrets.randbelow(LISTS * LIST_SIZE)


def place(bit: int) -> tuple[int, int]:
    """Return the number of the list and the index in it: 131072 → (1, 0)."""
    return divmod(bit, LIST_SIZE)
