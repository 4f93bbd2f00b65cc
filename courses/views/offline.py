"""The site as an app: its manifest, its service worker, and the page shown without a network."""

import json

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

from courses.models import CoursePage, Enrolment
from lms.http import UserRequest
from lms.users.models import User

OWNER = "X-Offline-Owner"  # on a lesson that its reader's device may keep
HOUR_SECONDS = 3600
SHELL = ("css/site.css", "css/lesson.css", "js/lesson/offline-page.js", "img/mark.svg")


@login_not_required
@require_safe
def web_manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to put the site on its home screen."""
    icons = [
        {"src": static(f"img/app-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size, purpose in ((192, "any"), (512, "any"))
    ]
    maskable = {"src": static("img/app-maskable-512.png"), "sizes": "512x512", "type": "image/png"}
    manifest = {
        "name": settings.SITE_NAME,
        "short_name": "售后管理师",
        "lang": "zh-Hans",
        "id": "/learn/",
        "start_url": "/learn/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfaf7",
        "theme_color": "#0f6b68",
        "icons": [*icons, maskable | {"purpose": "maskable"}],
    }
    answer = JsonResponse(manifest, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = f"public, max-age={HOUR_SECONDS}"
    return answer


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, at the root so that it may serve the whole site; never cached, so that a fix arrives at once."""
    config = {
        "shell": [static(name) for name in SHELL],
        "static_url": settings.STATIC_URL,
        "owner_header": OWNER,
        "max_age_seconds": settings.SESSION_COOKIE_AGE,
    }
    answer = render(
        request, "courses/service_worker.js", {"config": json.dumps(config)}, content_type="text/javascript"
    )
    answer["Cache-Control"] = "no-cache"
    answer["Service-Worker-Allowed"] = "/"
    return answer


@login_not_required
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the worker shows instead of a page that it cannot fetch. The same for everybody."""
    return render(request, "courses/offline.html")


@require_safe
def offline_owner(request: UserRequest) -> JsonResponse:
    """Say to the worker whose device this is, and below which addresses it may keep lessons. Source: rule L27."""
    courses = CoursePage.objects.live().filter(enrolments__in=Enrolment.objects.standing().of(request.user))
    kept = sorted(course.get_url(request) for course in courses)
    answer = JsonResponse({"owner": owner_of(request.user), "courses": kept})
    answer["Cache-Control"] = "private, no-store"
    return answer


def owner_of(user: User) -> str:
    """Return the mark of a person on a device: says nothing about them, and nobody can make another's."""
    return salted_hmac("courses.offline", str(user.pk)).hexdigest()[:20]
