"""Notes and marks, and the place in a lesson: what its page posts, and the pages of all my notes."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from courses import media_access, notes, resume
from courses.lesson_forms import NoteForm, PlaceForm
from courses.models import LessonPage, Note
from courses.notes import export
from lms.errors import DomainError
from lms.http import UserRequest

NOTES_A_PAGE = 20
LONGEST_SEARCH = 50  # characters
FORMATS = {
    "md": "text/markdown; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_POST
def lesson_place(request: UserRequest, pk: int) -> JsonResponse:
    """Remember the paragraph that is being read."""
    lesson = _readable(request, pk)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": "位置没有记下。"}, status=400)
    resume.save_place(learner=request.user, lesson=lesson, now=timezone.now(), **form.cleaned_data)
    return JsonResponse({})


@require_POST
def note_save(request: UserRequest, pk: int) -> JsonResponse:
    """Keep one note. 409 says that it stands differently now (and how), or that it is gone."""
    lesson = _readable(request, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        error = next(iter(form.errors.values()))[0]
        return JsonResponse({"error": f"没有保存：{error}"}, status=400)
    try:
        note = notes.save(learner=request.user, lesson=lesson, draft=form.draft, now=timezone.now())
    except notes.NoteChanged as refusal:
        return JsonResponse({"error": str(refusal), "note": as_json(refusal.note)}, status=409)
    except notes.NoteGone as refusal:
        return JsonResponse({"error": str(refusal), "note": None}, status=409)
    except DomainError as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    return JsonResponse({"note": as_json(note)})


@require_POST
def note_delete(request: UserRequest, key: UUID) -> HttpResponse:
    """Delete one of my notes. A script gets an empty answer, the list's form comes back to the list."""
    is_deleted = notes.delete(learner=request.user, key=key)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({})
    messages.success(request, "笔记已删除。" if is_deleted else "这条笔记已经不在了。")
    return redirect("courses:note_list")


@require_safe
def note_list(request: UserRequest) -> HttpResponse:
    """All of my notes, in the order of the courses, searched by ?q=."""
    query = _cleaned(request.GET.get("q", ""))
    found = Note.objects.of(request.user).containing(query).in_course_order().select_related("lesson")
    page = Paginator(found.defer("lesson__body"), NOTES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "courses/note_list.html", {"page_obj": page, "query": query})


@require_safe
def note_export(request: UserRequest, form: str) -> HttpResponse:
    """All of my notes as a file."""
    if form not in FORMATS:
        raise Http404
    mine = Note.objects.of(request.user).in_course_order().select_related("lesson").defer("lesson__body")
    content = export.workbook(mine) if form == "xlsx" else export.markdown(mine)
    name = f"notes-{timezone.localdate():%Y-%m-%d}.{form}"
    return HttpResponse(
        content,
        content_type=FORMATS[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )


def as_json(note: Note) -> dict[str, Any]:
    """Write a note as the page's script knows it."""
    return {
        "key": str(note.key),
        "revision": note.revision,
        "text": note.text,
        "colour": note.colour,
        "quote": note.quote,
        "before": note.before,
        "after": note.after,
        "position": note.position,
        "saved": f"{timezone.localtime(note.updated_at):%Y-%m-%d %H:%M}",
    }


def _readable(request: UserRequest, pk: int) -> LessonPage:
    lesson: LessonPage = get_object_or_404(LessonPage.objects.live().defer("body"), pk=pk)
    if not media_access.may_read(user=request.user, lesson=lesson):
        raise Http404
    return lesson


def _cleaned(query: str) -> str:
    return query.replace("\x00", "").strip()[:LONGEST_SEARCH]
