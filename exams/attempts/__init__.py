"""
The life of an attempt: start, save, hand in, close by the clock. Only this package changes attempts and journal.

Source: docs/rules/grading.md, rules G7-G13.
"""

from exams.attempts.closing import close_if_overdue, close_overdue, hand_in
from exams.attempts.journal import AttemptClosed, BadEntries, Entry, EntryProblem, Receipt, next_seq, save_answers
from exams.attempts.starting import ExamNotReady, NotEligible, eligibility_of, start, supplies_of

__all__ = [
    "AttemptClosed",
    "BadEntries",
    "Entry",
    "EntryProblem",
    "ExamNotReady",
    "NotEligible",
    "Receipt",
    "close_if_overdue",
    "close_overdue",
    "eligibility_of",
    "hand_in",
    "next_seq",
    "save_answers",
    "start",
    "supplies_of",
]
