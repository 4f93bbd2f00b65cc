"""Pictures on their way in and out of the bank."""

import json
import zipfile
from base64 import b64encode
from io import BytesIO, StringIO

import pytest
from django.core.management import call_command

from exams import bank, exchange, pictures
from exams.exchange import workbook_writing
from exams.exchange.entries import Entry
from exams.exchange.reading import read
from exams.models import Item, ItemPicture, PictureUse
from tests.exams.drawings import DRAWING
from tests.exams.test_exchange_formats import FACTS, PICTURES, WRITERS, known

RED, BLUE, DRAWN = PICTURES


@pytest.mark.parametrize("target", ["moodlexml", "qti", "qti3"])
def test_pictures_travel_with_their_items(target):
    entry = Entry(
        place=1,
        code="M1-0009",
        kind="SINGLE",
        stem=f"看图 ![红 方块](pictures/{RED}) 再答：\n![图二](pictures/{DRAWN})![图三](pictures/{RED})",
        options=("甲", f"![蓝方块](pictures/{BLUE})", "丙"),
        notes=("", f"不是 ![红](pictures/{RED})", ""),
        key="A",
        explanation=f"如图 ![说明](pictures/{DRAWN})。",
        **FACTS,
    )

    _, found = read(WRITERS[target]([entry]))

    assert (found.problems, known(found.entries[0])) == ([], known(entry))
    assert found.pictures == PICTURES


MOODLE_PICTURE = """<quiz><question type="shortanswer"><questiontext format="html">
<text><![CDATA[<p>What is this? <img src="@@PLUGINFILE@@/a%20b.png" alt="A cat" width="10"></p>]]></text>
<file name="a b.png" path="/" encoding="base64">{base64}</file></questiontext>
<answer fraction="100"><text>cat</text></answer></question></quiz>"""
QTI_PICTURE = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="x" title="x">
<responseDeclaration identifier="R" cardinality="single" baseType="string"><correctResponse><value>cat</value>
</correctResponse></responseDeclaration><itemBody><p><object data="../images/a.png" type="image/png">A cat</object>
<img src="../images/a.png" alt="again"/></p><p><textEntryInteraction responseIdentifier="R"/></p></itemBody>
</assessmentItem>"""


def test_moodle_pictures_of_its_manual():
    content = MOODLE_PICTURE.format(base64=b64encode(PICTURES[RED]).decode())

    _, found = read(content.encode())

    assert [entry.stem for entry in found.entries] == [f"What is this? ![A cat](pictures/{RED})"]
    assert found.pictures == {RED: PICTURES[RED]}


def test_qti_pictures_of_a_package():
    _, found = read(package({"items/x.xml": QTI_PICTURE.encode(), "images/a.png": PICTURES[RED]}))

    assert [entry.stem for entry in found.entries] == [f"![A cat](pictures/{RED})\n![again](pictures/{RED})"]
    assert found.pictures == {RED: PICTURES[RED]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('alt="A cat"', ""), "没有替代文字"),
        (("a%20b", "c"), "不在文件里"),
        (("@@PLUGINFILE@@/a%20b.png", "https://example.com/x.png"), "网上的图片不会去取"),
        (("{base64}", "PHN2Zz48c2NyaXB0Lz48L3N2Zz4="), "script"),
        (("{base64}", "AAA"), "base64"),
    ],
)
def test_moodle_pictures_that_are_refused(change, words):
    content = MOODLE_PICTURE.replace(*change).replace("{base64}", b64encode(PICTURES[RED]).decode())

    _, found = read(content.encode())

    assert [(one.field, words in one.message) for one in found.problems] == [("图片", True)]
    assert (found.entries, found.pictures) == ([], {})


def package(parts: dict[str, bytes]) -> bytes:
    output = BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return output.getvalue()


@pytest.mark.parametrize("target", ["moodlexml", "qti", "qti3"])
def test_an_exported_picture_comes_back_into_an_empty_bank(db, tmp_path, target, now):
    image = pictures.keep(content=DRAWING, person=None, now=now)
    text = bank.Text(f"看图 ![方块](pictures/{image.name})", ("甲", "乙"), "A", "解析", "出处")
    bank.create(item=Item(code="M1-0042", kind="SINGLE", module="M1", point="x"), text=text, author=None, now=now)
    content = exchange.export(Item.objects.all(), target=target)
    path = tmp_path / "items"
    path.write_bytes(content)

    said = StringIO()
    call_command("import_questions", str(path), "--json", stdout=said)
    assert json.loads(said.getvalue())["skipped"] == 1

    Item.objects.update(current=None)
    for model in (PictureUse, bank.writing.ItemVersion, Item, ItemPicture):
        model.objects.all().delete()
    said = StringIO()
    call_command("import_questions", str(path), "--json", stdout=said)

    assert json.loads(said.getvalue())["created"] == 1
    assert bank.Text.of(Item.objects.get().current) == text
    assert pictures.content_of(image.name) == DRAWING
    assert PictureUse.objects.get().picture.name == image.name


def test_a_workbook_names_pictures_and_brings_none(db, now):
    stem = f"![红](pictures/{RED})"
    entry = Entry(place=1, code="M1-0042", kind="SINGLE", stem=stem, options=("甲", "乙"), key="A", **FACTS)
    _, found = read(workbook_writing.write([entry]))

    problems = exchange.plan(found, defaults=exchange.Defaults()).problems
    pictures.keep(content=PICTURES[RED], person=None, now=now)

    assert [(one.place, one.field) for one in problems] == [(2, "图片")]
    assert "Moodle XML 或 QTI" in problems[0].message
    assert exchange.plan(found, defaults=exchange.Defaults()).problems == []
