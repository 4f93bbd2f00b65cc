"""The addresses under `/api/v1/`. Whoever has no token is answered in JSON and never sent to the login page."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import re_path
from ninja import NinjaAPI

from lms.api import certificates, checking, problems, roster, seats, views

api = NinjaAPI(
    title=f"{settings.SITE_NAME} 企业接口",
    version="1",
    description="给企业自己的人事系统用。令牌由负责人在企业的“接口令牌”页面创建，只到达这一家企业。",
    urls_namespace="api",
    docs_url=None,
)
problems.install(api)
for router in (roster.router, checking.router, certificates.router, seats.router):
    api.add_router("", router)

app_name = "api"
urlpatterns = [
    re_path("^$", views.not_found, name="not_found"),  # before the library's own, which has no problem to tell
    *api.urls[0],
    re_path("", views.not_found, name="not_found"),
]
for entry in urlpatterns:
    if entry.callback:
        entry.callback = login_not_required(views.told(entry.callback))
