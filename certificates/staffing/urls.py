from django.urls import include, path

from certificates.staffing import views
from certificates.staffing.evidence import urls as evidence_urls
from certificates.staffing.planning import urls as planning_urls

app_name = "staffing"
urlpatterns = [
    path("", views.calculator, name="calculator"),
    path("template.xlsx", views.roster_template, name="roster_template"),
    path("checks/", views.check_list, name="check_list"),
    path("checks/new/", views.check_create, name="check_create"),
    path("checks/<pk:pk>/", views.check_detail, name="check_detail"),
    path("checks/<pk:pk>/delete/", views.check_delete, name="check_delete"),
    path("companies/<pk:pk>/", include(planning_urls)),
    path("companies/<pk:pk>/", include(evidence_urls)),
    path("", include(evidence_urls.public)),
]
