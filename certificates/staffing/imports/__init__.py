"""Rosters of companies: receive a file, read it, confirm, apply. Source: docs/rules/companies.md, rules C12 and C13."""

from certificates.staffing.imports.difference import KINDS
from certificates.staffing.imports.direct import upsert
from certificates.staffing.imports.steps import (
    SMALL_BYTES,
    ImportOpen,
    NotConfirmable,
    apply_now,
    confirm,
    discard,
    progress_of,
    receive,
    work_off,
)

__all__ = [
    "KINDS",
    "SMALL_BYTES",
    "ImportOpen",
    "NotConfirmable",
    "apply_now",
    "confirm",
    "discard",
    "progress_of",
    "receive",
    "upsert",
    "work_off",
]
