"""Where a text answers a query, and which piece of it is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.search.excerpts import EXCERPT_LENGTH, Piece, answer, places


def written(pieces: list[Piece]) -> str:
    return "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("售后服务与服务补救", "服务", "售后[服务]与[服务]补救"),
        ("占 １０％，不是 10 个", "10%", "占 [１０％]，不是 10 个"),
        ("占 10 % 以上", "10%", "占 [10 %] 以上"),
        ("M/M/c 与 M/M/1", "m/m/c", "[M/M/c] 与 M/M/1"),
        ("GB/T 27922-2011", "GB/T27922", "[GB/T 27922]-2011"),
        ("Servqual，queueing", "queue SERVQUAL", "[Servqual]，[queue]ing"),
        ("a cat and c", "c", "a cat and [c]"),
        ("补救与挽救", "救", "补[救]与挽[救]"),
        ("<b>售后</b>", "售后", "<b>[售后]</b>"),
        ("没有", "售后", "没有"),
    ],
)
def test_title_is_marked(text, query, marked):
    assert written(answer(text, [], query)[0]) == marked


def test_excerpt_is_of_the_first_text_that_has_a_word():
    assert written(answer("标题", ["一句话。", "目标里有补救。", "正文里也有补救。"], "补救")[1]) == "目标里有[补救]。"


def test_excerpt_below_a_title_that_says_it_is_of_the_first_text():
    assert written(answer("补救", ["一句话。", "目标里有补救。"], "补救")[1]) == "一句话。"


def test_long_text_is_cut_around_the_first_word_from_the_beginning_of_its_sentence():
    text = "前面的话。" * 40 + "这里讲补救。" + "后面的话。" * 40

    shown = written(answer("标题", [text], "补救")[1])
    assert shown.startswith("这里讲[补救]。后面的话。")
    assert shown.endswith("…")
    assert len(shown) == EXCERPT_LENGTH + len("[]…")


def test_text_without_sentences_is_cut_with_dots_on_both_sides():
    shown = written(answer("标题", ["甲" * 300 + "补救" + "乙" * 300], "补救")[1])

    assert shown.startswith("…" + "甲" * 30 + "[补救]乙")
    assert shown.endswith("乙…")


def test_text_is_shown_from_its_beginning_while_that_is_near():
    assert written(answer("标题", ["甲" * 50 + "补救"], "补救")[1]) == "甲" * 50 + "[补救]"


def test_nothing_is_cut_out_of_nothing():
    assert answer("", [], "售后") == ([], [])


@given(st.text(), st.text())
def test_places_are_in_order_and_inside(text, query):
    spans = [place for span in places(text, query) for place in span]

    assert spans == sorted(spans)
    assert all(0 <= place <= len(text) for place in spans)


@given(st.text(min_size=1), st.text(), st.text())
def test_title_is_shown_whole(title, text, query):
    pieces, _ = answer(title, [text], query)

    assert "".join(piece.text for piece in pieces) == title.replace("\n", " ")
