from exams.models.attempts import AnswerEntry, Attempt
from exams.models.bank import Item, ItemVersion
from exams.models.blueprint import BlueprintCell, Exam

__all__ = ["AnswerEntry", "Attempt", "BlueprintCell", "Exam", "Item", "ItemVersion"]
