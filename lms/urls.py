"""Every URL of the site. Wagtail's pages come last: they take what nobody else took."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.urls import serve_pattern

from certificates import views as certificates
from courses.views import media
from lms import health, mailbox, views
from lms.pages import views as pages
from lms.pages.sitemaps import SITEMAPS
from lms.search import views as search

handler400 = "lms.error_views.bad_request"
handler403 = "lms.error_views.permission_denied"
handler404 = "lms.error_views.page_not_found"
handler500 = "lms.error_views.server_error"

local = [
    path("local/mail/", mailbox.mailbox, name="mailbox"),
    path("local/mail/<str:key>/", mailbox.mailbox_message, name="mailbox_message"),
]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", pages.robots, name="robots"),
    path("sitemap.xml", login_not_required(sitemap), {"sitemaps": SITEMAPS}, name="sitemap"),
    path(".well-known/did.json", certificates.did_document, name="did_document"),
    path("cms/", include(wagtailadmin_urls)),
    path("django-admin/", admin.site.urls),
    # In front of Wagtail's own: public documents need no account, paid ones have an address for each person.
    path("documents/<int:document_id>/<str:document_filename>", media.document_file, name="wagtaildocs_serve"),
    path("documents/", include(wagtaildocs_urls)),
    path("accounts/", include("lms.users.urls")),
    path("accounts/", include("allauth.urls")),
    path("learn/", views.learn, name="learn"),
    path("search/", search.search, name="search"),
    path("", include("courses.urls")),
    path("", include("payments.urls")),
    path("exams/", include("exams.urls")),
    path("certificates/", include("certificates.urls")),
    path("staffing/", include("certificates.staffing.urls")),
    path("api/v1/", include("lms.api.urls")),
    *(local if settings.EMBEDDED else []),
    # Wagtail marks no view as public; ours is.
    re_path(serve_pattern, pages.page, name="wagtail_serve"),
    path("", include(wagtail_urls)),
]
