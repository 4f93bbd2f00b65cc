from django.urls import include, path

from certificates.staffing import views
from certificates.staffing.evidence import urls as evidence_urls
from certificates.staffing.planning import calculator
from certificates.staffing.planning import urls as planning_urls
from certificates.staffing.readiness import urls as readiness_urls

company = [
    path("", views.company_detail, name="company_detail"),
    path("settings/", views.company_settings, name="company_settings"),
    path("settings/domain/", views.domain_send, name="domain_send"),
    path("settings/group/", views.group_join, name="group_join"),
    path("settings/group/leave/", views.group_leave, name="group_leave"),
    path("members/", views.member_list, name="member_list"),
    path("members/digest/", views.member_digest, name="member_digest"),
    path("members/<pk:member_pk>/role/", views.member_role, name="member_role"),
    path("members/<pk:member_pk>/remove/", views.member_remove, name="member_remove"),
    path("invitations/<pk:invitation_pk>/withdraw/", views.invitation_withdraw, name="invitation_withdraw"),
    path("sites/", views.site_list, name="site_list"),
    path("sites/<pk:site_pk>/", views.site_edit, name="site_edit"),
    path("sites/<pk:site_pk>/delete/", views.site_delete, name="site_delete"),
    path("imports/", views.import_list, name="import_list"),
    path("imports/<pk:import_pk>/", views.import_detail, name="import_detail"),
    path("imports/<pk:import_pk>/confirm/", views.import_confirm, name="import_confirm"),
    path("imports/<pk:import_pk>/discard/", views.import_discard, name="import_discard"),
    path("people/", views.person_list, name="person_list"),
    path("people/new/", views.person_create, name="person_create"),
    path("people/roster.xlsx", views.person_export, name="person_export"),
    path("people/<pk:person_pk>/", views.person_detail, name="person_detail"),
    path("people/<pk:person_pk>/edit/", views.person_edit, name="person_edit"),
    path("people/<pk:person_pk>/days/", views.person_days, name="person_days"),
    path("people/<pk:person_pk>/leave/", views.person_leave, name="person_leave"),
    path("people/<pk:person_pk>/delete/", views.person_delete, name="person_delete"),
    path("people/<pk:person_pk>/guide/", views.person_judge, name="person_judge"),
    path("people/<pk:person_pk>/consent/", views.consent_invite, name="consent_invite"),
    path("people/<pk:person_pk>/external/", views.external_create, name="external_create"),
    path("people/<pk:person_pk>/training/", views.training_create, name="training_create"),
    path("external/<pk:external_pk>/scan/", views.external_scan, name="external_scan"),
    path("external/<pk:external_pk>/delete/", views.external_delete, name="external_delete"),
    path("api/", views.api_token_list, name="api_token_list"),
    path("api/<pk:token_pk>/revoke/", views.api_token_revoke, name="api_token_revoke"),
    path("training/", views.training_list, name="training_list"),
    path("training/<pk:training_pk>/nudge/", views.training_nudge, name="training_nudge"),
]

app_name = "staffing"
urlpatterns = [
    path("", calculator.calculator, name="calculator"),
    path("embed/", calculator.calculator_embed, name="calculator_embed"),
    path("template.xlsx", views.roster_template, name="roster_template"),
    path("checks/", views.check_list, name="check_list"),
    path("checks/new/", views.check_create, name="check_create"),
    path("checks/<pk:pk>/", views.check_detail, name="check_detail"),
    path("checks/<pk:pk>/delete/", views.check_delete, name="check_delete"),
    path("consents/", views.consent_list, name="consent_list"),
    path("consents/<pk:pk>/withdraw/", views.consent_withdraw, name="consent_withdraw"),
    path("consents/answer/<str:token>/", views.consent_give, name="consent_give"),
    path("domains/<str:token>/", views.domain_prove, name="domain_prove"),
    path("members/<str:token>/", views.member_accept, name="member_accept"),
    path("groups/<pk:pk>/", views.group_detail, name="group_detail"),
    path("companies/", views.company_list, name="company_list"),
    path("companies/new/", views.company_create, name="company_create"),
    path("companies/<pk:pk>/", include(company)),
    path("companies/<pk:pk>/", include(planning_urls)),
    path("companies/<pk:pk>/", include(evidence_urls)),
    path("companies/<pk:pk>/", include(readiness_urls)),
    path("", include(evidence_urls.public)),
]
