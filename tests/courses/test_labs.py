"""The labs' rules against the textbook numbers of the syllabus, and their first words against the rules."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import exp, isclose

import pytest

from courses.labs import blueprint, complaint, gaps, kano, nps, parts, queueing, rating, seats
from courses.labs.blueprint import Lack, Step
from courses.labs.complaint import Ending
from courses.labs.defaults import BLUEPRINT, DIMENSIONS, HOURS
from courses.labs.kano import Kind
from courses.labs.rating import Level, Section
from courses.labs.shelf import LABS
from courses.labs.tables import TABLES, tables_of


@pytest.mark.parametrize(
    ("arrivals", "rate", "present", "waiting", "stay_minutes", "wait_minutes"),
    [
        (8, 10, 4, 3.2, 30, 24),
        (9, 10, 9, 8.1, 60, 54),
        (9.5, 10, 19, 18.05, 120, 114),
        (12, 15, 4, 3.2, 20, 16),
        (15, 20, 3, 2.25, 12, 9),
    ],
)
def test_one_server(arrivals, rate, present, waiting, stay_minutes, wait_minutes):
    queue = queueing.solve(arrivals=arrivals, rate=rate, servers=1)

    assert isclose(queue.wait_probability, arrivals / rate)  # whoever meets a busy server waits
    assert isclose(queue.present, present)
    assert isclose(queue.waiting, waiting)
    assert isclose(queue.stay_hours * 60, stay_minutes)
    assert isclose(queue.wait_hours * 60, wait_minutes)


@pytest.mark.parametrize(
    ("arrivals", "servers", "wait_probability", "wait_minutes"),
    [(15, 2, 0.643, 7.71), (20, 3, 0.444, 2.67), (16, 2, 0.711, 10.67)],
)
def test_several_servers(arrivals, servers, wait_probability, wait_minutes):
    queue = queueing.solve(arrivals=arrivals, rate=10, servers=servers)

    assert round(queue.wait_probability, 3) == wait_probability
    assert round(queue.wait_hours * 60, 2) == wait_minutes


def test_fast_server_has_the_shorter_stay_and_two_slow_ones_the_shorter_wait():
    fast = queueing.solve(arrivals=16, rate=20, servers=1)
    two = queueing.solve(arrivals=16, rate=10, servers=2)

    assert [round(queue.wait_hours * 60, 2) for queue in (fast, two)] == [12, 10.67]
    assert [round(queue.stay_hours * 60, 2) for queue in (fast, two)] == [15, 16.67]


def test_share_whose_turn_comes_at_once_is_who_does_not_wait():
    queue = queueing.solve(arrivals=8, rate=10, servers=1)

    assert isclose(queue.served_within(0), 0.2)
    assert isclose(queue.served_within(0.5), 1 - 0.8 * exp(-1))


@pytest.mark.parametrize("arrivals", [10, 12])
def test_queue_grows_for_ever(arrivals):
    with pytest.raises(queueing.QueueGrows):
        queueing.solve(arrivals=arrivals, rate=10, servers=1)

    assert queueing.servers_needed(load=arrivals / 10) == 2


def test_blocking():
    assert isclose(queueing.erlang_b(load=1, servers=2), 0.2)


@pytest.mark.parametrize(("number", "answered"), [(7, 0.740), (8, 0.880)])
def test_answered_within_twenty_seconds(number, answered):
    queue = seats.with_seats(calls=100, handling=180, seats=number)

    assert round(queue.served_within(20 / seats.HOUR), 3) == answered


def test_hotline_of_the_syllabus():
    found = seats.staff(calls=100, handling=180, target=0.8, within=20, absent=0.25)

    assert found is not None
    assert (found.load, found.seats, found.roster, found.by_square_root) == (5, 8, 11, 8)
    assert round(found.wait_seconds) == 10


def test_hotline_that_cannot_be_staffed():
    assert seats.staff(calls=10_000, handling=180, target=0.8, within=20, absent=0.25) is None


@pytest.mark.parametrize(("number", "absent", "people"), [(29, 0.25, 39), (30, 0.2, 38), (30, 0.4, 50)])
def test_roster(number, absent, people):
    assert seats.roster_of(seats=number, absent=absent) == people


def test_servqual_of_the_lesson():
    quality = gaps.servqual(DIMENSIONS)

    assert [round(score, 1) for score in quality.scores] == [-1.2, -0.8, -0.2, -0.1, 0.5]
    assert (round(quality.plain, 2), round(quality.weighted, 3), quality.first) == (-0.36, -0.632, 0)


def test_servqual_points_nowhere_when_nothing_is_below_expectation():
    fine = [gaps.Dimension(name="可靠性", expected=5, perceived=6, weight=3)]

    assert gaps.servqual(fine).first is None
    assert gaps.servqual(fine).weighted == 1


def test_servqual_needs_weights():
    with pytest.raises(ValueError, match="no weights"):
        gaps.servqual([gaps.Dimension(name="可靠性", expected=5, perceived=6, weight=0)])


def test_fifth_gap_is_the_sum_of_three():
    first, second, third, fourth, fifth = gaps.five_gaps(HOURS)

    assert (first, second, third, fourth, fifth) == (1, 4, -1.5, 2.5, 3.5)
    assert first + second + third == fifth


@pytest.mark.parametrize(
    ("present", "absent", "kind"),
    [
        (0, 0, Kind.QUESTIONABLE),
        (4, 4, Kind.QUESTIONABLE),
        (0, 4, Kind.ONE_DIMENSIONAL),
        (0, 2, Kind.ATTRACTIVE),
        (1, 4, Kind.MUST_BE),
        (1, 3, Kind.INDIFFERENT),
        (2, 0, Kind.REVERSE),
        (4, 0, Kind.REVERSE),
        (4, 3, Kind.REVERSE),
    ],
)
def test_kano(present, absent, kind):
    assert kano.classify(present=present, absent=absent) == kind


def test_better_and_worse():
    found = kano.coefficients(a=40, o=25, m=20, i=15)

    assert found is not None
    assert (found.better, found.worse, found.quarter) == (0.65, -0.45, Kind.ATTRACTIVE)
    assert kano.coefficients(a=0, o=0, m=0, i=0) is None


def test_better_on_the_edge_counts_as_large():
    found = kano.coefficients(a=50, o=0, m=50, i=0)

    assert found is not None
    assert found.quarter == Kind.ONE_DIMENSIONAL


def test_blueprint_of_the_lab():
    found = blueprint.check(BLUEPRINT)

    assert found.lacks == ((1, Lack.NO_EVIDENCE), (2, Lack.NO_REMEDY))
    assert (found.encounters, found.visible, found.internal) == (4, 2, 3)
    assert (found.wait_minutes, found.longest_wait) == (2920, 1)


def test_blueprint_lacks():
    assert Step().lacks() == (Lack.NO_CUSTOMER, Lack.NO_EVIDENCE)
    assert Step(customer="取票", evidence="机器").lacks() == (Lack.ALONE,)
    assert Step(customer="取票", evidence="机器", support="系统", is_fail_point=True).lacks() == (Lack.NO_REMEDY,)
    assert blueprint.check(()).longest_wait is None


def sections(*, deleted: int | None = 0, lost: int | None = 0) -> list[Section]:
    return [
        Section(code="5.1", points_centi=40_00, deleted_centi=0, lost_centi=0),
        Section(code="5.2", points_centi=35_00, deleted_centi=deleted, lost_centi=lost),
        Section(code="5.3", points_centi=25_00, deleted_centi=0, lost_centi=0),
    ]


@pytest.mark.parametrize(
    ("deleted", "lost", "specials", "has_bonus", "final", "level"),
    [
        (5_00, 19_00, 0, False, 80_00, Level.THREE),
        (5_00, 9_50, 1, False, 89_00, Level.THREE),
        (8_00, 8_00, 0, False, 91_30, Level.FOUR),
        (8_00, 2_00, 0, True, 98_83, Level.FIVE),
        (0, 4_00, 5, False, 91_00, Level.FAILED),
    ],
)
def test_rating_of_the_syllabus(deleted, lost, specials, has_bonus, final, level):
    readings = rating.simulate(
        sections(deleted=deleted, lost=lost), required=1, held=1, specials=specials, has_bonus=has_bonus
    )

    assert readings is not None
    assert (readings.worst.final_centi, readings.worst.level) == (final, level)
    assert readings.proportional == readings.worst


def test_missing_people_have_two_readings():
    readings = rating.simulate(sections(), required=3, held=2, specials=0, has_bonus=False)

    assert readings is not None
    assert (readings.proportional.final_centi, readings.worst.final_centi) == (98_33, 95_00)
    assert rating.staffing_lost(required=3, held=2) == Fraction(500, 3)


@pytest.mark.parametrize(("deleted", "lost"), [(None, 0), (0, None)])
def test_unknown_points_are_not_zero(deleted, lost):
    found = rating.simulate(sections(deleted=deleted, lost=lost), required=1, held=1, specials=0, has_bonus=False)

    assert found is None


def test_section_cannot_lose_more_than_it_has():
    with pytest.raises(ValueError, match=r"5\.2"):
        rating.simulate(sections(deleted=30_00, lost=6_00), required=1, held=1, specials=0, has_bonus=False)


def ways(at: str = complaint.FIRST) -> Iterator[list[int]]:
    """Give every way through the complaint; a loop in it would never end here."""
    if at == complaint.END:
        yield []
        return
    for place, choice in enumerate(complaint.SCENES[at].choices):
        yield from ([place, *rest] for rest in ways(choice.then))


def test_every_way_through_the_complaint_ends_and_money_does_not_decide():
    results = [complaint.walk(way) for way in ways()]
    loyal = [result for result in results if result.ending == Ending.LOYAL]
    dearest = max(results, key=lambda result: result.yuan)

    assert {result.ending for result in results} == set(Ending)
    assert min(result.yuan for result in loyal) == 720
    assert (dearest.yuan, dearest.ending) == (2260, Ending.LOST)
    assert complaint.walk([0]).ending is None


@pytest.mark.parametrize(
    ("justice", "ending"),
    [((1, 1, 1), Ending.LOYAL), ((1, 0, 1), Ending.SETTLED), ((1, -1, 1), Ending.SETTLED), ((5, -1, -1), Ending.LOST)],
)
def test_ending(justice, ending):
    assert complaint.ending_of(justice) == ending


def test_every_scene_of_the_complaint_is_reached():
    reached = {complaint.FIRST} | {choice.then for scene in complaint.SCENES.values() for choice in scene.choices}

    assert reached == {*complaint.SCENES, complaint.END}


def test_nps():
    found = nps.score(promoters=55, passives=25, detractors=20)

    assert found is not None
    assert (round(found.nps), round(found.low), round(found.high)) == (35, 19, 51)
    assert (found.needed, found.is_small) == (965, False)
    assert nps.score(promoters=0, passives=0, detractors=0) is None


def test_nps_of_few_answers_says_so_and_stays_on_the_scale():
    found = nps.score(promoters=9, passives=0, detractors=1)

    assert found is not None
    assert found.is_small
    assert found.high == 100


def test_spare_parts():
    costs = {"yearly": 1200, "order_cost": 100, "holding_cost": 6}
    found = parts.reorder(daily=10, lead_days=9, deviation=4, z=parts.CONFIDENCE["95"])

    assert parts.order_quantity(**costs) == 200
    assert parts.yearly_cost(**costs, quantity=200) == 1200
    assert (round(found.safety, 1), round(found.point, 1)) == (19.8, 109.8)


def test_every_lab_has_its_tables():
    assert set(TABLES) == set(LABS)
    for slug, number in product(LABS, range(3)):
        for table in tables_of(slug)[number : number + 1]:
            assert {len(row) for row in table.rows} == {len(table.head)}


@pytest.mark.parametrize(
    ("slug", "row"),
    [
        ("queue", ("8 位", "80.0%", "24.00 分钟", "3.20 人", "42.7%")),
        ("queue", ("10 位", "100%", "队伍会无限变长", "—", "—")),
        ("seats", ("8 席（够了）", "88.0%", "10 秒", "62.5%", "11 人")),
        ("gaps", ("加权总分", "", "", "−0.63", "")),
        ("kano", ("乙 清理灰尘", "A20 O50 M20 I10 R0", "0.70", "−0.70", "期望")),
        ("blueprint", ("总等待", "2,920 分钟，最长在第 2 步")),
        ("rating", ("按比例扣", "91.95", "−2", "89.95", "三星级")),
        ("rating", ("最坏：全扣 5 分", "88.40", "−2", "86.40", "三星级")),
        ("nps", ("100 份", "35", "19 到 51", "965 份")),
        ("parts", ("300 块", "12 次", "¥600.00")),
        ("parts", ("95%", "4 天", "13.2 块", "53.2，取 54 块")),
    ],
)
def test_tables_say_what_the_lessons_say(slug, row):
    assert row in [row for table in tables_of(slug) for row in table.rows]
