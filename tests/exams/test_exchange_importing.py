import json
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command

from exams import bank, exchange
from exams.exchange import workbook_writing
from exams.exchange.entries import Entry
from exams.exchange.exporting import entry_of
from exams.models import Item, ItemImport, ItemVersion
from tests.exams.test_exchange_formats import ENTRIES, known
from tests.factories.exams import make_item
from tests.factories.users import UserFactory

WORKBOOK = workbook_writing.write(ENTRIES)
AIKEN = "新题？\nA. 一\nB. 二\nANSWER: A\n"
pytestmark = pytest.mark.django_db


@pytest.fixture
def command(tmp_path):
    def run(content: bytes, *args: str) -> tuple[int, dict[str, object]]:
        path, output = tmp_path / "items", StringIO()
        path.write_bytes(content)
        try:
            call_command("import_questions", str(path), "--json", *args, stdout=output)
        except SystemExit as end:
            return int(str(end.code)), json.loads(output.getvalue())
        return 0, json.loads(output.getvalue())

    return run


def entry(place: int = 1, **fields: object) -> Entry:
    return Entry(
        place=place,
        **{"kind": "SINGLE", "module": "M1", "stem": f"题{place}？", "options": ("一", "二"), "key": "A"} | fields,
    )


def test_import_stores_drafts(command):
    assert command(WORKBOOK) == (0, {"created": 8, "updated": 0, "skipped": 0, "errors": []})

    items = Item.objects.select_related("current").order_by("code")
    assert [known(entry_of(item)) for item in items] == [known(one) for one in ENTRIES]
    assert {item.status for item in items} == {"DRAFT"}
    assert items.get(code="M1-0007-1").case == items.get(code="M1-0007")


@pytest.mark.parametrize("target", [name for name in exchange.TARGETS if name != "aiken"])
def test_what_is_exported_imports_again_unchanged(command, target):
    command(WORKBOOK)
    content = exchange.export(Item.objects.all(), target=target)
    versions = ItemVersion.objects.count()

    assert command(content) == (0, {"created": 0, "updated": 0, "skipped": 8, "errors": []})
    assert ItemVersion.objects.count() == versions


def test_aiken_knows_its_items_again_by_their_text(command):
    command(WORKBOOK)
    content = exchange.export(Item.objects.all(), target="aiken")

    assert command(content, "--module", "M1") == (0, {"created": 0, "updated": 0, "skipped": 2, "errors": []})


def test_dry_run_changes_nothing(command):
    assert command(WORKBOOK, "--dry-run") == (0, {"created": 8, "updated": 0, "skipped": 0, "errors": []})
    assert not Item.objects.exists()


def test_changed_item_becomes_a_new_version_and_a_draft(command):
    command(WORKBOOK)
    item = Item.objects.get(code="M1-0003")
    Item.objects.filter(pk=item.pk).update(status=Item.Status.LIVE)
    content = workbook_writing.write([ENTRIES[2].__class__(**vars(ENTRIES[2]) | {"key": "T"})])

    assert command(content) == (0, {"created": 0, "updated": 1, "skipped": 0, "errors": []})
    item.refresh_from_db()
    assert (item.status, item.current.number, item.current.key) == ("DRAFT", 2, "T")


def test_format_without_room_for_facts_keeps_those_of_the_bank(command):
    command(WORKBOOK)
    gift = "::M1-0004:: 填？ {=售后服务管理师 =管理师 =服务师}".encode()

    assert command(gift) == (0, {"created": 0, "updated": 1, "skipped": 0, "errors": []})
    text = bank.Text.of(Item.objects.get(code="M1-0004").current)
    assert (text.key, text.explanation, text.source) == ("售后服务管理师|管理师|服务师", "e", "标准 [5.1]")


def test_items_without_a_code_get_the_next_one(command):
    make_item(module="M2", code="M2-0041")

    assert command(AIKEN.encode(), "--module", "M2", "--point", "接触")[0] == 0
    item = Item.objects.get(code="M2-0042")
    assert (item.point, item.pool, item.current.source) == ("接触", "PRACTICE", "导入：items")


def test_items_without_a_code_get_those_left_out_when_the_highest_is_taken(command):
    for number in (1, 3, 9999):
        make_item(module="M2", code=f"M2-{number:04d}")

    assert command(AIKEN.encode(), "--module", "M2")[0] == 0
    assert Item.objects.filter(code="M2-0002").exists()


def test_module_is_asked_for_where_nothing_says_it(command):
    code, report = command(AIKEN.encode())

    assert (code, [error["field"] for error in report["errors"]]) == (2, ["模块"])


def test_module_that_does_not_exist_is_named(command):
    _, report = command(workbook_writing.write([entry(module="M9")]))

    assert [error["message"] for error in report["errors"]] == ["没有“M9”这个模块。请填 M1 到 M5。"]


def test_forty_bad_rows_are_forty_errors_and_change_nothing(command):
    rows = [entry(place, code=f"M1-{place:04d}", key="Z" if place % 5 == 0 else "A") for place in range(1, 201)]

    code, report = command(workbook_writing.write(rows))

    assert (code, report["created"], len(report["errors"])) == (2, 0, 40)
    assert report["errors"][0] == {"row": 6, "field": "答案", "message": "答案要从 A 到 B 中选，按字母顺序、不重复。"}
    assert not Item.objects.exists()


@pytest.mark.parametrize(
    ("rows", "errors"),
    [
        ([entry(code="X1")], [(2, "题号"), (2, "模块")]),
        ([entry(code="M2-0001")], [(2, "模块")]),
        ([entry(1, code="M1-0001"), entry(2, code="M1-0001")], [(2, "题号"), (3, "题号")]),
        ([entry(1), entry(2, stem="题 1 ?")], [(3, "题干")]),
        ([entry(code="M1-0009", stem="题干1", options=("丁项", "丙项", "乙项", "甲项"))], [(2, "题干")]),
        ([entry(code="M1-0900", kind="TRUE_FALSE", options=(), key="T", stem="x")], [(2, "题型 / 题池")]),
        ([entry(code="M1-0901")], [(2, "题号")]),
        ([entry(code="M1-0902-1")], [(2, "题号")]),
        ([entry(lesson="Not A Slug")], [(2, "课")]),
        ([entry(stem="长" * 2001)], [(2, "题干")]),
        ([entry(kind="NUMERIC", options=(), key="五")], [(2, "答案")]),
    ],
)
def test_errors_name_row_and_field(command, rows, errors):
    make_item(code="M1-0001", pool="PRACTICE")
    make_item(code="M1-0900", pool="PRACTICE")
    make_item(code="M1-0901", pool="PRACTICE", status="RETIRED")
    before = Item.objects.count()

    code, report = command(workbook_writing.write(rows))

    assert (code, [(one["row"], one["field"]) for one in report["errors"]]) == (2, errors)
    assert Item.objects.count() == before


def test_unreadable_file_is_an_error_of_the_file(command, tmp_path):
    code, report = command(b"<quiz")

    assert (code, report["errors"][0]["field"]) == (2, "文件")
    with pytest.raises(SystemExit):
        call_command("import_questions", str(tmp_path / "none"), stderr=StringIO())


def test_export_command_writes_a_module(tmp_path, command):
    command(WORKBOOK)
    make_item(module="M2", code="M2-0001")
    path = tmp_path / "out.xml"

    call_command("export_questions", str(path), "--format", "moodlexml", "--module", "M2", stdout=StringIO())

    _, found = exchange.read(path.read_bytes())
    assert [one.code for one in found.entries] == ["M2-0001"]


# --- Imports that people hand in --------------------------------------------------------------------------------------
def hand_in(now, content: bytes = WORKBOOK, **defaults: str) -> ItemImport:
    job = exchange.upload(
        content=content,
        filename="题库.xlsx",
        file_format="",
        defaults=exchange.Defaults(**defaults),
        person=UserFactory(),
        now=now,
    )
    exchange.work_off(now=now)
    job.refresh_from_db()
    return job


def test_import_is_looked_through_confirmed_and_stored(now):
    job = hand_in(now)
    assert (job.status, job.file_format, job.report["created"], len(job.report["preview"])) == ("CHECKED", "xlsx", 8, 8)
    assert not Item.objects.exists()

    exchange.confirm(job=job)
    exchange.work_off(now=now)

    job.refresh_from_db()
    assert (job.status, job.finished_at, bytes(job.content), job.report["created"]) == ("STORED", now, b"", 8)
    assert {item.current.created_by for item in Item.objects.select_related("current")} == {job.uploaded_by}
    assert exchange.progress_of(job) == (8, 8)
    cache.clear()


def test_import_with_errors_is_closed_with_them(now):
    job = hand_in(now, AIKEN.encode())

    assert (job.status, job.report["error_count"], job.finished_at) == ("REFUSED", 1, now)
    with pytest.raises(exchange.NotWaiting):
        exchange.confirm(job=job)


def test_unreadable_import_is_closed(now):
    job = hand_in(now, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old")

    assert (job.status, job.report["errors"][0]["field"]) == ("REFUSED", "文件")


def test_bank_that_changed_meanwhile_stops_the_import(now):
    job = hand_in(now)
    make_item(code="M1-0003", kind="SINGLE")

    exchange.confirm(job=job)
    exchange.work_off(now=now)

    job.refresh_from_db()
    assert (job.status, [one["row"] for one in job.report["errors"]]) == ("REFUSED", [4])
    assert Item.objects.count() == 1


def test_import_can_be_dropped_once(now):
    job = hand_in(now)
    exchange.drop(job=job, now=now)

    with pytest.raises(exchange.NotWaiting):
        exchange.confirm(job=job)
    job.refresh_from_db()
    assert (job.status, bytes(job.content)) == ("DROPPED", b"")


def test_too_big_a_file_is_not_taken_in(now):
    with pytest.raises(exchange.TooBig):
        hand_in(now, b"x" * (exchange.MAX_BYTES + 1))
