from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.keys import (
    KeyMalformed,
    Number,
    accepts_number,
    accepts_words,
    numbers_of,
    plain_words,
    read_number,
    unit_of,
)

decimals = st.decimals(min_value=-(10**6), max_value=10**6, places=3, allow_nan=False)
slacks = st.decimals(min_value=0, max_value=1000, places=2, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("5", "", "5"),
        ("1,234", "", "1234"),
        ("1，234.5", "", "1234.5"),
        ("１２３４", "", "1234"),
        ("5，", "", "5"),
        (".5", "", "0.5"),
        ("0.50", "", "0.5"),
        ("5.", "", "5"),
        ("+3", "", "3"),
        ("−3", "", "-3"),
        ("－3.5", "", "-3.5"),
        ("50%", "", "0.5"),
        ("５０％", "", "0.5"),
        ("50%", "%", "50"),
        ("50", "%", "50"),
        (" 1 234 ", "", "1234"),
        ("5名", "名", "5"),
        ("5 名。", "名", "5"),
        ("3.33分", "分", "3.33"),
    ],
)
def test_read_number_as_people_type_it(text, unit, value):
    assert read_number(text, unit=unit) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "五", "1/3", "1e3", "5人", "1,23", "12,345,67", "--3", "+", ".", "%", "1.2.3", "9" * 41, "∞", "NaN"],
)
def test_read_number_of_anything_else_is_none(text):
    assert read_number(text, unit="名") is None


@pytest.mark.parametrize(
    ("key", "answer", "is_right"),
    [
        ("3.33±0.01 分", "3.32", True),
        ("3.33±0.01 分", "3.34分", True),
        ("3.33±0.01 分", "3.345", False),
        ("1200±5%", "1140", True),
        ("1200±5%", "1,260", True),
        ("1200±5%", "1139.9", False),
        ("3.50", "3.5", True),
        ("-5±1", "-6", True),
        ("3|10", "10", True),
        ("3|10", "7", False),
        ("50 %", "50%", True),
        ("50 %", "0.5", False),
        ("0.5", "50%", True),
    ],
)
def test_accepts_number(key, answer, is_right):
    assert accepts_number(key, answer) is is_right


@pytest.mark.parametrize("key", ["", "五", "3±", "3±-1", "3 ± 1", "±1", "3±1%%", "1/3", "1e3", "3|", "1,000"])
def test_numbers_of_refuses_what_it_cannot_read(key):
    with pytest.raises(KeyMalformed, match="写成"):
        numbers_of(key)


def test_unit_of_is_one_for_all_answers():
    assert (unit_of("3.33±0.01 分|3.3 分"), unit_of("5"), unit_of("50±1 %")) == ("分", "", "%")
    with pytest.raises(KeyMalformed, match="单位要相同"):
        unit_of("3 分|3 名")


@given(value=decimals, tolerance=slacks, is_relative=st.booleans(), unit=st.sampled_from(["", "分", "%", "m/s"]))
def test_a_number_is_read_as_it_is_written(value, tolerance, is_relative, unit):
    number = Number(value, tolerance, is_relative and bool(tolerance), unit)

    assert numbers_of(str(number)) == (number,)


@given(value=decimals, tolerance=slacks, is_relative=st.booleans(), offset=decimals)
def test_what_is_accepted_is_exactly_the_tolerance(value, tolerance, is_relative, offset):
    number = Number(value, tolerance, is_relative)
    slack = abs(value) * tolerance / 100 if is_relative else tolerance

    assert number.accepts(f"{value + offset:f}") is (abs(offset) <= slack)


@given(value=st.integers(-(10**9), 10**9))
def test_width_and_separators_make_no_difference(value):
    wide = f"{value:,}".translate(
        {ord(half): ord(full) for half, full in zip("0123456789,-", "０１２３４５６７８９，－", strict=True)}
    )

    assert {read_number(text) for text in (str(value), f"{value:,}", wide)} == {Decimal(value)}


@pytest.mark.parametrize(
    "answer",
    [
        "GB/T 27922-2011",
        "gb/t27922-2011",
        "ＧＢ／Ｔ　２７９２２－２０１１",
        "GB/T 27922—2011。",
        "《GB/T 27922–2011》",
        "“gb/t 27922-2011”",
    ],
)
def test_accepts_words_whatever_makes_no_difference(answer):
    assert accepts_words("别的|GB/T 27922-2011", answer)


@pytest.mark.parametrize("answer", ["", " ", "GB/T 27922", "27922-2011", "。", "GB/T 27922-2012"])
def test_accepts_words_of_nothing_else(answer):
    assert not accepts_words("GB/T 27922-2011", answer)


@given(st.text())
def test_plain_words_of_plain_words_are_the_same(text):
    once = plain_words(text)

    assert plain_words(once) == once


@given(st.text(max_size=60), st.text(max_size=5))
def test_nothing_typed_breaks_the_reading(text, unit):
    value = read_number(text, unit=unit)

    assert value is None or value.is_finite()
