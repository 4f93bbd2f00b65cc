"""Round trips of every format, and files as other systems' manuals write them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams import picture_files
from exams.exchange import aiken, gift, moodle, qti_writing, workbook_writing
from exams.exchange.entries import CASE, Entry, Problem, clean, normal, one_line
from exams.exchange.reading import read
from tests.exams.drawings import DRAWING, picture

FACTS = {"pool": "PRACTICE", "module": "M1", "point": "人员配置", "difficulty": 1, "source": "标准 [5.1]"}
ENTRIES = [
    Entry(
        place=1,
        code="M1-0001",
        kind="SINGLE",
        stem="哪一个 {x} = ~y # \\ 对：\n第二行？",
        options=("甲=1", "乙~2", "丙 <b>", "<丁> & [戊]"),
        notes=("不对 #1", "", "多了", ""),
        key="B",
        explanation="因为：A 错。\n\n第二段。",
        lesson="one-in-ten",
        bloom=3,
        is_verified=True,
        **FACTS | {"pool": "LIVE", "point": "人员/配置", "difficulty": 3},
    ),
    Entry(
        place=2,
        code="M1-0002",
        kind="MULTI",
        stem="几个？",
        options=tuple("甲乙丙丁"),
        key="ACD",
        explanation="e",
        **FACTS,
    ),
    Entry(place=3, code="M1-0003", kind="TRUE_FALSE", stem="是不是？", key="F", explanation="e", **FACTS),
    Entry(place=4, code="M1-0004", kind="BLANK", stem="填？", key="售后服务管理师|管理师", explanation="e", **FACTS),
    Entry(place=5, code="M1-0005", kind="NUMERIC", stem="几？", key="3.33±5% 分", explanation="e", **FACTS),
    Entry(place=6, code="M1-0006", kind="SHORT", stem="说说。", rubric=(("两个层面", 4), ("举例", 2)), **FACTS),
    Entry(place=7, code="M1-0007", kind="CASE", stem="某公司有 41 人。", **FACTS),
    Entry(place=8, code="M1-0007-1", kind="NUMERIC", stem="应配几名？", key="5 名", explanation="e", **FACTS),
]
PICTURES = {picture_files.examine(content).name: content for content in (picture("red"), picture("blue"), DRAWING)}
WRITERS = {
    "xlsx": workbook_writing.write,
    "gift": lambda entries: gift.write(entries).encode(),
    "moodlexml": lambda entries: moodle.write(entries, PICTURES.get),
    "qti": lambda entries: qti_writing.write(entries, PICTURES.get, version=2),
    "qti3": lambda entries: qti_writing.write(entries, PICTURES.get, version=3),
}


def known(entry: Entry) -> dict[str, object]:
    return {name: value for name, value in vars(entry).items() if name != "place" and value}


@pytest.mark.parametrize("target", WRITERS)
def test_what_is_written_reads_again_unchanged(target):
    name, found = read(WRITERS[target](ENTRIES))

    expected = [known(entry) for entry in ENTRIES]
    if target.startswith("qti"):  # paragraphs, but no blank lines between them
        expected[0]["explanation"] = "因为：A 错。\n第二段。"
    assert (name, found.problems) == (target.removesuffix("3"), [])
    assert [known(entry) for entry in found.entries] == expected


TEXTS = st.text(string.printable + "售后服务（）：；“”—±|", min_size=1, max_size=40).map(one_line).filter(bool)


@given(stem=TEXTS, options=st.lists(TEXTS, min_size=2, max_size=8, unique=True), data=st.data())
@pytest.mark.parametrize("target", WRITERS)
def test_any_text_survives_every_format(target, stem, options, data):
    key = data.draw(st.sampled_from("ABCDEFGH"[: len(options)]))
    entry = Entry(
        place=1, code="M2-0001", kind="SINGLE", stem=stem, options=tuple(options), key=key, **FACTS | {"module": "M2"}
    )

    _, found = read(WRITERS[target]([entry]))

    assert found.problems == []
    if found.entries[0].kind == "SINGLE":  # 对 and 错 alone are a true/false item
        assert known(found.entries[0]) == known(entry)


def test_aiken_has_room_for_single_choice_and_true_false():
    name, found = read(aiken.write(ENTRIES).encode())

    assert (name, found.problems) == ("aiken", [])
    assert [(entry.kind, entry.key, len(entry.options)) for entry in found.entries] == [
        ("SINGLE", "B", 4),
        ("TRUE_FALSE", "F", 0),
    ]
    assert normal(found.entries[0].stem, found.entries[0].options) == normal(ENTRIES[0].stem, ENTRIES[0].options)


# --- As other systems' manuals write ----------------------------------------------------------------------------------
GIFT = r"""
// a comment; then a category
$CATEGORY: $course$/top/M2/接触理论

::Q1:: 1+1\=2 {T}

::Q2::What's between orange and green in the spectrum?
{ =yellow # right; good! ~red # wrong, it's yellow ~blue # wrong, it's yellow }

::Q3:: Two plus {=two =2} equals four.

::Q4:: When was Ulysses S. Grant born? {#1822:5}

::Q5:: What is the value of pi (to 3 decimal places)? {#3.141..3.142}

::Q6:: When was Ulysses S. Grant born? {#
    =1822:0
    =%50%1822:2
}

::Q7:: How are you? {}

::Q8:: What two people are entombed in Grant's tomb? {
   ~%-100%No one
   ~%50%Grant
   ~%50%Grant's wife
   ~%-100%Grant's father
}

Match the countries. {
   =Canada -> Ottawa
   =Italy  -> Rome
}

You can use your pencil and paper for these next math questions.

[html]<p>The <b>sun</b> rises in the&nbsp;{~west =east ~south####It does.}.</p>
"""


def test_gift_of_moodles_manual():
    name, found = read(GIFT.encode())

    assert name == "gift"
    assert [(one.place, one.kind, one.stem, one.options, one.key) for one in found.entries] == [
        (1, "TRUE_FALSE", "1+1=2", (), "T"),
        (2, "SINGLE", "What's between orange and green in the spectrum?", ("yellow", "red", "blue"), "A"),
        (3, "BLANK", "Two plus ____ equals four.", (), "two|2"),
        (4, "NUMERIC", "When was Ulysses S. Grant born?", (), "1822±5"),
        (5, "NUMERIC", "What is the value of pi (to 3 decimal places)?", (), "3.1415±0.0005"),
        (7, "SHORT", "How are you?", (), ""),
        (
            8,
            "MULTI",
            "What two people are entombed in Grant's tomb?",
            ("No one", "Grant", "Grant's wife", "Grant's father"),
            "BC",
        ),
        (11, "SINGLE", "The sun rises in the ____ .", ("west", "east", "south"), "B"),
    ]
    assert found.entries[1].notes == ("right; good!", "wrong, it's yellow", "wrong, it's yellow")
    assert {(entry.module, entry.point) for entry in found.entries} == {("M2", "接触理论")}
    assert [(one.place, one.field) for one in found.problems] == [(6, "答案"), (9, "题型"), (10, "答案")]


def test_aiken_of_moodles_manual():
    text = """What is the correct answer?
A. Is it this one?
B) Maybe this?
C. Or this
ANSWER: B

是非
A. 正确
B. 错误
答案：B
"""

    name, found = read(text.encode())

    assert (name, found.problems) == ("aiken", [])
    assert [(one.kind, one.stem, one.options, one.key) for one in found.entries] == [
        ("SINGLE", "What is the correct answer?", ("Is it this one?", "Maybe this?", "Or this"), "B"),
        ("TRUE_FALSE", "是非", (), "F"),
    ]


def test_aiken_says_what_it_does_not_understand():
    _, found = read(
        "甲？\nA. 一\nC. 三\nANSWER: A\n乙？\nA. 一\nB. 二\nANSWER: D\n丙？\nA. 一\nANSWER: A\n丁？\nA. 一".encode()
    )

    assert [(one.place, one.field) for one in found.problems] == [(1, "选项"), (2, "答案"), (4, "答案")]


MOODLE = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
  <question type="category"><category><text>$course$/top/M3/排队</text></category></question>
  <question type="multichoice">
    <name><text>Name of question</text></name>
    <questiontext format="html"><text><![CDATA[<p>Which of these</p><p>is a&nbsp;fruit?</p>]]></text></questiontext>
    <generalfeedback format="html"><text>Apples &lt;i&gt;are&lt;/i&gt;.</text></generalfeedback>
    <single>false</single>
    <answer fraction="50"><text>Apple</text><feedback><text>Yes</text></feedback></answer>
    <answer fraction="50"><text>Pear</text></answer>
    <answer fraction="0"><text>Stone</text></answer>
  </question>
  <question type="truefalse"><questiontext><text>The sky is green.</text></questiontext>
    <answer fraction="0"><text>true</text></answer><answer fraction="100"><text>false</text></answer></question>
  <question type="shortanswer"><questiontext><text>Capital of France?</text></questiontext>
    <answer fraction="100"><text>Paris</text></answer><answer fraction="50"><text>Pari</text></answer></question>
  <question type="numerical"><questiontext><text>Boiling point?</text></questiontext>
    <answer fraction="100"><text>100</text><tolerance>0.5</tolerance></answer>
    <units><unit><multiplier>1</multiplier><unit_name>℃</unit_name></unit></units></question>
  <question type="essay"><questiontext><text>Why?</text></questiontext>
  </question>
  <question type="matching"><questiontext><text>Match.</text></questiontext>
  </question>
  <question type="multichoice"><questiontext><text>&lt;img src="a.png"&gt;</text></questiontext></question>
</quiz>"""


def test_moodle_xml_of_its_manual():
    name, found = read(MOODLE.encode())

    assert name == "moodlexml"
    assert [(one.kind, one.stem, one.options, one.key) for one in found.entries] == [
        ("MULTI", "Which of these\nis a fruit?", ("Apple", "Pear", "Stone"), "AB"),
        ("TRUE_FALSE", "The sky is green.", (), "F"),
        ("BLANK", "Capital of France?", (), "Paris"),
        ("NUMERIC", "Boiling point?", (), "100±0.5 ℃"),
        ("SHORT", "Why?", (), ""),
    ]
    assert (found.entries[0].notes, found.entries[0].explanation) == (("Yes", "", ""), "Apples are.")
    assert [(one.place, one.field) for one in found.problems] == [(6, "题型"), (7, "题干")]


QTI = """<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="choice" title="Unattended Luggage"
    adaptive="false" timeDependent="false">
  <responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">
    <correctResponse><value>ChoiceA</value></correctResponse>
  </responseDeclaration>
  <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
  <itemBody>
    <p>Look at the text in the picture.</p>
    <choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1">
      <prompt>What does it say?</prompt>
      <simpleChoice identifier="ChoiceA">You must stay with your luggage at all times.</simpleChoice>
      <simpleChoice identifier="ChoiceB">Do not let someone else look after your luggage.</simpleChoice>
    </choiceInteraction>
  </itemBody>
  <responseProcessing template="match_correct"/>
</assessmentItem>"""
QTI3 = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="text">
  <qti-response-declaration base-type="string" cardinality="single" identifier="RESPONSE">
    <qti-correct-response><qti-value>York</qti-value></qti-correct-response>
    <qti-mapping default-value="0"><qti-map-entry map-key="york" mapped-value="0.5"/>
      <qti-map-entry map-key="Lancaster" mapped-value="0"/></qti-mapping>
  </qti-response-declaration>
  <qti-item-body><p>Sun of
    <qti-text-entry-interaction response-identifier="RESPONSE"/>; and all the clouds</p></qti-item-body>
</qti-assessment-item>"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            QTI,
            (
                "SINGLE",
                "Look at the text in the picture.\nWhat does it say?",
                ("You must stay with your luggage at all times.", "Do not let someone else look after your luggage."),
                "A",
            ),
        ),
        (QTI3, ("BLANK", "Sun of ____; and all the clouds", (), "York|york")),
    ],
)
def test_qti_of_its_examples(text, expected):
    name, found = read(text.encode())

    assert (name, found.problems) == ("qti", [])
    (entry,) = found.entries
    assert (entry.kind, entry.stem, entry.options, entry.key) == expected


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("<value>ChoiceA</value>", "<value>ChoiceX</value>"), "答案"),
        (("choiceInteraction", "hotspotInteraction"), "题型"),
        (('identifier="RESPONSE" card', 'identifier="OTHER" card'), "答案"),
        (("<prompt>", "<prompt><img src='x.png'/>"), "题干"),
    ],
)
def test_qti_says_what_it_does_not_understand(change, field):
    _, found = read(QTI.replace(*change).encode())

    assert ([one.field for one in found.problems], found.entries) == ([field], [])


def test_template_reads_as_no_items_and_its_samples_are_well_formed():
    from exams.exchange.entries import FileRefused

    with pytest.raises(FileRefused, match="没有试题"):
        read(workbook_writing.template())


def test_problem_names_the_row_of_the_sheet():
    broken = [Entry(place=0, kind="SINGLE", stem="甲", key="A"), Entry(place=0, kind="TRUE_FALSE", stem="乙", key="T")]
    content = workbook_writing.write(broken)
    _, found = read(content)

    assert (found.unit, [entry.place for entry in found.entries], found.problems) == ("行", [2, 3], [])


def test_normal_text_ignores_width_case_blanks_and_punctuation():
    assert normal("什么是 ＲＡＴＥＲ？", ("甲。", "乙")) == normal("什么是RATER", ("乙", "甲"))
    assert normal("甲", ("一", "二")) != normal("甲", ("一", "三"))


def test_clean_drops_what_nobody_sees():
    assert clean("a\x00b\u200b \r\n\r\n\r\n\r\nc\t") == "ab\n\nc"


def test_case_and_place_come_from_the_code():
    part = Entry(place=1, code="M1-0007-2")

    assert (part.case_code, part.case_place, CASE, Problem(1, "a", "b").place) == ("M1-0007", 2, "CASE", 1)
