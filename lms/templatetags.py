"""The few filters that templates need. Load with {% load lms %}."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from lms import money

register = template.Library()


@register.filter
def yuan(fen: int) -> str:
    """Write fen as "¥880.00"."""
    return money.format_fen(fen)


@register.filter
def points(centi: int) -> str:
    """Write hundredths of a point without needless zeros: 7050 → "70.5", -150 → "-1.5"."""
    if centi < 0:
        return f"-{points(-centi)}"
    whole, rest = divmod(centi, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)


@register.filter
def lines(text: str) -> list[str]:
    """Split a text field that holds one entry a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, href: str, text: str) -> str:
    """Write a link of the main navigation, marked when the visitor is inside that part of the site."""
    path = context["request"].path if "request" in context else ""
    current = mark_safe(' aria-current="page"') if path.startswith(href) else ""
    return format_html('<a href="{}"{}>{}</a>', href, current, text)
