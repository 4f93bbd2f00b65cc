"""What exams are drawn from: the live items that are verified: shares, types, keys. docs/content.md, chapter 6."""

from collections import Counter
from functools import cache

import pytest
import yaml
from django.conf import settings

from exams.vetting import DIFFICULTY_SHARES, LETTERS, MODULE_SHARES

FEWEST = {"numeric": 25, "blank": 15}


@cache
def items(pool):
    """Items of a pool, a case counted as one; of the live ones only the verified, no other is drawn."""
    found = []
    for path in sorted((settings.BASE_DIR / "exams" / "content").glob("*/*.yaml")):
        found += yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return [item for item in found if item["pool"] == pool and (item["verified"] or pool == "practice")]


def share(count):
    return 100 * count / len(items("live"))


@pytest.mark.parametrize(("pool", "fewest"), [("live", 500), ("practice", 300)])
def test_pools_are_large_enough(pool, fewest):
    assert len(items(pool)) >= fewest


def test_modules_have_the_shares_of_the_blueprint():
    counts = Counter(item["code"][:2] for item in items("live"))

    assert {module: round(share(counts[module])) for module in MODULE_SHARES} == pytest.approx(MODULE_SHARES, abs=2)
    assert share(counts["M1"]) == pytest.approx(MODULE_SHARES["M1"], abs=1)


def test_difficulties_are_five_to_three_to_two():
    counts = Counter(item["difficulty"] for item in items("live"))

    assert {level: share(counts[level]) for level in DIFFICULTY_SHARES} == pytest.approx(DIFFICULTY_SHARES, abs=2)


@pytest.mark.parametrize("kind", FEWEST)
def test_written_answers_are_asked_in_every_module(kind):
    counts = Counter(item["code"][:2] for item in items("live") if item["kind"] == kind)

    assert counts.total() >= FEWEST[kind]
    assert set(counts) == set(MODULE_SHARES)


def test_keys_of_each_pool_stand_everywhere_and_are_not_the_longest():
    for pool in ("live", "practice"):
        singles = [item for item in items(pool) if item["kind"] == "single"]
        keys = [LETTERS.index(item["answer"][0]) for item in singles]
        longest = [
            all(len(text) < len(item["options"][key]) for place, text in enumerate(item["options"]) if place != key)
            for item, key in zip(singles, keys, strict=True)
        ]

        assert {place: 100 * count / len(keys) for place, count in Counter(keys).items()} == pytest.approx(
            dict.fromkeys(range(4), 25), abs=3
        )
        assert 100 * sum(longest) / len(longest) < 30
