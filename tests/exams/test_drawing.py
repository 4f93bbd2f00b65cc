from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.drawing import Candidate, Cell, Infeasible, Pool, draw

CELLS = [
    Cell("M1", "TRUE_FALSE", 2, 100),
    Cell("M2", "SINGLE", 3, 200),
    Cell("M1", "SINGLE", 4, 200),
    Cell("M3", "MULTI", 2, 300),
]
OPTIONS = {"SINGLE": 4, "MULTI": 5, "TRUE_FALSE": 0}


def pool_for(cells, spare=3):
    wanted = [(cell.module, cell.kind) for cell in cells for _ in range(cell.count + spare)]
    return [Candidate(number, module, kind, OPTIONS[kind]) for number, (module, kind) in enumerate(wanted, start=1)]


@given(st.integers(0, 2**64), st.randoms(use_true_random=False))
def test_draw_is_stable_whatever_the_order_of_the_pool(seed, chance):
    pool = pool_for(CELLS)
    shuffled = pool[:]
    chance.shuffle(shuffled)

    assert draw(cells=CELLS, pool=Pool.of(pool), seed=seed) == draw(cells=CELLS, pool=Pool.of(shuffled), seed=seed)


@given(st.integers(0, 2**64), st.integers(0, 5))
def test_draw_fills_every_cell_once(seed, spare):
    paper = draw(cells=CELLS, pool=Pool.of(pool_for(CELLS, spare)), seed=seed)

    drawn = Counter((question.candidate.module, question.candidate.kind) for question in paper)
    assert drawn == {(cell.module, cell.kind): cell.count for cell in CELLS}
    assert len({question.candidate.version for question in paper}) == len(paper)
    assert [question.candidate.kind for question in paper] == ["SINGLE"] * 7 + ["MULTI"] * 2 + ["TRUE_FALSE"] * 2
    for question in paper:
        assert "".join(sorted(question.order)) == "ABCDE"[: question.candidate.options]


def test_draw_differs_by_seed():
    pool = pool_for(CELLS, spare=20)

    assert draw(cells=CELLS, pool=Pool.of(pool), seed=1) != draw(cells=CELLS, pool=Pool.of(pool), seed=2)


def test_draw_names_every_cell_that_is_short():
    pool = [Candidate(1, "M1", "SINGLE", 4), Candidate(2, "M2", "SINGLE", 4)]

    with pytest.raises(Infeasible) as refusal:
        draw(cells=[Cell("M1", "SINGLE", 1, 200), *CELLS[:2]], pool=Pool.of(pool), seed=1)

    assert str(refusal.value) == ("M1 判断：需要 2 题，题库可用 0 题；M2 单选：需要 3 题，题库可用 1 题")


def test_draw_refuses_an_empty_blueprint():
    with pytest.raises(Infeasible):
        draw(cells=[], pool=Pool.of([]), seed=1)
