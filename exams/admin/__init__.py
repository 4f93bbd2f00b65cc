"""The exams room's part of the back office: bank, exams with blueprint and supply, attempts with their journal."""

from wagtail.admin.viewsets.model import ModelViewSetGroup

from exams.admin.attempts import AttemptViewSet
from exams.admin.exams import ExamViewSet
from exams.admin.items import ItemViewSet


class ExamsGroup(ModelViewSetGroup):
    menu_label = "考试"
    menu_icon = "list-ol"
    menu_order = 220
    items = (ItemViewSet, ExamViewSet, AttemptViewSet)
