"""
Something dies in the middle of an exam: what was acknowledged is there afterwards, and every attempt ends once.

A whole production house, as docs/operations.md describes it, runs in a temporary folder; clients behave as the exam
page does. A few of them never hand in: the sweep has to close their attempts, whatever has died.
"""

import json
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from tests.exams.house import House, house, until
from tests.exams.house_books import Books, set_bell, still_open
from tests.exams.house_candidates import Candidate

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]  # the latter for the tables only
CROWD, DESERTERS = 24, 6
BELL_SECONDS = 3  # for the deserters: it rings in the burst
RECOVERY_SECONDS = 30  # after a fault: every page has saved again
ENOUGH = 4 * CROWD  # acknowledged answers before something dies


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker) -> Iterator[House]:
    """A house with the tables of the test database."""
    with django_db_blocker.unblock():
        values = connection.settings_dict
        place = f"{values['HOST'] or '127.0.0.1'}:{values['PORT'] or 5432}"
        url = f"postgres://{values['USER']}:{values['PASSWORD']}@{place}/{values['NAME']}"
    with house(url) as one:
        yield one


@pytest.fixture(scope="module")
def people(site) -> Iterator[dict]:
    return iter(json.loads(site.python("tests.exams.house_rows", str(CROWD * len(FAULTS)))))


@pytest.fixture
def crowd(site, people) -> Iterator[list[Candidate]]:
    """Candidates who have begun to answer, each in a thread."""
    crowd = [Candidate(port=site.port, deserts=number < DESERTERS, **next(people)) for number in range(CROWD)]
    set_bell(site.database.url(), crowd[:DESERTERS], seconds=BELL_SECONDS)
    for one in crowd:
        one.start()
    yield crowd
    finish(crowd)


def finish(crowd: list[Candidate]) -> None:
    for one in crowd:
        one.may_stop.set()
    for one in crowd:
        one.join()


def acknowledged(crowd: list[Candidate]) -> int:
    return sum(len(one.acked) for one in crowd)


def without_redis(site: House, crowd: list[Candidate]) -> None:
    """The exam goes on while Redis is away: nothing that it holds is needed for an answer."""
    with site.without_redis():
        before = acknowledged(crowd)
        until(lambda: acknowledged(crowd) > before + ENOUGH, "no answer was saved while Redis was away")


FAULTS: dict[str, Callable[[House, list[Candidate]], None]] = {
    "one web process": lambda site, crowd: site.kill_one_web_process(),
    "all web processes": lambda site, crowd: site.kill_all_web_processes(),
    "the worker": lambda site, crowd: site.kill_worker(),
    "Redis": without_redis,
    "PostgreSQL": lambda site, crowd: site.crash_database(),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_acknowledged_is_lost_and_every_attempt_ends_once(site, crowd, fault):
    until(lambda: acknowledged(crowd) >= ENOUGH, "the burst did not begin")
    assert all(one.is_alive() for one in crowd), [one.trouble for one in crowd if one.trouble]

    FAULTS[fault](site, crowd)

    before = {one: len(one.acked) for one in crowd}
    until(
        lambda: all(len(one.acked) > before[one] or not one.is_alive() for one in crowd),
        "saving did not go on",
        seconds=RECOVERY_SECONDS,
    )
    finish(crowd)
    assert [one.trouble for one in crowd if one.trouble] == []
    until(lambda: not still_open(site.database.url(), crowd), "attempts stay open")
    assert Books.read(site.database.url(), crowd).complaints(crowd) == []
    until(site.is_ready, "the house did not recover")
