"""Files that are damaged, dangerous or in an odd encoding: each is refused in words, or read all the same."""

import zipfile
from io import BytesIO

import pytest
import xlsxwriter

from exams.exchange import workbook_writing
from exams.exchange.entries import MAX_BYTES, FileRefused
from exams.exchange.reading import read
from tests.exams.test_exchange_formats import ENTRIES, MOODLE, QTI

AIKEN = "甲？\nA. 一\nB. 二\nANSWER: A\n"
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<quiz><question type='essay'><questiontext><text>&b;</text></questiontext></question></quiz>"
)
FOREIGN_FILE = '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz><name>&x;</name></quiz>'


def zipped(**parts: bytes) -> bytes:
    output = BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return output.getvalue()


def changed(content: bytes, **parts: bytes) -> bytes:
    """Return a zip with some parts replaced or added."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return zipped(**{name: archive.read(name) for name in archive.namelist()} | parts)


def with_formula() -> bytes:
    output = BytesIO()
    with xlsxwriter.Workbook(output) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["题型", "题干", "答案"])
        sheet.write_formula(1, 1, '=HYPERLINK("http://example.com","甲")')
    return output.getvalue()


def far_away() -> bytes:
    output = BytesIO()
    with xlsxwriter.Workbook(output) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["题型", "题干", "答案"])
        sheet.write_string(1_048_575, 16_383, "x")
    return output.getvalue()


def lying_zip() -> bytes:
    """Make a zip whose directory says 1 byte where there is a megabyte."""
    content = bytearray(zipped(**{"imsmanifest.xml": b"<a>" + b" " * 1_000_000}))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (1).to_bytes(4, "little")
    return bytes(content)


WORKBOOK = workbook_writing.write(ENTRIES)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "文件是空的", id="empty"),
        pytest.param(b" \n", "文件是空的", id="blank"),
        pytest.param(b"x" * (MAX_BYTES + 1), "超过 20 MB", id="big text"),
        pytest.param(b"PK\x03\x04" + b"x" * MAX_BYTES, "超过 20 MB", id="big zip"),
        pytest.param(b"PK\x03\x04" + b"x" * 100, "压缩包已损坏", id="no zip"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, "旧版 .xls", id="xls"),
        pytest.param(zipped(**{"a.xml": b" " * 30_000_000}), "压缩炸弹", id="zip bomb"),
        pytest.param(lying_zip(), "压缩包", id="lying zip"),
        pytest.param(zipped(**{"../../etc/cron.d/x": b"x"}), "指向包外", id="zip slip"),
        pytest.param(zipped(**{"a.txt": b"x"}), "没有 QTI 试题", id="zip of something"),
        pytest.param(zipped(**{"imsmanifest.xml": BILLION_LAUGHS.encode()}), "DOCTYPE", id="laughs in a zip"),
        pytest.param(
            zipped(**{"imsmanifest.xml": b'<m><resource type="imsqti_item_x" href="a.xml"/></m>'}),
            "不在压缩包里",
            id="missing part",
        ),
        pytest.param(changed(WORKBOOK, **{"xl/vbaProject.bin": b"x"}), "带有宏", id="macro"),
        pytest.param(with_formula(), "B2 格是公式", id="formula"),
        pytest.param(far_away(), "表格太大", id="far-away cell"),
        pytest.param(
            changed(WORKBOOK, **{"xl/sharedStrings.xml": BILLION_LAUGHS.encode()}), "DOCTYPE", id="xlsx laughs"
        ),
        pytest.param(changed(WORKBOOK, **{"xl/workbook.xml": b"<broken"}), "已损坏", id="broken workbook"),
        pytest.param(BILLION_LAUGHS.encode(), "DOCTYPE", id="billion laughs"),
        pytest.param(FOREIGN_FILE.encode(), "DOCTYPE", id="XXE"),
        pytest.param(b"<quiz><question>", "不是完整的 XML", id="cut off"),
        pytest.param(b"<html></html>", "最外层是 html", id="HTML"),
        pytest.param(b"<quiz></quiz>", "没有试题", id="no items"),
        pytest.param(b"\xff\xfe\x00\xd8", "编码", id="half a surrogate"),
        pytest.param(b"\x80\x81\xff\xff", "UTF-8 也不是 GBK", id="noise"),
        pytest.param(b"MZ\x00\x00\x01", "不是文本文件", id="program"),
    ],
)
def test_hostile_file_is_refused_in_words(content, words):
    with pytest.raises(FileRefused, match=words):
        read(content)


@pytest.mark.parametrize(
    "content",
    [
        AIKEN.encode("utf-8"),
        AIKEN.encode("utf-8-sig"),
        AIKEN.encode("gbk"),
        AIKEN.encode("utf-16"),
        AIKEN.replace("\n", "\r\n").encode("gb18030"),
    ],
)
def test_usual_encodings_are_read(content):
    _, found = read(content)

    assert [(entry.stem, entry.options) for entry in found.entries] == [("甲？", ("一", "二"))]


@pytest.mark.parametrize("encoding", ["gbk", "gb2312", "UTF-8"])
def test_xml_is_read_in_the_encoding_that_it_declares(encoding):
    text = MOODLE.replace("UTF-8", encoding).replace("℃", "度").replace("&nbsp;", " ").replace("Stone", "石头")

    _, found = read(text.encode(encoding))

    assert found.entries[0].options == ("Apple", "Pear", "石头")


def test_deep_nesting_does_not_break_the_reader():
    deep = "<p>" * 20_000 + "甲" + "</p>" * 20_000

    _, found = read(QTI.replace("<p>Look at the text in the picture.</p>", deep).encode())

    assert (found.problems, found.entries[0].stem) == ([], "甲\nWhat does it say?")


def test_broken_item_of_a_package_is_one_problem_not_the_end():
    content = zipped(**{"a.xml": b"<broken", "b.xml": QTI.encode()})

    _, found = read(content)

    assert ([one.place for one in found.problems], len(found.entries)) == ([1], 1)


def test_wrong_format_is_told():
    with pytest.raises(FileRefused, match="说是 GIFT，文件的内容是 Excel"):
        read(WORKBOOK, file_format="gift")
