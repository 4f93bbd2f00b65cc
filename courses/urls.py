from django.urls import include, path

from courses.views import claims, glossary, labs, media, records, seats, slides, streams, study

app_name = "courses"
urlpatterns = [
    path("learn/lessons/<pk:pk>/presence/", study.lesson_presence, name="lesson_presence"),
    path("learn/lessons/<pk:pk>/complete/", study.lesson_complete, name="lesson_complete"),
    path("learn/lessons/<pk:pk>/rate/", study.lesson_rate, name="lesson_rate"),
    path("learn/lessons/<pk:pk>/videos/<pk:document_pk>/", study.lesson_video, name="lesson_video"),
    path("learn/record/", records.study_record, name="study_record"),
    path("learn/record/export/", records.study_record_export, name="study_record_export"),
    path("learn/record/<pk:pk>/appeal/", records.study_appeal, name="study_appeal"),
    path("learn/lessons/<pk:pk>/media/<pk:image_pk>/<slug:spec>/", media.lesson_image, name="lesson_image"),
    path("learn/lessons/<pk:pk>/slides/<pk:document_pk>/<pk:number>/", slides.lesson_slide, name="lesson_slide"),
    path("", include("courses.lesson_urls")),
    path("glossary/", glossary.glossary, name="glossary"),
    path("labs/", labs.lab_list, name="lab_list"),
    path("labs/<slug:slug>/", labs.lab_detail, name="lab_detail"),
    path("seats/", seats.seat_list, name="seat_list"),
    path("seats/export/", seats.seat_export, name="seat_export"),
    path("seats/batches/<pk:pk>/", seats.seat_batch, name="seat_batch"),
    path("seats/batches/<pk:pk>/link/", seats.seat_link_open, name="seat_link_open"),
    path("seats/batches/<pk:pk>/link/withdraw/", seats.seat_link_withdraw, name="seat_link_withdraw"),
    path("seats/<pk:pk>/", seats.seat_detail, name="seat_detail"),
    path("seats/<pk:pk>/release/", seats.seat_release, name="seat_release"),
    path("seats/<pk:pk>/invite/", seats.seat_invite, name="seat_invite"),
    path("seats/join/<slug:token>/", claims.seat_claim, name="seat_claim"),
    path("learn/streams/<pk:pk>/master.m3u8", streams.stream_master, name="stream_master"),
    path("learn/streams/<str:token>/<str:name>", streams.stream_file, name="stream_file"),
    path("learn/files/<str:token>/<str:name>", media.media_signed, name="media_signed"),
    path("media/<path:path>", media.media_file, name="media_file"),
]
