from django.urls import path

from lms.users import views

app_name = "users"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/identity/", views.identity, name="identity"),
    path("profile/identity/withdraw/", views.identity_withdraw, name="identity_withdraw"),
]
