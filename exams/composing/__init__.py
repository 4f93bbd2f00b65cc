"""Whether a blueprint can be published, and papers prepared in advance. Source: docs/rules/blueprint.md."""

from exams.composing.forms import (
    CannotCompose,
    FormReport,
    NothingFixed,
    compose,
    count_forms,
    reports_of,
    set_enemies,
    standing_forms,
    verdict_of,
)
from exams.composing.judging import Verdict, judge

__all__ = [
    "CannotCompose",
    "FormReport",
    "NothingFixed",
    "Verdict",
    "compose",
    "count_forms",
    "judge",
    "reports_of",
    "set_enemies",
    "standing_forms",
    "verdict_of",
]
