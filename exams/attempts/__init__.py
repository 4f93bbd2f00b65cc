"""
The life of an attempt: start, save, hand in, close by the clock. Only this package changes attempts and journal.

Source: docs/rules/grading.md, rules G7-G13.
"""

from exams.attempts.closing import close_if_overdue, close_overdue, hand_in
from exams.attempts.events import (
    BadEvents,
    EventTally,
    PageEvent,
    RoomClosed,
    TooManyEvents,
    explain_event,
    record_events,
)
from exams.attempts.invigilation import (
    AttemptNotOpen,
    BadInvigilation,
    extend,
    extend_all,
    force_hand_in,
    send_message,
)
from exams.attempts.journal import (
    AttemptClosed,
    BadEntries,
    Entry,
    EntryProblem,
    Receipt,
    save_answers,
)
from exams.attempts.marking import NotMarked, StillAwaiting, publish, remark, result_of
from exams.attempts.news import show_messages
from exams.attempts.pace import Pace, TooFast
from exams.attempts.pages import Page, PageUnknown, read_token, token_of
from exams.attempts.pools import ExamNotReady, cells_of, fingerprint, pool_of, supplies_of
from exams.attempts.saving import save_from_page
from exams.attempts.scripts import ScriptsMarked, adopt_remarks
from exams.attempts.sessions import open_session
from exams.attempts.standing import Standing, eligibility_of, standing_of
from exams.attempts.starting import NotEligible, start

__all__ = [
    "AttemptClosed",
    "AttemptNotOpen",
    "BadEntries",
    "BadEvents",
    "BadInvigilation",
    "Entry",
    "EntryProblem",
    "EventTally",
    "ExamNotReady",
    "NotEligible",
    "NotMarked",
    "Pace",
    "Page",
    "PageEvent",
    "PageUnknown",
    "Receipt",
    "RoomClosed",
    "ScriptsMarked",
    "Standing",
    "StillAwaiting",
    "TooFast",
    "TooManyEvents",
    "adopt_remarks",
    "cells_of",
    "close_if_overdue",
    "close_overdue",
    "eligibility_of",
    "explain_event",
    "extend",
    "extend_all",
    "fingerprint",
    "force_hand_in",
    "hand_in",
    "open_session",
    "pool_of",
    "publish",
    "read_token",
    "record_events",
    "remark",
    "result_of",
    "save_answers",
    "save_from_page",
    "send_message",
    "show_messages",
    "standing_of",
    "start",
    "supplies_of",
    "token_of",
]
