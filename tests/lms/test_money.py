"""docs/rules/money.md P2."""

import pytest

from lms.money import format_fen


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "¥0.00"), (1, "¥0.01"), (88_000, "¥880.00"), (123_456_789, "¥1,234,567.89"), (-5, "-¥0.05")],
)
def test_format_fen(fen, text):
    assert format_fen(fen) == text
