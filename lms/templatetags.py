"""The few filters that templates need. Load with {% load lms %}."""

import json

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from lms import money

register = template.Library()


@register.filter
def yuan(fen: int) -> str:
    """Write fen as "¥880.00"."""
    return money.format_fen(fen)


JSON_IN_HTML = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.filter
def linked_data(facts: object) -> str:
    """Write facts for search engines as a JSON-LD block: data, which browsers neither run nor refuse."""
    text = json.dumps(facts, ensure_ascii=False).translate(JSON_IN_HTML)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 - escaped above


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
