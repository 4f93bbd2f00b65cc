"""The exam day: everybody starts, saves and hands in at the same time; then the books are compared."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from exams import grading
from exams.models import AnswerEntry, Attempt, ItemVersion
from tools.bench.arithmetic import Content, lost, percentile, standing

SIZES = (20, 50, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2400, 3200, 4800, 6400)
SLOWEST_SAVE_MS = 1000

Drive = Callable[[int], dict[str, Any]]  # number of candidates → what tools.bench.load saw


def search(sizes: Iterable[int], drive: Drive) -> dict[str, Any]:
    """Run sizes from small to large until one fails; report every run and the largest size that held."""
    runs: list[dict[str, Any]] = []
    for size in sizes:
        runs.append(hold(size, drive))
        if not runs[-1]["held"]:
            break
    best = max((run for run in runs if run["held"]), key=lambda run: run["candidates"], default=None)
    return (best or runs[-1] | {"candidates": 0}) | {"runs": runs}


def auto(size: int, drive: Drive) -> dict[str, Any]:
    """Run the size that the measured rates promise; if it does not hold, the next smaller one."""
    found = search([size], drive)
    smaller = [one for one in SIZES if one < size]
    if found["candidates"] or not smaller:
        return found
    again = search(smaller[-1:], drive)
    return again | {"runs": found["runs"] + again["runs"]}


def hold(size: int, drive: Drive) -> dict[str, Any]:
    """Hold one exam and compare: acknowledged answers with the journal, scores with a recomputation."""
    seen = drive(size)
    tallies = seen["tallies"]
    acknowledged = {
        int(attempt): {int(seq): (position, answer) for seq, (position, answer) in entries.items()}
        for attempt, entries in seen["acknowledged"].items()
    }
    journal = read_journal(acknowledged)
    figures = {
        "candidates": size,
        "errors": sum(tally["errors"] for tally in tallies.values()),
        "saves": len(tallies["answer_save"]["latencies"]),
        "handed_in": len(tallies["hand_in"]["latencies"]),
        **{
            f"{name}_p{percent}_ms": percentile(tally["latencies"], percent) * 1000
            for name, tally in tallies.items()
            for percent in (50, 99)
        },
        "acknowledged": sum(map(len, acknowledged.values())),
        "lost": len(lost(acknowledged, journal)),
        "wrong_scores": len(wrong_scores(journal)),
        "load_cpu": seen["load_cpu"],
        "samples": [sample for tally in tallies.values() for sample in tally["samples"]],
    }
    is_clean = not (figures["errors"] or figures["lost"] or figures["wrong_scores"])
    is_complete = figures["handed_in"] == size
    return figures | {"held": is_clean and is_complete and figures["answer_save_p99_ms"] < SLOWEST_SAVE_MS}


def read_journal(attempts: Iterable[int]) -> dict[int, dict[int, Content]]:
    """Read what the database holds of these attempts, in time."""
    journal: dict[int, dict[int, Content]] = defaultdict(dict)
    rows = AnswerEntry.objects.filter(attempt__in=list(attempts), is_late=False)
    for attempt, seq, position, answer in rows.values_list("attempt_id", "seq", "position", "answer"):
        journal[attempt][seq] = (position, answer)
    return journal


def wrong_scores(journal: dict[int, dict[int, Content]]) -> list[int]:
    """Return the attempts that are not marked, or whose score is not what grading the journal anew gives."""
    keys = dict(ItemVersion.objects.values_list("pk", "key"))
    wrong = []
    for attempt in Attempt.objects.filter(pk__in=list(journal)).iterator():
        anew = grading.grade(
            paper=attempt.questions, keys=keys, answers=standing(journal[attempt.pk]), pass_centi=attempt.pass_centi
        )
        if (attempt.points_centi, attempt.has_passed) != (anew.points_centi, anew.has_passed):
            wrong.append(attempt.pk)
    return wrong
