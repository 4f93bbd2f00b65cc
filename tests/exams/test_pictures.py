from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.models import Enrolment
from exams import attempts, bank, picture_files, pictures
from exams.models import Attempt, Exam, Item, ItemPicture, PictureUse
from exams.rich_text import rich_line
from tests.exams.drawings import DRAWING, SCRIPTED, moving, picture
from tests.exams.test_admin import ITEM_FORM, staff
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.exams import enter, make_eligible, make_exam, make_item

PNG = picture()


@pytest.fixture
def kept(db, now) -> ItemPicture:
    return pictures.keep(content=PNG, person=None, now=now)


def show(item: Item, image: ItemPicture, now, field: str = "stem") -> Item:
    """Give an item a version that shows a picture."""
    text = bank.Text.of(item.current)
    text = bank.Text(**vars(text) | {field: f"看图 {picture_files.reference(image.name, '一个方块')}"})
    bank.write_version(item=item, text=text, author=None, now=now)
    item.save()
    return item


# --- What is a picture ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "ending", "size"),
    [
        (PNG, "png", (8, 6)),
        (picture(kind="JPEG"), "jpg", (8, 6)),
        (picture(kind="WEBP"), "webp", (8, 6)),
        (picture(kind="GIF"), "gif", (8, 6)),
        (DRAWING, "svg", (0, 0)),
    ],
)
def test_examine_names_a_picture_by_what_it_holds(content, ending, size):
    found = picture_files.examine(content)

    assert found == picture_files.examine(content)
    assert (found.name[24:], len(found.name), found.width, found.height) == (f".{ending}", 25 + len(ending), *size)
    assert found.name != picture_files.examine(picture("blue")).name


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SCRIPTED, "元素 script"),
        (b"<!DOCTYPE svg [<!ENTITY x 'y'>]><svg/>", "DOCTYPE"),
        (b"<html><img src=x onerror=alert(1)></html>", "SVG"),
        (b"MZ\x90\x00 not a picture", "不是图片"),
        (PNG[:40], "不是图片"),
        (picture(size=(4001, 2)), "4001 × 2 像素"),
        (moving(), "动图"),
        (PNG + bytes(picture_files.MAX_BYTES), "2 MB"),
        (picture(kind="BMP"), "不是图片"),
    ],
)
def test_examine_refuses_what_is_no_harmless_picture(content, words):
    with pytest.raises(picture_files.PictureRefused, match=words):
        picture_files.examine(content)


def test_reference_lets_no_alternative_text_end_early():
    assert picture_files.reference("a.png", "甲](x) [乙\n 丙") == "![甲 (x) 乙 丙](pictures/a.png)"


def test_keep_takes_the_same_picture_once(kept, alice, now):
    again = pictures.keep(content=PNG, person=alice, now=now)

    assert (again, ItemPicture.objects.count(), again.added_by) == (kept, 1, None)
    assert pictures.content_of(kept.name) == PNG


# --- In the bank ------------------------------------------------------------------------------------------------------
def test_a_version_keeps_its_pictures_whatever_comes_later(kept, now):
    item = show(make_item(), kept, now)
    first = item.current
    bank.write_version(item=item, text=bank.Text.of(make_item().current), author=None, now=now)

    assert list(PictureUse.objects.values_list("version", "picture", "is_printed")) == [(first.pk, kept.pk, True)]
    assert f'src="/exams/pictures/{kept.name}" alt="一个方块"' in rich_line(first.stem)


def test_a_version_cannot_show_what_the_bank_has_not(db, now):
    text = bank.Text("![图](pictures/0123456789abcdef01234567.png)", ("甲", "乙"), "A", "解析", "出处")

    with pytest.raises(pictures.PictureMissing, match="没有图片 0123456789abcdef01234567"):
        bank.create(item=Item(code="M1-0900", kind="SINGLE", module="M1", point="x"), text=text, author=None, now=now)

    assert not Item.objects.exists()


def test_a_picture_needs_words(kept):
    text = bank.Text("看图", ("甲", f"![ ](pictures/{kept.name})"), "A", "解析", "出处")

    assert "替代文字" in bank.problem_of_text(kind="SINGLE", text=text)


# --- Who may see it ---------------------------------------------------------------------------------------------------
def status(client, image: ItemPicture) -> int:
    return client.get(reverse("exams:item_picture", args=[image.name])).status_code


@pytest.fixture
def pictured(db, kept, now) -> Exam:
    """An exam of which every question shows the picture."""
    exam = make_exam(spare=0, review="KEY", review_from="AT_ONCE")
    for item in Item.objects.all():
        show(item, kept, now)
    return exam


def test_item_picture_is_sent_as_a_picture_and_nothing_else(kept):
    response = staff("view_item").get(reverse("exams:item_picture", args=[kept.name]))

    assert (response.status_code, response["Content-Type"], response.content) == (200, "image/png", PNG)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "private" in response["Cache-Control"]


def test_item_picture_is_for_who_sits_it(pictured, kept, client, as_alice, as_charlie, alice, charlie, now):
    make_eligible(alice, pictured)
    make_eligible(charlie, pictured)
    assert status(as_alice, kept) == 404

    enter(exam=pictured, candidate=alice, now=now)

    assert [status(one, kept) for one in (as_alice, as_charlie, client)] == [200, 404, 404]


def test_item_picture_of_a_solution_is_not_for_who_sits_it(kept, as_alice, alice, now):
    exam = make_exam(spare=0, review="KEY", review_from="AT_ONCE")
    for item in Item.objects.all():
        show(item, kept, now, "explanation")
    make_eligible(alice, exam)
    attempt = enter(exam=exam, candidate=alice, now=now)
    assert status(as_alice, kept) == 404

    attempts.hand_in(attempt=attempt, now=now)

    assert status(as_alice, kept) == 200


def test_item_picture_follows_the_review(pictured, kept, as_alice, alice, now):
    make_eligible(alice, pictured)
    attempt = enter(exam=pictured, candidate=alice, now=now)
    attempts.hand_in(attempt=attempt, now=now)
    assert status(as_alice, kept) == 200

    Exam.objects.update(review="NONE")
    assert status(as_alice, kept) == 404

    Exam.objects.update(review="OWN")
    assert (status(as_alice, kept), Attempt.objects.count()) == (200, 1)


def test_item_picture_is_for_who_practises_it(kept, client, as_alice, as_charlie, alice, now):
    item = show(make_item(pool="PRACTICE"), kept, now)
    EnrolmentFactory(learner=alice, course=make_course(), source=Enrolment.Source.GRANT)
    assert [status(one, kept) for one in (as_alice, as_charlie, client)] == [200, 404, 404]

    bank.retire(item=item)

    assert status(as_alice, kept) == 404


def test_item_picture_unknown(db, as_alice):
    assert as_alice.get("/exams/pictures/0123456789abcdef01234567.png").status_code == 404
    assert as_alice.get("/exams/pictures/..%2Fx").status_code == 404


# --- The editor -------------------------------------------------------------------------------------------------------
def upload(client, content: bytes, **fields: object):
    file = SimpleUploadedFile("图.png", content)
    return client.post(reverse("exam_items:picture_add"), {"file": file, "alt": "一个方块"} | fields)


def test_picture_add_answers_what_to_write(db, now):
    editor = staff("view_item", "change_item")

    response = upload(editor, PNG)

    name = picture_files.examine(PNG).name
    assert response.json() == {"reference": f"![一个方块](pictures/{name})", "url": f"/exams/pictures/{name}"}
    image = ItemPicture.objects.get()
    assert (image.name, image.width, image.height, image.size, image.added_by) == (name, 8, 6, len(PNG), editor.user)


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        (SCRIPTED, {}, "script"),
        (PNG, {"alt": ""}, "替代文字"),
        (PNG + bytes(picture_files.MAX_BYTES), {}, "2 MB"),
        (PNG, {"file": ""}, "先选一张图片"),
        (PNG, {"file": "", "image": "999"}, "image"),
    ],
)
def test_picture_add_refuses_in_words(db, content, fields, words):
    response = upload(staff("view_item", "change_item"), content, **fields)

    assert response.status_code == 422
    assert words in response.json()["message"] or words == "image"
    assert not ItemPicture.objects.exists()


def test_picture_add_is_for_who_writes_items(db, as_alice):
    assert upload(staff("view_item"), PNG).status_code in {302, 403}
    assert upload(as_alice, PNG).status_code in {302, 403}
    assert not ItemPicture.objects.exists()


def test_the_editor_stores_an_item_with_its_picture(kept, now):
    editor = staff("view_item", "add_item")
    form = ITEM_FORM | {"options": f"甲\n![方块](pictures/{kept.name})\n丙"}

    page = editor.get(reverse("exam_items:add")).content.decode()
    stored = editor.post(reverse("exam_items:add"), form)

    assert "插入图片" in page
    assert stored.status_code == 302
    assert PictureUse.objects.get().version == Item.objects.get().current


def test_the_editor_names_a_picture_that_is_not_there(db):
    form = ITEM_FORM | {"stem": "![图](pictures/0123456789abcdef01234567.png)"}

    page = staff("view_item", "add_item").post(reverse("exam_items:add"), form).content.decode()

    assert "题库里没有图片 0123456789abcdef01234567.png" in page
    assert not Item.objects.exists()


def test_pictures_stay_when_the_review_is_long_over(
    pictured, kept, as_alice, alice, now, django_assert_max_num_queries
):
    make_eligible(alice, pictured)
    for day in range(3):
        attempt = enter(exam=pictured, candidate=alice, now=now + timedelta(days=2 * day))
        attempts.hand_in(attempt=attempt, now=now + timedelta(days=2 * day))

    with django_assert_max_num_queries(25):
        assert status(as_alice, kept) == 200
