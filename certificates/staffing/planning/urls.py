"""Pages of one company's forecast, below its address."""

from django.urls import path

from certificates.staffing.planning import views

urlpatterns = [
    path("forecast/", views.plan_forecast, name="plan_forecast"),
    path("plan/", views.plan_detail, name="plan_detail"),
]
