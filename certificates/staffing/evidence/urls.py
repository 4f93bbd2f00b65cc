"""Pages of one company's packs, below its address; and the public ones of a link."""

from django.urls import path, re_path

from certificates.staffing.evidence import views

LINK = r"^evidence/(?P<token>[A-Za-z0-9_-]{43})/"
urlpatterns = [
    path("evidence/", views.evidence_list, name="evidence_list"),
    path("evidence/new/", views.evidence_create, name="evidence_create"),
    path("evidence/<pk:pack_pk>/", views.evidence_detail, name="evidence_detail"),
    path("evidence/<pk:pack_pk>/share/", views.evidence_share, name="evidence_share"),
    path("evidence/<pk:pack_pk>/file.<slug:kind>", views.evidence_file, name="evidence_file"),
    path("evidence/links/<pk:link_pk>/revoke/", views.evidence_revoke, name="evidence_revoke"),
]
public = [
    re_path(LINK + r"$", views.evidence_shared, name="evidence_shared"),
    re_path(LINK + r"file\.(?P<kind>[a-z]{3,4})$", views.evidence_shared_file, name="evidence_shared_file"),
]
