"""The solver: what it proves, what it says when it cannot, and papers that are parallel."""

import random
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exams import matching
from exams.composing import judge, solving
from exams.drawing import Candidate, Cell, Infeasible, Pool, draw


def items(count: int, *, start: int = 1, module: str = "M1", kind: str = "SINGLE", **facts: object) -> list[Candidate]:
    return [Candidate(start + n, module, kind, 4, **facts) for n in range(count)]


def cell(count: int, module: str = "M1", **facts: object) -> Cell:
    return Cell(module, "SINGLE", count, 200, **facts)


WIDE_AND_NARROW = [cell(3), cell(2, difficulty=3), cell(2, point="人员")]


def test_cells_that_cross_share_what_there_is():
    pool = Pool.of(
        items(2, difficulty=3, point="人员") + items(2, start=10, difficulty=3) + items(3, start=20, difficulty=1)
    )

    paper = draw(cells=WIDE_AND_NARROW, pool=pool, seed=1)

    assert len({question.candidate.version for question in paper}) == 7
    assert {1, 2} <= {question.candidate.version for question in paper}


def test_one_item_too_few_is_proven_with_the_cells_that_lack_it():
    pool = Pool.of(
        items(1, difficulty=3, point="人员") + items(1, start=10, difficulty=3) + items(9, start=20, point="人员")
    )
    cells = [cell(2, difficulty=3), cell(1, point="人员", difficulty=3), cell(3, module="M2")]

    verdict = judge(cells=cells[:2], pool=pool, papers=1, exposure_cap=100)

    assert verdict.problems == (
        "题库组不成试卷，不能开放。M1 单选 难、M1 单选 难 人员合起来：需要 3 题，题库可用 2 题，缺 1 题。"
        "请补题或调整蓝图。",
    )
    with pytest.raises(Infeasible, match="合起来"):
        draw(cells=cells[:2], pool=pool, seed=1)
    assert (
        "M2 单选：需要 3 题，题库可用 0 题，缺 3 题"
        in judge(cells=cells, pool=pool, papers=1, exposure_cap=100).problems[0]
    )


def test_enemies_count_as_one_item():
    pool = Pool.of(items(4, group=7) + items(1, start=10))

    assert judge(cells=[cell(2)], pool=pool, papers=1, exposure_cap=100).is_feasible
    assert judge(cells=[cell(3)], pool=pool, papers=1, exposure_cap=100).problems == (
        "题库组不成试卷，不能开放。M1 单选：需要 3 题，题库可用 2 题，缺 1 题。请补题或调整蓝图。",
    )
    for seed in range(20):
        groups = Counter(question.candidate.group for question in draw(cells=[cell(2)], pool=pool, seed=seed))
        assert groups[7] == 1


def test_disjoint_papers_are_proven_or_refused():
    pool = Pool.of(items(10))

    assert judge(cells=[cell(3)], pool=pool, papers=3, exposure_cap=100).is_feasible
    assert judge(cells=[cell(3)], pool=pool, papers=4, exposure_cap=100).problems == (
        "题库组不成试卷，不能开放。M1 单选：4 套卷需要 12 题，题库可用 10 题，缺 2 题。请补题，或减少互不重题的套数。",
    )


def test_exposure_and_overlap_are_exact_where_cells_are_apart():
    pool = Pool.of(items(10) + items(4, start=20, module="M2"))
    cells = [cell(2), cell(1, module="M2")]

    verdict = judge(cells=cells, pool=pool, papers=1, exposure_cap=25)

    assert (verdict.most_exposed, verdict.is_estimate, verdict.problems) == (0.25, False, ())
    assert verdict.overlap == pytest.approx(10 * 0.2**2 + 4 * 0.25**2)
    assert verdict.least_exposed == pytest.approx(0.25)
    assert "至少会出现在 25% 的试卷里" in judge(cells=cells, pool=pool, papers=1, exposure_cap=24).problems[0]


def test_figures_are_an_estimate_where_cells_cross():
    pool = Pool.of(items(6, difficulty=3) + items(6, start=10, difficulty=1))

    verdict = judge(cells=[cell(2), cell(2, difficulty=3)], pool=pool, papers=1, exposure_cap=100)

    assert verdict.is_estimate
    assert verdict.least_exposed == pytest.approx(1 / 3)
    assert 0.3 < verdict.most_exposed < 0.7


POOLS = st.lists(
    st.tuples(st.sampled_from(["M1", "M2"]), st.integers(1, 3), st.sampled_from(["甲", "乙"]), st.integers(0, 2)),
    max_size=14,
).map(lambda rows: [Candidate(n, m, "SINGLE", 4, (), d, p, g) for n, (m, d, p, g) in enumerate(rows, start=1)])
CELLS = st.lists(
    st.builds(
        cell,
        st.integers(1, 3),
        st.sampled_from(["M1", "M2"]),
        difficulty=st.integers(0, 3),
        point=st.sampled_from(["", "甲", "乙"]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: (one.module, one.difficulty, one.point),
)


def can_fill(cells: list[Cell], pool: list[Candidate]) -> bool:
    """Try every way, slowly."""
    if not cells:
        return True
    first, rest = cells[0], cells[1:]
    for chosen in combinations([item for item in pool if first.takes(item)], first.count):
        held = {item.holder for item in chosen}
        if len(held) == first.count and can_fill(rest, [item for item in pool if item.holder not in held]):
            return True
    return False


@settings(deadline=None)
@given(CELLS, POOLS)
def test_solver_matching_and_trying_every_way_agree(cells, pool):
    possible = can_fill(cells, pool)

    found = solving.shortage(cells=cells, pool=Pool.of(pool), papers=1)
    try:
        paper = draw(cells=cells, pool=Pool.of(pool), seed=3)
    except Infeasible:
        paper = []

    assert (found is None, bool(paper)) == (possible, possible)
    if found:
        assert found.missing > 0


@settings(deadline=None, max_examples=25)
@given(CELLS, POOLS, st.integers(2, 3))
def test_papers_that_are_proven_possible_are_made(cells, pool, papers):
    held = Pool.of(pool)
    if solving.shortage(cells=cells, pool=held, papers=papers):
        assert solving.parallel(cells=cells, pool=held, papers=papers) is None
        return

    made = solving.parallel(cells=cells, pool=held, papers=papers)

    supply = Counter(solving.Kind.of(item) for item in pool)
    used = Counter()
    for paper in made.papers:
        for (_, kind), count in paper.items():
            used[kind] += count
        assert all(sum(count for (c, _), count in paper.items() if c == one) == one.count for one in cells)
        groups = Counter(kind.group for (_, kind), count in paper.items() for _ in range(count))
        assert all(count <= 1 for group, count in groups.items() if group)
    assert all(count <= supply[kind] for kind, count in used.items())


def test_parallel_papers_are_even_in_difficulty():
    chance = random.Random(5)
    pool = Pool.of([Candidate(n, "M1", "SINGLE", 4, (), chance.choice([1, 1, 2, 3])) for n in range(1, 101)])

    made = solving.parallel(cells=[cell(20)], pool=pool, papers=4)

    levels = [Counter({kind.difficulty: count for (_, kind), count in paper.items()}) for paper in made.papers]
    assert made.is_optimal
    for level in (1, 2, 3):
        assert max(counts[level] for counts in levels) - min(counts[level] for counts in levels) <= 1
    means = [sum(level * count for level, count in counts.items()) / 20 for counts in levels]
    assert max(means) - min(means) <= 0.05


def test_match_moves_others_along_only_where_it_must():
    given_ = matching.match(
        needs=[("wide", 1), ("narrow", 1)], choices={"wide": [1, 2], "narrow": [1]}, holder={1: 1, 2: 2}
    )

    assert given_ == {"wide": [2], "narrow": [1]}
    with pytest.raises(matching.Short) as proof:
        matching.match(
            needs=[("a", 1), ("b", 1), ("c", 1)], choices={"a": [1], "b": [1], "c": [2]}, holder={1: 1, 2: 2}
        )
    assert proof.value.cells == {"a", "b"}


def test_fixed_cells_take_what_was_prepared_and_fill_up_what_is_gone():
    pool = Pool.of(items(20))
    cells = [cell(3, is_fixed=True), Cell("M1", "SINGLE", 2, 200, difficulty=0, point="")]

    paper = draw(cells=cells, pool=pool, seed=4, prepared={4, 5, 99})

    versions = {question.candidate.version for question in paper}
    assert ({4, 5} <= versions, len(versions)) == (True, 5)
