"""Notes and marks: keep one, delete one. Only their writer ever sees them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from courses.models import LessonPage, Note
from lms.errors import DomainError
from lms.users.models import User

MOST_IN_A_LESSON = 300


class TooManyNotes(DomainError):
    message = f"这一课的笔记和标记已经有 {MOST_IN_A_LESSON} 条，不能再加。请先删掉不要的。"


class NothingWritten(DomainError):
    message = "笔记是空的，没有保存。写几个字，或把它删掉。"


class NoteOfAnotherLesson(DomainError):
    message = "这条笔记属于另一课，不能存到这里。请刷新页面后再写。"


class NoteGone(DomainError):
    message = "这条笔记已经在别处删除。要留下现在写的，请另存一条。"


class NoteChanged(DomainError):
    """Somebody (the learner, elsewhere) saved it meanwhile; `note` is how it stands now."""

    message = "这条笔记在另一个页面改过。请选择用你现在写的，还是用那边的。"

    def __init__(self, note: Note) -> None:
        self.note = note
        super().__init__()


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What the page sends: the note as it should be. `revision` is the one it was written upon, 0 for a new note."""

    key: UUID
    revision: int
    text: str = ""
    colour: str = ""
    quote: str = ""
    before: str = ""
    after: str = ""
    position: int = 0


@transaction.atomic
def save(*, learner: User, lesson: LessonPage, draft: Draft, now: datetime) -> Note:
    """
    Keep a note; the same one sent again changes nothing.

    What a note is about is settled by its first saving; later ones change its words and its colour.
    Raises: NothingWritten, TooManyNotes, NoteOfAnotherLesson, NoteGone, NoteChanged.
    Source: docs/rules/learning.md, rules L5-L7.
    """
    if not draft.text.strip() and not draft.colour:
        raise NothingWritten
    User.objects.select_for_update(no_key=True).get(pk=learner.pk)  # one saving of a learner at a time: keys and counts
    note = Note.objects.of(learner).filter(key=draft.key).first()
    if note is None:
        return _create(learner, lesson, draft, now)
    if note.lesson_id != lesson.pk:
        raise NoteOfAnotherLesson
    if (note.text, note.colour) == (draft.text, draft.colour):
        return note
    if note.revision != draft.revision:
        raise NoteChanged(note)
    note.text, note.colour = draft.text, draft.colour
    note.revision, note.updated_at = note.revision + 1, now
    note.save(update_fields=["text", "colour", "revision", "updated_at"])
    return note


def delete(*, learner: User, key: UUID) -> bool:
    """Delete a note for good; False if there was none. Source: docs/rules/learning.md, rule L3."""
    deleted, _ = Note.objects.of(learner).filter(key=key).delete()
    return bool(deleted)


def _create(learner: User, lesson: LessonPage, draft: Draft, now: datetime) -> Note:
    if draft.revision:
        raise NoteGone
    if Note.objects.of(learner).filter(lesson=lesson).count() >= MOST_IN_A_LESSON:
        raise TooManyNotes
    return Note.objects.create(
        learner=learner,
        lesson=lesson,
        key=draft.key,
        text=draft.text,
        colour=draft.colour,
        quote=draft.quote,
        before=draft.before,
        after=draft.after,
        position=draft.position,
        created_at=now,
        updated_at=now,
    )
