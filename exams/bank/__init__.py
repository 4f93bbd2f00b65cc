"""The question bank: writing items, revising them, and the way from draft to paper; exams.rechecks flags them."""

from exams.bank.steps import SamePerson, Unverified, WrongStatus, approve, restore, retire, send_back, submit
from exams.bank.texts import MAX_KEY, Criterion, Text, problem_of, problem_of_text
from exams.bank.writing import Incoherent, add_all, create, revise, write_version

__all__ = [
    "MAX_KEY",
    "Criterion",
    "Incoherent",
    "SamePerson",
    "Text",
    "Unverified",
    "WrongStatus",
    "add_all",
    "approve",
    "create",
    "problem_of",
    "problem_of_text",
    "restore",
    "retire",
    "revise",
    "send_back",
    "submit",
    "write_version",
]
