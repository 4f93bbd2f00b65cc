"""Practice for trainees: rounds, 错题本, 收藏, goals and spaced repetition. Source: docs/rules/practice.md."""

from exams.practice.cards import Figures, catch_up, clears_after, figures_of, set_goal, star, streak
from exams.practice.pool import KINDS, choices, practisable, question_of
from exams.practice.rounds import NoAnswer, NotAnswerable, NothingToPractise, answer, begin

__all__ = [
    "KINDS",
    "Figures",
    "NoAnswer",
    "NotAnswerable",
    "NothingToPractise",
    "answer",
    "begin",
    "catch_up",
    "choices",
    "clears_after",
    "figures_of",
    "practisable",
    "question_of",
    "set_goal",
    "star",
    "streak",
]
