from django.urls import path

from courses.views import claims, media, study

app_name = "courses"
urlpatterns = [
    path("learn/lessons/<pk:pk>/presence/", study.lesson_presence, name="lesson_presence"),
    path("learn/lessons/<pk:pk>/complete/", study.lesson_complete, name="lesson_complete"),
    path("learn/lessons/<pk:pk>/media/<pk:image_pk>/<slug:spec>/", media.lesson_image, name="lesson_image"),
    path("seats/join/<slug:token>/", claims.seat_claim, name="seat_claim"),
    path("media/<path:path>", media.media_file, name="media_file"),
]
