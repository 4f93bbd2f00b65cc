"""What pages promise in the words of the rules above them. Load with {% load promises %}."""

from django import template

from payments import refund_rule

register = template.Library()


@register.simple_tag
def refund_terms() -> tuple[str, ...]:
    """Return the refund rule in force as it stands beside the price. Source: docs/rules/money.md, rules R1 and R3."""
    return refund_rule.terms(refund_rule.CURRENT)
