from django.urls import path

from exams.views import candidates, evidence, sitting

app_name = "exams"
urlpatterns = [
    path("<pk:pk>/", candidates.exam_detail, name="exam_detail"),
    path("<pk:pk>/start/", candidates.attempt_start, name="attempt_start"),
    path("attempts/", candidates.attempt_list, name="attempt_list"),
    path("attempts/<pk:pk>/", sitting.attempt_detail, name="attempt_detail"),
    path("attempts/<pk:pk>/answers/", sitting.attempt_save, name="attempt_save"),
    path("attempts/<pk:pk>/hand-in/", sitting.attempt_hand_in, name="attempt_hand_in"),
    path("attempts/<pk:pk>/evidence/", evidence.attempt_evidence, name="attempt_evidence"),
    path("attempts/<pk:pk>/evidence.csv", evidence.attempt_evidence_csv, name="attempt_evidence_csv"),
    path("attempts/<pk:pk>/evidence.json", evidence.attempt_evidence_json, name="attempt_evidence_json"),
]
