"""Company rosters: reading what companies send, and the template that they fill in."""

from certificates.staffing.rosters.entries import COLUMNS, MAX_BYTES, MAX_ROWS, Entry, Problem, Roster, RosterUnusable
from certificates.staffing.rosters.reading import read, read_rows
from certificates.staffing.rosters.template import template_workbook

__all__ = [
    "COLUMNS",
    "MAX_BYTES",
    "MAX_ROWS",
    "Entry",
    "Problem",
    "Roster",
    "RosterUnusable",
    "read",
    "read_rows",
    "template_workbook",
]
