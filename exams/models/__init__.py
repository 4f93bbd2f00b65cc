from exams.models.accommodations import Accommodation
from exams.models.analysis import AnalysisRun, ItemFigures
from exams.models.attempts import AnswerEntry, Attempt
from exams.models.bank import Item, ItemVersion
from exams.models.blueprint import BlueprintCell, Exam
from exams.models.composing import EnemyGroup, EnemyMember, PaperForm
from exams.models.exchange import ItemImport
from exams.models.keyfix import KeyFix, KeyFixRow
from exams.models.marking_scripts import Script, ScriptMark
from exams.models.pictures import ItemPicture, PictureUse
from exams.models.practice import PracticeCard, PracticeDay, PracticePlan, PracticeRun
from exams.models.results import Appeal, LateReview, Marking
from exams.models.room import SESSION_SPAN, AttemptSession, Extension, RoomEvent, RoomMessage
from exams.models.windows import ExamWindow, Registration

__all__ = [
    "SESSION_SPAN",
    "Accommodation",
    "AnalysisRun",
    "AnswerEntry",
    "Appeal",
    "Attempt",
    "AttemptSession",
    "BlueprintCell",
    "EnemyGroup",
    "EnemyMember",
    "Exam",
    "ExamWindow",
    "Extension",
    "Item",
    "ItemFigures",
    "ItemImport",
    "ItemPicture",
    "ItemVersion",
    "KeyFix",
    "KeyFixRow",
    "LateReview",
    "Marking",
    "PaperForm",
    "PictureUse",
    "PracticeCard",
    "PracticeDay",
    "PracticePlan",
    "PracticeRun",
    "Registration",
    "RoomEvent",
    "RoomMessage",
    "Script",
    "ScriptMark",
]
