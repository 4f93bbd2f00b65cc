"""Notes and marks: docs/rules/learning.md, L3-L9; the place in a lesson: L1-L2."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from courses import enrolment, notes
from courses.models import Enrolment, Note, ReadingPlace
from courses.notes import Draft
from courses.notes.export import markdown
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course

pytestmark = pytest.mark.django_db
KEY = UUID("00000000-0000-4000-8000-000000000001")
DRAFT = Draft(
    key=KEY, revision=0, text="记一笔", colour="TEAL", quote="付费正文1-1", before="前", after="后", position=3
)


@pytest.fixture
def lesson(alice):
    course = make_course(lessons=2)
    EnrolmentFactory(learner=alice, course=course)
    return lessons_of(course)[0]


def save(learner, lesson, now, **changes):
    return notes.save(learner=learner, lesson=lesson, draft=replace(DRAFT, **changes), now=now)


def facts(note: Note) -> tuple[object, ...]:
    return note.text, note.colour, note.quote, note.before, note.after, note.position, note.revision


# --- Saving ----------------------------------------------------------------------------------------------
def test_a_note_is_kept_whole(alice, lesson, now):
    note = save(alice, lesson, now)

    assert facts(Note.objects.get()) == ("记一笔", "TEAL", "付费正文1-1", "前", "后", 3, 1)
    assert (note.created_at, note.updated_at) == (now, now)


def test_the_same_note_sent_again_is_one_note(alice, lesson, now):
    save(alice, lesson, now)
    save(alice, lesson, now + timedelta(seconds=9))

    assert facts(Note.objects.get()) == ("记一笔", "TEAL", "付费正文1-1", "前", "后", 3, 1)


def test_a_correction_changes_words_and_colour_not_what_it_is_about(alice, lesson, now):
    save(alice, lesson, now)
    save(alice, lesson, now + timedelta(hours=1), revision=1, text="改过", colour="ROSE", quote="别处", position=99)

    note = Note.objects.get()
    assert facts(note) == ("改过", "ROSE", "付费正文1-1", "前", "后", 3, 2)
    assert (note.created_at, note.updated_at) == (now, now + timedelta(hours=1))


def test_a_note_changed_elsewhere_is_not_written_over(alice, lesson, now):
    save(alice, lesson, now)
    save(alice, lesson, now, revision=1, text="那边")

    with pytest.raises(notes.NoteChanged) as refusal:
        save(alice, lesson, now, revision=1, text="这边")

    assert refusal.value.note.text == "那边"
    assert Note.objects.get().text == "那边"


def test_a_note_deleted_elsewhere_does_not_come_back_by_itself(alice, lesson, now):
    with pytest.raises(notes.NoteGone):
        save(alice, lesson, now, revision=1)


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_note_is_refused(alice, lesson, now, text):
    with pytest.raises(notes.NothingWritten):
        save(alice, lesson, now, text=text, colour="")


def test_a_note_stays_in_its_lesson(alice, lesson, now):
    save(alice, lesson, now)

    with pytest.raises(notes.NoteOfAnotherLesson):
        save(alice, lesson.get_siblings().last().specific, now, revision=1, text="改")


def test_a_lesson_holds_so_many_notes(alice, lesson, now, monkeypatch):
    monkeypatch.setattr(notes, "MOST_IN_A_LESSON", 1)
    save(alice, lesson, now)

    with pytest.raises(notes.TooManyNotes):
        save(alice, lesson, now, key=UUID(int=2))


def test_keys_of_different_people_do_not_meet(alice, charlie, lesson, now):
    EnrolmentFactory(learner=charlie, course=Enrolment.objects.get().course)
    save(alice, lesson, now)
    save(charlie, lesson, now, text="丙的")

    assert notes.delete(learner=charlie, key=KEY) is True
    assert [note.learner for note in Note.objects.all()] == [alice]


# --- What the page posts -----------------------------------------------------------------------------------
def sent(**changes: object) -> dict[str, object]:
    return {"key": str(KEY), "revision": 0, "text": "记", "colour": "", "quote": "", "position": 0} | changes


def post(client, lesson, **changes):
    return client.post(reverse("courses:note_save", args=[lesson.pk]), sent(**changes))


def test_note_save_answers_with_the_note(as_alice, lesson):
    answer = post(as_alice, lesson).json()["note"]

    assert answer | {"saved": ""} == {
        "key": str(KEY),
        "revision": 1,
        "text": "记",
        "colour": "",
        "quote": "",
        "before": "",
        "after": "",
        "position": 0,
        "saved": "",
    }


def test_note_save_conflict_brings_the_other_text(as_alice, alice, lesson, now):
    save(alice, lesson, now, text="那边")

    answer = post(as_alice, lesson, text="这边")

    assert (answer.status_code, answer.json()["note"]["text"]) == (409, "那边")


def test_note_save_of_a_deleted_note_says_so(as_alice, lesson):
    answer = post(as_alice, lesson, revision=3)

    assert (answer.status_code, answer.json()) == (409, {"error": notes.NoteGone.message, "note": None})


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "x"},
        {"revision": -1},
        {"text": "长" * 5001},
        {"colour": "BLACK", "quote": "x"},
        {"colour": "TEAL"},
        {"quote": "长" * 1001},
        {"position": "x"},
        {"text": "\x00"},
        {"text": ""},
    ],
)
def test_note_save_refuses_nonsense_in_words(as_alice, lesson, changes):
    answer = post(as_alice, lesson, **changes)

    assert answer.status_code in {400, 422}
    assert answer.json()["error"]
    assert not Note.objects.exists()


@pytest.mark.parametrize("url", ["note_save", "lesson_place", "question_list"])
def test_strangers_find_no_such_lesson(as_charlie, lesson, url):
    assert as_charlie.post(reverse(f"courses:{url}", args=[lesson.pk]), sent()).status_code == 404


def test_after_withdrawal_notes_are_read_and_deleted_but_not_written(as_alice, alice, lesson, now):
    save(alice, lesson, now)
    enrolment.withdraw(enrolment=Enrolment.objects.get(), reason="退款", now=now)

    assert post(as_alice, lesson, revision=1, text="改").status_code == 404
    assert "记一笔" in as_alice.get("/learn/notes/").content.decode()
    as_alice.post(reverse("courses:note_delete", args=[KEY]))
    assert not Note.objects.exists()


def test_note_delete_of_somebody_elses_note_does_nothing(as_charlie, alice, lesson, now):
    save(alice, lesson, now)

    as_charlie.post(reverse("courses:note_delete", args=[KEY]))

    assert Note.objects.count() == 1


def test_note_delete_answers_the_script_and_the_form(as_alice):
    address = reverse("courses:note_delete", args=[KEY])

    assert as_alice.post(address, headers={"accept": "application/json"}).json() == {}
    assert as_alice.post(address)["Location"] == "/learn/notes/"


# --- The list and the files --------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_note_list_takes_a_steady_number_of_queries(as_alice, alice, lesson, now, count, django_assert_max_num_queries):
    for number in range(count):
        save(alice, lesson, now, key=UUID(int=number + 1))
    as_alice.get("/learn/notes/")

    with django_assert_max_num_queries(8):  # session, person, count, notes; the header's own
        as_alice.get("/learn/notes/")


@pytest.mark.parametrize(("query", "is_found"), [("记", True), ("付费 一笔", True), ("第1-1课", True), ("没有", False)])
def test_note_list_finds_words_in_text_quotation_and_lesson(as_alice, alice, lesson, now, query, is_found):
    save(alice, lesson, now)

    assert ("到课文里看" in as_alice.get("/learn/notes/", {"q": query}).content.decode()) is is_found


def test_note_list_of_nobody_else(as_charlie, alice, lesson, now):
    save(alice, lesson, now)

    assert "还没有笔记" in as_charlie.get("/learn/notes/").content.decode()


def test_note_list_takes_any_search(as_alice):
    assert as_alice.get("/learn/notes/", {"q": "\x00" * 99, "page": "x"}).status_code == 200


def test_note_export_as_markdown_keeps_what_was_typed_as_text(as_alice, alice, lesson, now):
    save(alice, lesson, now, text="# 不是标题\n*也不是*", colour="")

    answer = as_alice.get("/learn/notes/export/md/")

    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.content.decode() == (
        "# 我的笔记\n\n## 第1-1课\n\n> 付费正文1-1\n\n\\# 不是标题  \n\\*也不是\\*  \n\n（笔记，2026-11-22 14:03）\n"
    )


def test_note_export_as_workbook_writes_formulas_as_text(as_alice, alice, lesson, now):
    save(alice, lesson, now, text="=1+1")

    answer = as_alice.get("/learn/notes/export/xlsx/")

    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["课", "种类", "原文", "笔记", "写于", "改于"]
    assert rows[1][:4] == ["第1-1课", "青绿标记", "付费正文1-1", "=1+1"]


def test_note_export_of_nothing_is_a_file_too(as_charlie):
    assert markdown([]) == "# 我的笔记\n"
    assert as_charlie.get("/learn/notes/export/xlsx/").status_code == 200
    assert as_charlie.get("/learn/notes/export/pdf/").status_code == 404


# --- The place -----------------------------------------------------------------------------------------------
def place(client, lesson, **fields):
    return client.post(reverse("courses:lesson_place", args=[lesson.pk]), fields)


def test_lesson_place_keeps_the_last_one(as_alice, lesson):
    place(as_alice, lesson, quote="第一段", position=0)
    place(as_alice, lesson, quote="第九段", position=900)

    row = ReadingPlace.objects.get()
    assert (row.quote, row.position) == ("第九段", 900)
    assert as_alice.get(lesson.url).context["place"] == {"quote": "第九段", "position": 900}


@pytest.mark.parametrize("fields", [{}, {"quote": "x", "position": -1}, {"quote": "长" * 41, "position": 1}])
def test_lesson_place_refuses_nonsense(as_alice, lesson, fields):
    assert place(as_alice, lesson, **fields).status_code == 400
    assert not ReadingPlace.objects.exists()


def test_the_lesson_brings_its_readers_own_notes_only(as_alice, alice, charlie, lesson, now):
    EnrolmentFactory(learner=charlie, course=Enrolment.objects.get().course)
    save(alice, lesson, now, text="甲的笔记")
    save(charlie, lesson, now, text="丙的笔记")

    page = as_alice.get(lesson.url)

    assert [note["text"] for note in page.context["notes"]] == ["甲的笔记"]
