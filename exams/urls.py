from django.urls import path

from exams.views import candidates, sitting

app_name = "exams"
urlpatterns = [
    path("<pk:pk>/", candidates.exam_detail, name="exam_detail"),
    path("<pk:pk>/start/", candidates.attempt_start, name="attempt_start"),
    path("attempts/", candidates.attempt_list, name="attempt_list"),
    path("attempts/<pk:pk>/", sitting.attempt_detail, name="attempt_detail"),
    path("attempts/<pk:pk>/answers/", sitting.attempt_save, name="attempt_save"),
    path("attempts/<pk:pk>/hand-in/", sitting.attempt_hand_in, name="attempt_hand_in"),
]
