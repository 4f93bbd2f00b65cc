"""What a name and a 证件号 must look like."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn.ric import calc_check_digit

from lms.users import identity_rules

TODAY = date(2026, 11, 22)
VALID = "11010519491231002X"  # the sample of GB 11643-1999


@pytest.mark.parametrize(
    "text",
    [
        VALID,
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "１１０１０５１９４９１２３１００２ｘ",
        " 110105 19491231 002X\u3000",
        "110105-19491231-002X",
    ],
)
def test_check_number_normalises(text):
    assert identity_rules.check_number(text, today=TODAY) == VALID


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "证件号应为 18 位，你输入了 0 位。请对照证件重新输入。"),
        ("1101051949123100", "证件号应为 18 位，你输入了 16 位。请对照证件重新输入。"),
        ("11010519491231002XX", "证件号应为 18 位，你输入了 19 位。请对照证件重新输入。"),
        ("110105491231002", "这是 15 位的旧号码，已停止使用。请输入证件上的 18 位号码。"),
        ("11010519491231X02X", "证件号前 17 位只能是数字，最后一位是数字或 X。请对照证件重新输入。"),
        ("११०१०५१९४९१२३१००२X", "证件号前 17 位只能是数字，最后一位是数字或 X。请对照证件重新输入。"),
        ("11010519491231002A", "证件号前 17 位只能是数字，最后一位是数字或 X。请对照证件重新输入。"),
        ("110105194902310021", "证件号第 7 到 14 位“19490231”不是有效的出生日期。请对照证件重新输入。"),
        ("110105189912310021", "证件号第 7 到 14 位“18991231”不是有效的出生日期。请对照证件重新输入。"),
        ("110105202611230021", "证件号第 7 到 14 位“20261123”不是有效的出生日期。请对照证件重新输入。"),
        ("110105194912310020", "证件号的校验位不对，通常是输错了一位。请对照证件逐位核对。"),
    ],
)
def test_check_number_says_what_is_wrong(text, message):
    with pytest.raises(identity_rules.IdNumberInvalid) as refusal:
        identity_rules.check_number(text, today=TODAY)

    assert str(refusal.value) == message


@given(
    area=st.integers(0, 999_999),
    born=st.dates(date(1900, 1, 1), TODAY),
    serial=st.integers(0, 999),
    at=st.integers(0, 17),
)
def test_check_number_takes_every_valid_one_and_no_mistyped_one(area, born, serial, at):
    body = f"{area:06d}{born:%Y%m%d}{serial:03d}"
    number = body + calc_check_digit(f"{body}0")

    assert identity_rules.check_number(number, today=TODAY) == number
    mistyped = number[:at] + ("1" if number[at] != "1" else "2") + number[at + 1 :]
    with pytest.raises(identity_rules.IdNumberInvalid):
        identity_rules.check_number(mistyped, today=TODAY)


@given(st.text(max_size=40))
def test_check_number_answers_any_text(text):
    with contextlib.suppress(identity_rules.IdNumberInvalid):
        identity_rules.check_number(text, today=TODAY)


def test_mask_keeps_first_three_and_last_four():
    assert identity_rules.mask(VALID) == "110***********002X"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        (" 欧阳娜娜 ", "欧阳娜娜"),
        ("阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        ("阿依古丽•麦麦提", "阿依古丽·麦麦提"),
        ("阿依古丽．麦麦提", "阿依古丽·麦麦提"),
        ("䶮〇", "䶮〇"),
        ("𠅤𫍯", "𠅤𫍯"),
        ("张\U00031350", "张\U00031350"),  # extension H: newer than this Python's own tables
        ("赵" * 50, "赵" * 50),
    ],
)
def test_check_name_takes_chinese_names(text, name):
    assert identity_rules.check_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "张3",
        "Chen",
        "张 三",
        "张\n三",
        "张\u200b三",
        "·张三",
        "张三·",
        "张··三",
        "张（三）",
        "<b>张",
        "张\U0001f600",
        "ガガ",
    ],
)
def test_check_name_refuses_anything_else(text):
    with pytest.raises(identity_rules.RealNameInvalid) as refusal:
        identity_rules.check_name(text)

    assert str(refusal.value) == "姓名只能写汉字，少数民族姓名中间用“·”隔开。请与证件上的姓名一致。"


@pytest.mark.parametrize("text", ["", "  ", "张", "赵" * 51])
def test_check_name_refuses_other_lengths(text):
    with pytest.raises(identity_rules.RealNameInvalid, match="姓名应为 2 到 50 个字"):
        identity_rules.check_name(text)
