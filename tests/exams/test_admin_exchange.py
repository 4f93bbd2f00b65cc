import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from exams import exchange
from exams.models import Item, ItemImport
from tests.exams.test_admin import staff, text_of
from tests.exams.test_exchange_importing import AIKEN, WORKBOOK
from tests.factories.exams import make_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return staff("view_item", "add_item", "view_itemimport")


def upload(client, content: bytes = WORKBOOK, **data: str):
    file = SimpleUploadedFile("题库.xlsx", content)
    return client.post("/cms/exam_imports/upload/", {"file": file, "pool": "PRACTICE", **data})


def test_upload_is_shown_confirmed_and_stored(editor, now):
    response = upload(editor)
    exchange.work_off(now=now)
    page = text_of(editor.get(response.url))
    job = ItemImport.objects.get()

    editor.post(f"/cms/exam_imports/{job.pk}/decide/")
    exchange.work_off(now=now)

    assert ("将新增 8 题" in page, "确认导入为草稿" in page, Item.objects.count()) == (True, True, 8)
    assert "已新增 8 题" in text_of(editor.get(f"/cms/exam_imports/{job.pk}/progress/"))


def test_upload_with_errors_lists_them_and_cannot_be_confirmed(editor, now):
    url = upload(editor, AIKEN.encode()).url
    exchange.work_off(now=now)

    page = text_of(editor.get(url))
    editor.post(f"/cms/exam_imports/{ItemImport.objects.get().pk}/decide/")

    assert ("1 处错误，一题也没有导入" in page, "没有写模块" in page, "确认导入" in page) == (True, True, False)
    assert not Item.objects.exists()


def test_upload_that_is_dropped_writes_nothing(editor, now):
    upload(editor)
    exchange.work_off(now=now)
    job = ItemImport.objects.get()

    editor.post(f"/cms/exam_imports/{job.pk}/decide/", {"drop": "1"})

    job.refresh_from_db()
    assert (job.status, Item.objects.exists()) == ("DROPPED", False)


def test_upload_of_too_big_a_file_is_refused_in_words(editor):
    assert "文件超过 20 MB" in text_of(upload(editor, b"x" * (exchange.MAX_BYTES + 1)))
    assert not ItemImport.objects.exists()


@pytest.mark.parametrize("target", exchange.TARGETS)
def test_export_gives_what_was_chosen(editor, target):
    make_item(module="M1")
    make_item(module="M2", pool="PRACTICE")

    response = editor.get(f"/cms/exam_imports/export/?target={target}&module=M2")

    _, found = exchange.read(b"".join(response.streaming_content))
    assert [entry.stem for entry in found.entries] == ["题干2"]
    assert "attachment" in response.headers["Content-Disposition"]


def test_template_is_a_workbook(editor):
    assert b"".join(editor.get("/cms/exam_imports/template/").streaming_content).startswith(b"PK")


def test_exchange_needs_permission():
    nobody = staff("view_exam")

    for path in ("", "upload/", "export/", "template/"):
        assert nobody.get(f"/cms/exam_imports/{path}").status_code in {302, 403}


@pytest.mark.parametrize("count", [1, 3])
def test_import_list_takes_the_same_queries_for_any_length(editor, now, count, django_assert_max_num_queries):
    for _ in range(count):
        upload(editor)

    with django_assert_max_num_queries(13):
        assert "题库.xlsx" in text_of(editor.get("/cms/exam_imports/"))
