"""How text is cut for the index, and queries like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.search.segments import TOKENS_AT_MOST, Token, fold_with_places, runs, segment, terms, tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("售后服务", "售后 后服 服务 务"),
        ("售后，服务", "售后 后 服务 务"),
        ("救", "救"),
        ("M/M/c", "m m c mzzm mzzc"),
        ("Ｍ／Ｍ／１ 排队", "m m 1 mzzm mzz1 排队 队"),
        ("GB/T27922-2011《标准》", "gb t 27922 2011 gbzzt 27922zz2011 标准 准"),
        ("占10 %以上", "占 10 10zzpct 以上 上"),
        ("M3模块", "m3 m 3 模块 块"),
        ("ρ=0.85", "ρ 0 85 0zz85"),
        ("Café Kanō", "cafe kano"),
        ("\0！…😀", ""),
    ],
)
def test_segment(text, words):
    assert segment(text) == words


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("服务补救", [Token("服务"), Token("务补"), Token("补救")]),
        ("救", [Token("救", is_prefix=True)]),
        ("M/M/c", [Token("mzzm"), Token("mzzc")]),
        ("GB/T27922", [Token("gbzzt"), Token("27922")]),
        ("ISO 9001", [Token("iso", is_prefix=True), Token("9001")]),
        ("10％", [Token("10zzpct")]),
        ("10", [Token("10")]),
        ("m1 M1", [Token("m1")]),
        ("ab", [Token("ab")]),
        ('"" OR * NEAR( -', [Token("or"), Token("near", is_prefix=True)]),
        ("？！", []),
    ],
)
def test_tokens(query, wanted):
    assert tokens(query) == wanted


def test_tokens_of_a_long_query_are_cut():
    assert len(tokens("".join(chr(0x4E00 + number) for number in range(10_000)))) == TOKENS_AT_MOST


def test_tokens_of_a_run_stand_side_by_side_and_the_rest_anywhere():
    assert terms("服务补救 GB/T27922") == [
        (Token("服务"), Token("务补"), Token("补救")),
        (Token("gbzzt"),),
        (Token("27922"),),
    ]
    assert sum(len(term) for term in terms("售后服务 " * 30 + "补救方案")) <= TOKENS_AT_MOST


def test_runs_stand_once_each():
    assert runs("售后 补救 售后 M/M/c") == ["售后", "补救", "m/m/c"]


@given(st.text())
def test_a_text_holds_its_own_words(text):
    """What a text says is found by saying it."""
    words = segment(text).split()

    for token in tokens(text):
        assert any(word.startswith(token.text) if token.is_prefix else word == token.text for word in words)


@given(st.text())
def test_folded_signs_know_where_they_come_from(text):
    folded, places = fold_with_places(text)

    assert len(folded) == len(places)
    assert places == sorted(places)


@given(st.text(alphabet=st.characters() | st.sampled_from("\"'*:()&|!<>^{}-+\\%_")))
def test_no_sign_of_a_query_language_gets_through(text):
    assert not set("".join(token.text for token in tokens(text))) & set("\"'*:()&|!<>^{}-+\\%_ \0")
