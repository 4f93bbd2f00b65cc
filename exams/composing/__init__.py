"""Whether a blueprint can be published, and papers prepared in advance. Source: docs/rules/blueprint.md."""

from exams.composing.forms import (
    CannotCompose,
    FormReport,
    NothingFixed,
    compose,
    reports_of,
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
    "judge",
    "reports_of",
    "standing_forms",
    "verdict_of",
]
