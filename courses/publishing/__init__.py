"""
What stands between a draft of a lesson and its readers: faults that stop it, and faults that are only said.

Works on a page as it is in memory, saved or not. Source: docs/rules/publishing.md, rules W1-W19.
"""

from courses.publishing.parts import Block, Draft, Finding, leaves_of
from courses.publishing.rules import CHECKS

__all__ = ["Draft", "Finding", "findings", "stopping"]


def findings(lesson: Draft) -> list[Finding]:
    """List what is wrong with a lesson, what stops it first, then in the order of the page."""
    body = [
        Block(number, child.block_type, str(child.block.label), child.value, *leaves_of(child.block, child.value))
        for number, child in enumerate(lesson.body, 1)
    ]
    found = [finding for check in CHECKS for finding in check(lesson, body)]
    return sorted(found, key=lambda one: (not one.stops, one.place))


def stopping(lesson: Draft) -> list[Finding]:
    """List what keeps a lesson from being submitted or published."""
    return [finding for finding in findings(lesson) if finding.stops]
