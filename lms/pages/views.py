"""Wagtail's pages for the public, and the few answers that are not pages."""

from hashlib import sha256

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from wagtail.views import serve

RENEWAL_SECONDS = 5  # the old page stands this much longer, while one visitor renews it
ROBOTS = """User-agent: *
Disallow: /accounts/
Disallow: /certificates/
Allow: /certificates/verify/$
Disallow: /cms/
Disallow: /exams/
Disallow: /learn/
Disallow: /media/
Disallow: /orders/
Disallow: /search/
Disallow: /staffing/checks/

Sitemap: {site_url}/sitemap.xml
"""


@login_not_required
def page(request: HttpRequest, path: str) -> HttpResponse:
    """
    Serve a page; to strangers for PUBLIC_PAGE_SECONDS from the cache, so that a change reaches them that much later.

    A stranger sends no cookie at all: no session, no message to be shown, no form token. All strangers get the same
    page, whatever its kind. Pages are public here; each decides what it shows to whom.
    Source: docs/rules/syllabus.md, rule Y8.
    """
    is_stranger = request.method == "GET" and not request.COOKIES and not request.GET
    if not is_stranger or not settings.PUBLIC_PAGE_SECONDS:
        return serve(request, path)
    key = "page:" + sha256(f"{request.get_host()} {request.path}".encode()).hexdigest()
    # One visitor at a time renews the page; the others get the old one meanwhile and do not queue behind it.
    is_my_turn = cache.add(f"{key}:turn", 1, settings.PUBLIC_PAGE_SECONDS)
    content = None if is_my_turn else cache.get(key)
    if content is None:
        response = serve(request, path)
        if _is_for_all(response):
            cache.set(key, response.content, settings.PUBLIC_PAGE_SECONDS + RENEWAL_SECONDS)
        return response
    response = HttpResponse(content)
    patch_vary_headers(response, ["Cookie"])
    return response


def _is_for_all(response: HttpResponse) -> bool:
    """Say whether every stranger may get this answer: a whole page without a form, a cookie or a word on caching."""
    if not isinstance(response, TemplateResponse) or response.status_code != 200:
        return False
    response.render()
    return not response.cookies and "Cache-Control" not in response and b"csrfmiddlewaretoken" not in response.content


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS.format(site_url=settings.SITE_URL), content_type="text/plain; charset=utf-8")
