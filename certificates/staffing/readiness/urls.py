"""Pages of one company's readiness, below its address."""

from django.urls import path

from certificates.staffing.readiness import action_views, views

urlpatterns = [
    path("readiness/", views.readiness, name="readiness"),
    path("readiness/start/", views.readiness_assessment_start, name="readiness_assessment_start"),
    path("readiness/assessments/<pk:assessment_pk>/", views.readiness_assessment, name="readiness_assessment"),
    path("readiness/cycle/", views.readiness_cycle, name="readiness_cycle"),
    path("readiness/cycle/next/", views.readiness_cycle_next, name="readiness_cycle_next"),
    path("readiness/checklist/", views.readiness_checklist, name="readiness_checklist"),
    path("readiness/actions/", action_views.readiness_action_list, name="readiness_action_list"),
    path("readiness/actions/<pk:action_pk>/", action_views.readiness_action, name="readiness_action"),
    path("readiness/files/<pk:file_pk>/", action_views.readiness_file, name="readiness_file"),
    path("readiness/files/<pk:file_pk>/delete/", action_views.readiness_file_delete, name="readiness_file_delete"),
]
