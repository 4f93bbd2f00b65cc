from django.urls import path

from exams.views import (
    accommodations,
    answers,
    candidates,
    evidence,
    registrations,
    results,
    room,
    safe_browser,
    sitting,
)

app_name = "exams"
urlpatterns = [
    path("<pk:pk>/", candidates.exam_detail, name="exam_detail"),
    path("<pk:pk>/start/", candidates.attempt_start, name="attempt_start"),
    path("<pk:pk>/mock/", candidates.mock_start, name="mock_start"),
    path("windows/<pk:pk>/register/", registrations.window_register, name="window_register"),
    path("windows/<pk:pk>/cancel/", registrations.window_cancel, name="window_cancel"),
    path("accommodations/", accommodations.accommodation_request, name="accommodation_request"),
    path("<pk:pk>/safe-browser/", safe_browser.safe_browser, name="safe_browser"),
    path("<pk:pk>/safe-browser/check/", safe_browser.safe_browser_check, name="safe_browser_check"),
    path("attempts/", candidates.attempt_list, name="attempt_list"),
    path("attempts/<pk:pk>/", sitting.attempt_detail, name="attempt_detail"),
    path("attempts/<pk:pk>/answers/", answers.attempt_save, name="attempt_save"),
    path("attempts/<pk:pk>/session/", sitting.attempt_session, name="attempt_session"),
    path("attempts/<pk:pk>/hand-in/", sitting.attempt_hand_in, name="attempt_hand_in"),
    path("attempts/<pk:pk>/news/", room.attempt_news, name="attempt_news"),
    path("attempts/<pk:pk>/events/", room.attempt_events, name="attempt_events"),
    path("attempts/<pk:pk>/events/<pk:number>/note/", room.attempt_event_note, name="attempt_event_note"),
    path("attempts/<pk:pk>/review/", results.attempt_review, name="attempt_review"),
    path("attempts/<pk:pk>/appeal/", results.attempt_appeal, name="attempt_appeal"),
    path("attempts/<pk:pk>/appeal/withdraw/", results.attempt_appeal_withdraw, name="attempt_appeal_withdraw"),
    path("attempts/<pk:pk>/evidence/", evidence.attempt_evidence, name="attempt_evidence"),
    path("attempts/<pk:pk>/evidence.csv", evidence.attempt_evidence_csv, name="attempt_evidence_csv"),
    path("attempts/<pk:pk>/evidence.json", evidence.attempt_evidence_json, name="attempt_evidence_json"),
]
