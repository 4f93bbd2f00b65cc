from dataclasses import replace

import pytest

from exams import vetting

[SOUND] = vetting.Entry.all_of(
    {
        "code": "M1-0001",
        "kind": "single",
        "pool": "live",
        "difficulty": 1,
        "stem": "服务管理人员 41 名，应配几名？",
        "options": ["4 名", "5 名", "6 名", "41 名"],
        "answer": ["B"],
        "explanation": "4.1 向上取整是 5；4 名舍去了零头。",
        "source": "5.1.2.2",
        "lesson": "one-in-ten",
    }
)
SLUGS = {"one-in-ten"}


def test_entry_reads_what_is_written():
    assert (SOUND.module, SOUND.answers, SOUND.key_texts) == ("M1", ("B",), ("5 名",))
    assert [entry.key_texts for entry in vetting.Entry.all_of({})] == [()]


def test_entry_of_a_case_comes_with_its_parts_which_inherit_from_it():
    part = {"code": "M1-0002-1", "kind": "numeric", "answer": 3, "difficulty": 2}
    case = {"code": "M1-0002", "kind": "case", "pool": "live", "lesson": "one-in-ten", "difficulty": 3, "parts": [part]}

    first, second = vetting.Entry.all_of(case)

    assert (first.kind, first.difficulty) == ("case", 3)
    assert (second.code, second.pool, second.lesson, second.difficulty) == ("M1-0002-1", "live", "one-in-ten", 2)
    assert second.answers == ("3",)


def test_item_faults_of_a_sound_item_are_none():
    assert list(vetting.item_faults(SOUND, SLUGS)) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"explanation": "因为。"}, "解析不到 15 字，说不清为什么错"),
        ({"source": " "}, "没有出处"),
        ({"lesson": "gone"}, "没有 slug 是“gone”的课"),
        ({"stem": "哪一家最权威？"}, "有不许出现的词：权威"),
        ({"options": ("甲", "乙", "以上都对", "丁")}, "选项里有“以上都对”一类的话"),
        ({"explanation": "4.1 向上取整是 5，所以 A项舍去了零头。"}, "解析用字母指选项；选项次序会打乱，请改用选项的话"),
        ({"options": ("甲", "乙", "甲", "丁")}, "有两个选项相同"),
        ({"answers": ("A", "B")}, "单选要有一个正确答案，多选要有两个以上"),
        ({"answers": ("E",)}, "单选要有一个正确答案，多选要有两个以上"),
        ({"kind": "multi", "answers": ("A",)}, "单选要有一个正确答案，多选要有两个以上"),
        ({"kind": "multi", "answers": ("A", "B", "C", "D")}, "多选的每一项都对，没有干扰项"),
        ({"kind": "true_false", "options": (), "answers": ("是",)}, "判断题的答案不是对或错"),
    ],
)
def test_item_faults_names_the_fault(changes, fault):
    assert list(vetting.item_faults(replace(SOUND, **changes), SLUGS)) == [fault]


def test_twins_are_found_by_what_they_say_not_by_how_they_are_punctuated():
    twin = replace(SOUND, code="M1-0002", stem="服务管理人员 41 名,应配几名")
    other = replace(SOUND, code="M1-0003", stem="抽查 20 份记录，3 份缺签字，扣几成？", options=("一成半", "两成"))

    assert [(one.code, two.code) for one, two in vetting.twins([SOUND, twin, other])] == [("M1-0001", "M1-0002")]


def test_survey_counts_parts_of_cases_but_not_their_stems():
    stem = replace(SOUND, code="M2-9001", kind="case", options=(), answers=(), lesson="", explanation="", source="")
    survey = vetting.survey_items([SOUND, replace(stem, stem="某公司的一天。")], slugs=SLUGS)

    assert (survey.pools, survey.cases) == ({"live": 1, "practice": 0}, 1)
    assert (survey.modules, survey.kinds, survey.difficulties) == ({"M1": 1}, {"single": 1}, {1: 1})


def test_survey_says_which_shares_are_off():
    survey = vetting.survey_items([SOUND], slugs=SLUGS)

    assert survey.balance == (
        "单选答案的位置 A 0.0%，B 100.0%，C 0.0%，D 0.0%",
        "单选正确项比其余各项都长的 0.0%",
        "判断题答案为对的 0.0%",
    )
    assert "模块 M1 占 100.0%，应在 30% 上下 4 个百分点以内" in survey.problems
    assert "难度 2 占 0.0%，应在 30% 上下 4 个百分点以内" in survey.problems
    assert "单选答案在 B 的占 100.0%，应在 20%–30% 之间" in survey.problems


def test_survey_notices_when_the_right_option_gives_itself_away():
    wordy = replace(SOUND, options=("4 名", "按总数取整得 5 名", "6 名", "41 名"))

    survey = vetting.survey_items([wordy], slugs=SLUGS)

    assert "单选正确项最长的占 100.0%，应不超过 35%" in survey.problems


def test_survey_notices_when_every_statement_holds():
    statement = replace(SOUND, kind="true_false", options=(), answers=("对",))

    assert "判断题答案为对的占 100.0%，应在 40%–60% 之间" in vetting.survey_items([statement], slugs=SLUGS).problems
