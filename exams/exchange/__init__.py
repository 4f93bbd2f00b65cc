"""Items in and out of the bank: Excel, GIFT, Aiken, Moodle XML and QTI. Source: docs/content.md, chapter 7."""

from exams.exchange.comparing import Defaults, Plan, plan
from exams.exchange.entries import MAX_BYTES, MAX_ITEMS, FileRefused
from exams.exchange.exporting import TARGETS, export
from exams.exchange.importing import store
from exams.exchange.jobs import NotWaiting, TooBig, confirm, drop, progress_of, report_of, upload, work_off, work_on
from exams.exchange.reading import FORMATS, read
from exams.exchange.workbook_writing import template

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_ITEMS",
    "TARGETS",
    "Defaults",
    "FileRefused",
    "NotWaiting",
    "Plan",
    "TooBig",
    "confirm",
    "drop",
    "export",
    "plan",
    "progress_of",
    "read",
    "report_of",
    "store",
    "template",
    "upload",
    "work_off",
    "work_on",
]
