"""The few answers of the public site that are not pages."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

ROBOTS = """User-agent: *
Disallow: /accounts/
Disallow: /certificates/
Allow: /certificates/verify/$
Disallow: /cms/
Disallow: /exams/
Disallow: /learn/
Disallow: /media/
Disallow: /orders/
Disallow: /staffing/checks/

Sitemap: {site_url}/sitemap.xml
"""


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS.format(site_url=settings.SITE_URL), content_type="text/plain; charset=utf-8")
