"""Addresses of what a learner does around a lesson: notes, questions, reminders, reading without a network."""

from django.urls import path

from courses.views import notes, offline, questions, reminders

urlpatterns = [
    path("learn/lessons/<pk:pk>/place/", notes.lesson_place, name="lesson_place"),
    path("learn/lessons/<pk:pk>/notes/", notes.note_save, name="note_save"),
    path("learn/lessons/<pk:pk>/questions/", questions.question_list, name="question_list"),
    path("learn/notes/", notes.note_list, name="note_list"),
    path("learn/notes/export/<slug:form>/", notes.note_export, name="note_export"),
    path("learn/notes/<uuid:key>/delete/", notes.note_delete, name="note_delete"),
    path("learn/questions/", questions.question_mine, name="question_mine"),
    path("learn/questions/<pk:pk>/", questions.question_detail, name="question_detail"),
    path("learn/questions/<pk:pk>/withdraw/", questions.question_withdraw, name="question_withdraw"),
    path("learn/reminders/", reminders.reminder_setting, name="reminder_setting"),
    path("learn/reminders/stop/<str:token>/", reminders.reminder_stop, name="reminder_stop"),
    path("learn/offline/", offline.offline_owner, name="offline_owner"),
    path("sw.js", offline.service_worker, name="service_worker"),
    path("manifest.webmanifest", offline.web_manifest, name="web_manifest"),
    path("offline/", offline.offline, name="offline"),
]
