from django.urls import path

from certificates import views

app_name = "certificates"
urlpatterns = [
    path("", views.certificate_list, name="certificate_list"),
    path("verify/", views.verify, name="verify"),
    path("verify/<str:number>/", views.verify, name="verify"),  # what the QR code opens
    path("<str:number>/pdf/", views.certificate_pdf, name="certificate_pdf"),
]
