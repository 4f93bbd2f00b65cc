"""The labs for everybody: all of them, and one at a time."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.blocks.labs import lab_context
from courses.labs.shelf import LABS
from courses.models import LessonPage


@login_not_required
@require_safe
def lab_list(request: HttpRequest) -> HttpResponse:
    return render(request, "courses/lab_list.html", {"labs": list(LABS.values())})


@login_not_required
@require_safe
def lab_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one lab, with the lesson that explains it, if there is one on sale."""
    if slug not in LABS:
        raise Http404
    lesson = LessonPage.objects.live().filter(slug=LABS[slug].lesson).order_by("path").defer("body").first()
    others = [lab for lab in LABS.values() if lab.slug != slug]
    return render(request, "courses/lab_detail.html", lab_context(slug) | {"lesson": lesson, "others": others})
