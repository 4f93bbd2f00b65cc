"""The exams part of the back office: the room, bank, exams with blueprint and supply, attempts with their journal."""

from wagtail.admin.viewsets.model import ModelViewSetGroup

from exams.admin.accommodations import AccommodationViewSet
from exams.admin.analysis import AnalysisViewSet
from exams.admin.appeals import AppealViewSet
from exams.admin.attempts import AttemptViewSet
from exams.admin.composing import EnemyGroupViewSet
from exams.admin.exams import ExamViewSet
from exams.admin.exchange import ImportViewSet
from exams.admin.items import ItemViewSet
from exams.admin.keyfix import KeyFixViewSet
from exams.admin.late_reviews import LateReviewViewSet
from exams.admin.marking import MarkingViewSet
from exams.admin.room import RoomViewSet
from exams.admin.windows import RegistrationViewSet, WindowViewSet


class ExamsGroup(ModelViewSetGroup):
    menu_label = "考试"
    menu_icon = "list-ol"
    menu_order = 220
    items = (
        RoomViewSet,
        ItemViewSet,
        ImportViewSet,
        EnemyGroupViewSet,
        ExamViewSet,
        WindowViewSet,
        RegistrationViewSet,
        AttemptViewSet,
        MarkingViewSet,
        LateReviewViewSet,
        AppealViewSet,
        KeyFixViewSet,
        AnalysisViewSet,
        AccommodationViewSet,
    )
