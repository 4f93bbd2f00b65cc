"""The few filters that templates need. Load with {% load lms %}."""

from django import template

from lms import money

register = template.Library()


@register.filter
def yuan(fen: int) -> str:
    """Write fen as "¥880.00"."""
    return money.format_fen(fen)


@register.filter
def points(centi: int) -> str:
    """Write hundredths of a point without needless zeros: 7050 → "70.5"."""
    whole, rest = divmod(centi, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)


@register.filter
def lines(text: str) -> list[str]:
    """Split a text field that holds one entry a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]
