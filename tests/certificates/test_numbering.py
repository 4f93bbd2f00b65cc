import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates import numbering

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
numbers = st.builds(numbering.draw, year=st.integers(2026, 2099))
places = st.sampled_from([i for i in range(20) if i not in (4, 9, 18)])


@given(numbers)
def test_drawn_numbers_have_the_printed_form_and_read_back(number):
    prefix, year, body, check = number.split("-")

    assert (prefix, len(year), len(body), len(check)) == ("SHFW", 4, 8, 1)
    assert set(body + check) <= set(numbering.ALPHABET)
    assert numbering.parse(number) == number


def test_draws_do_not_repeat():
    assert len({numbering.draw(year=2026) for _ in range(2000)}) == 2000


@settings(max_examples=500)
@given(numbers, places, st.sampled_from(SIGNS))
def test_every_single_wrong_character_is_caught(number, place, sign):
    if number[place] != sign:
        assert numbering.parse(number[:place] + sign + number[place + 1 :]) is None


@settings(max_examples=300)
@given(numbers)
def test_every_swap_of_neighbours_is_caught(number):
    compact = number.replace("-", "")
    for i in range(len(compact) - 1):
        swapped = compact[:i] + compact[i + 1] + compact[i] + compact[i + 2 :]
        is_the_known_pair = swapped[4:8] != compact[4:8] and {swapped[4:8], compact[4:8]} == {"2034", "2043"}
        assert swapped == compact or is_the_known_pair or numbering.parse(swapped) is None


@pytest.mark.parametrize("year", range(2026, 2130))
def test_every_year_has_numbers(year):
    assert numbering.draw(year=year).startswith(f"SHFW-{year}-")


@given(numbers)
def test_parse_forgives_the_way_people_type(number):
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in number)
    for typed in (
        number.lower(),
        number.replace("-", ""),
        number.replace("-", " "),
        f"  {number}\n",
        full_width,
        number.replace("-", "—"),
        number.replace("-", "－"),
    ):
        assert numbering.parse(typed) == number


def test_parse_refuses_what_is_no_number():
    for text in ("", "SHFW", "SHFW-2026-00000000-0", "ABCD-2026-7KQ4M2XD-R", "证书", "\x00", "9" * 10_000, "ß" * 16):
        assert numbering.parse(text) is None


@given(st.text(max_size=80))
def test_parse_never_fails(text):
    assert numbering.parse(text) is None or numbering.parse(text).startswith("SHFW-")
