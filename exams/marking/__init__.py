"""
简答 marked by people: who has what on the table, what they give, and the result when all is done.

Only this package changes scripts once exams.attempts has opened them. Source: docs/rules/grading.md, rules G22-G25.
"""

from exams.marking.giving import (
    BadMark,
    MarkedAlready,
    NotDisputed,
    Note,
    NotToRemark,
    NotYours,
    OnAnotherTable,
    give,
    reconcile,
    remark,
)
from exams.marking.progress import Queue, disputes, queue_of, queues, remarks
from exams.marking.publishing import publish_marked
from exams.marking.tables import take_next

__all__ = [
    "BadMark",
    "MarkedAlready",
    "NotDisputed",
    "NotToRemark",
    "NotYours",
    "Note",
    "OnAnotherTable",
    "Queue",
    "disputes",
    "give",
    "publish_marked",
    "queue_of",
    "queues",
    "reconcile",
    "remark",
    "remarks",
    "take_next",
]
