"""Forecast line, what-if, proposal, schedule and drawing: pure rules. docs/rules/planning.md, F1-F7"""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.staffing import ratio
from certificates.staffing.planning import chart, proposals, schedule, timeline, whatif
from certificates.staffing.planning.proposals import Nominee
from certificates.staffing.planning.schedule import Milestones, Pace, Window
from certificates.staffing.planning.timeline import Span
from certificates.staffing.planning.whatif import Change, Kind
from certificates.staffing.ratio import CertificateFacts, Person

DAY = date(2026, 11, 22)
END = date(2029, 11, 22)


def facts(holder: str, name: str, **fields: object) -> CertificateFacts:
    known = {"is_in_force": True, "status": "有效", "issued_date": date(2025, 1, 1), "valid_until": date(2027, 12, 31)}
    return CertificateFacts(holder=holder, holder_name=name, **(known | fields))


def manager(row: int, **fields: object) -> Person:
    return Person(**({"row": row, "name": f"经理{row}", "is_manager": True, "joined_on": date(2020, 1, 1)} | fields))


def holder(row: int, until: date = date(2027, 12, 31), **fields: object) -> Person:
    name = f"持证{row}"
    known = facts(f"h{row}", name, valid_until=until)
    return manager(row, name=name, certificate_number=f"N{row}", certificate=known, **fields)


# --- The line against brute force -----------------------------------------------------------------------------------

days = st.dates(date(2025, 1, 1), date(2031, 12, 31))
maybe_days = st.none() | days


@st.composite
def people(draw) -> list[Person]:
    """Rosters with every trouble: holders on several rows, wrong names, lost certificates, absurd orders of days."""
    made = []
    for row in range(2, 2 + draw(st.integers(1, 14))):
        first, last = draw(maybe_days), draw(maybe_days)
        if first and last and last < first:
            first, last = last, first
        certificate = None
        if draw(st.booleans()):
            issued, until = sorted((draw(days), draw(days)))
            certificate = CertificateFacts(
                holder=str(draw(st.integers(1, 5))),
                holder_name=draw(st.sampled_from(["甲", "甲", "甲", "乙"])),
                is_in_force=draw(st.sampled_from([True, True, True, False])),
                status="有效",
                issued_date=issued,
                valid_until=until,
            )
        made.append(
            Person(
                row=row,
                name="甲",
                is_manager=draw(st.booleans()),
                judgements=tuple(sorted(draw(st.dictionaries(days, st.booleans(), max_size=2)).items())),
                joined_on=first,
                left_on=last,
                certificate_number="N" if certificate else "",
                certificate=certificate,
            )
        )
    return made


def count_by_hand(roster: list[Person], day: date) -> tuple[int, int]:
    """The rule read aloud: managers employed on the day, and distinct holders who are employed and certified."""
    managers, holders = 0, set()
    for one in roster:
        is_employed = (one.joined_on is None or one.joined_on <= day) and (one.left_on is None or day <= one.left_on)
        if not is_employed:
            continue
        said = [is_manager for since, is_manager in one.judgements if since <= day]
        managers += said[-1] if said else one.is_manager
        known = one.certificate
        is_linked = known and known.is_in_force and known.holder_name == one.name
        if is_linked and known.issued_date <= day <= known.valid_until:
            holders.add(known.holder)
    return managers, len(holders)


@settings(max_examples=40, deadline=None)
@given(people(), days)
def test_line_agrees_with_brute_force_on_every_day_of_36_months(roster, as_of):
    line = timeline.spans(roster, as_of)
    every_day = [as_of + timedelta(days=n) for n in range((ratio.add_months(as_of, 36) - as_of).days + 1)]

    told = [(span.managers, span.held) for span in line for _ in range((span.last - span.first).days + 1)]

    assert told == [count_by_hand(roster, day) for day in every_day]
    assert (line[0].first, line[-1].last) == (every_day[0], every_day[-1])
    assert all(a.last + timedelta(days=1) == b.first for a, b in itertools.pairwise(line))
    assert all((a.managers, a.held) != (b.managers, b.held) for a, b in itertools.pairwise(line))
    short = [day for day, (managers, held) in zip(every_day, told, strict=True) if held < max(1, -(-managers // 10))]
    first = timeline.first_short(line)
    assert (first.first if first else None) == (short[0] if short else None)
    breach = ratio.forecast.first_breach(roster, as_of)
    assert (breach.day if breach else None) == (short[0] if short else None)


@settings(max_examples=40, deadline=None)
@given(people(), days, days, st.integers(1, 30))
def test_supposed_certificate_never_lowers_any_day_and_leaves_the_roster_alone(roster, as_of, day, count):
    before = list(roster)
    changes = [Change(Kind.CERTIFY, day, row=roster[0].row), Change(Kind.HOLDERS, day, count=count)]

    supposed = whatif.suppose(roster, changes, valid_years=3)

    assert roster == before
    pairs = zip(ratio.daily_counts(roster, as_of), ratio.daily_counts(supposed, as_of), strict=True)
    assert all(after[0] == was[0] and after[1] >= was[1] for was, after in pairs)


# --- Spans and reasons ----------------------------------------------------------------------------------------------


def test_spans_name_what_began_them():
    roster = [
        holder(2, until=date(2027, 3, 31)),
        holder(3, left_on=date(2027, 6, 30)),
        *(manager(row) for row in range(4, 12)),
        manager(12, joined_on=date(2028, 1, 1)),
    ]

    line = timeline.spans(roster, DAY)

    assert line[:4] == (
        Span(DAY, date(2027, 3, 31), 10, 2),
        Span(date(2027, 4, 1), date(2027, 6, 30), 10, 1),
        Span(date(2027, 7, 1), date(2027, 12, 31), 9, 0),
        Span(date(2028, 1, 1), END, 10, 0),
    )
    told = [timeline.reasons(roster, a, b) for a, b in itertools.pairwise(line)]
    assert told == [("持证2的证书到期",), ("持证3离职", "服务管理人员减少 1 名"), ("服务管理人员增加 1 名",)]
    assert timeline.first_short(line) == line[2]
    assert timeline.span_on(line, date(2027, 5, 1)) == line[1]
    assert timeline.span_on(line, END + timedelta(days=1)) is None


def test_reasons_name_five_and_count_the_rest():
    roster = [holder(row, until=date(2027, 3, 31)) for row in range(2, 9)]

    line = timeline.spans(roster, DAY)

    assert timeline.reasons(roster, line[0], line[1])[4:] == ("持证6的证书到期", "另有 2 人不再计入")


def test_people_needed_is_the_largest_gap_of_the_twelve_months_after_the_first_short_day():
    joins = [date(2027, 1, 1)] * 10 + [date(2027, 6, 1)] * 10 + [date(2028, 3, 1)] * 30
    roster = [holder(2), *(manager(3 + n, joined_on=day) for n, day in enumerate(joins))]

    line = timeline.spans(roster, DAY)

    assert timeline.first_short(line).first == date(2027, 1, 1)
    assert timeline.people_needed(line) == 3  # 21 managers need 3; on 2028-01-01 nobody holds any


def test_people_needed_is_nothing_without_a_gap():
    line = timeline.spans([holder(2, until=date(2030, 1, 1))], DAY)

    assert (timeline.first_short(line), timeline.people_needed(line)) == (None, 0)


# --- What-if --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "on_the_day", "day_before"),
    [
        (Change(Kind.HIRE, date(2027, 1, 1), count=5), (15, 2), (10, 2)),
        (Change(Kind.SHRINK, date(2026, 12, 31), count=3), (7, 2), (10, 2)),
        (Change(Kind.SHRINK, date(2026, 12, 31), count=99), (2, 2), (10, 2)),
        (Change(Kind.LEAVE, date(2026, 12, 31), row=2), (9, 1), (10, 2)),
        (Change(Kind.CERTIFY, date(2027, 1, 1), row=4), (10, 3), (10, 2)),
        (Change(Kind.HOLDERS, date(2027, 1, 1), count=4), (10, 6), (10, 2)),
        (Change(Kind.LOSE, date(2027, 1, 1), row=3), (10, 1), (10, 2)),
        (Change(Kind.LOSE, date(2027, 1, 1), row=4), (10, 2), (10, 2)),
    ],
)
def test_each_supposition_acts_from_its_day(change, on_the_day, day_before):
    roster = [holder(2), holder(3), *(manager(row) for row in range(4, 12))]

    line = timeline.spans(whatif.suppose(roster, [change], valid_years=3), DAY)

    figures = [timeline.span_on(line, day) for day in (date(2027, 1, 1), date(2026, 12, 31))]
    assert [(span.managers, span.held) for span in figures] == [on_the_day, day_before]


def test_supposed_renewal_lets_the_old_certificate_count_until_its_end():
    roster = [holder(2, until=date(2027, 3, 31))]

    supposed = whatif.suppose(roster, [Change(Kind.CERTIFY, date(2027, 2, 1), row=2)], valid_years=3)

    assert timeline.spans(supposed, DAY) == (Span(DAY, END, 1, 1),)


def test_certificate_lost_before_it_was_issued_never_counts():
    roster = [holder(2)]

    supposed = whatif.suppose(roster, [Change(Kind.LOSE, date(2024, 1, 1), row=2)], valid_years=3)

    assert timeline.spans(supposed, DAY) == (Span(DAY, END, 1, 0),)


def test_leaving_never_prolongs_a_known_end():
    roster = [holder(2, left_on=date(2026, 12, 1))]

    supposed = whatif.suppose(roster, [Change(Kind.LEAVE, date(2027, 5, 1), row=2)], valid_years=3)

    assert supposed == roster


# --- Proposal -------------------------------------------------------------------------------------------------------


def test_proposal_takes_renewals_first_then_sites_without_anybody_then_seniority():
    roster = [
        holder(2, until=date(2027, 3, 31)),
        holder(3, until=date(2027, 3, 31), left_on=date(2027, 3, 31)),  # gone when it runs out
        manager(4, name="丁", joined_on=date(2015, 1, 1)),
        manager(5, name="丙", joined_on=date(2021, 1, 1)),
        manager(6, name="乙", joined_on=date(2019, 1, 1)),
        manager(7, name="甲", left_on=date(2027, 12, 1)),  # leaves within the year
        manager(8, name="戊", is_manager=False),
    ]
    sites = {2: "城东网点", 3: "城东网点", 4: "城东网点", 5: "城西网点", 6: "城西网点", 7: "城西网点"}

    proposal = proposals.propose(
        roster, needed=5, today=DAY, short_from=date(2027, 4, 1), due=date(2027, 4, 1), sites=sites
    )

    assert proposal.renewals == (Nominee(2, "持证2", "续期：证书有效期至 2027-03-31"),)
    assert proposal.trainees == (
        Nominee(6, "乙", "城西网点现在没有计入的管理师；2019-01-01 入职"),
        Nominee(5, "丙", "城西网点现在没有计入的管理师；2021-01-01 入职"),
        Nominee(4, "丁", "服务管理人员，没有计入的证书；2015-01-01 入职"),
    )
    assert (proposal.unnamed, proposal.seats) == (1, 4)


def test_proposal_names_no_more_than_are_needed():
    roster = [holder(2, until=date(2027, 3, 31)), holder(3, until=date(2027, 2, 28)), manager(4)]

    proposal = proposals.propose(roster, needed=1, today=DAY, short_from=DAY, due=date(2027, 4, 1), sites={})

    assert ([one.row for one in proposal.renewals], proposal.trainees, proposal.seats) == ([3], (), 0)


# --- Schedule -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pace", "study_days", "resit_days"),
    [
        (Pace(study_hours=24), 32, 2),  # 18 hours at 4 a week
        (Pace(study_hours=24, hours_per_week=40), 4, 2),
        (Pace(study_hours=0), 1, 2),
        (Pace(study_hours=16, hours_per_week=12, cooldown_hours=25), 7, 3),
        (Pace(study_hours=1, cooldown_hours=0), 2, 1),
    ],
)
def test_pace_in_days(pace, study_days, resit_days):
    assert (pace.study_days, pace.resit_days) == (study_days, resit_days)


def test_latest_days_count_back_from_the_deadline():
    assert schedule.latest(date(2027, 2, 10), Pace(study_hours=24)) == Milestones(
        order=date(2027, 1, 4),
        start=date(2027, 1, 7),
        study_end=date(2027, 2, 7),
        exam=date(2027, 2, 8),
        certificate=date(2027, 2, 10),
    )


@given(days, st.integers(0, 200), st.integers(1, 40), st.integers(0, 2000))
def test_earliest_fits_into_latest_exactly_when_the_deadline_leaves_room(today, hours, weekly, cooldown):
    pace = Pace(study_hours=hours, hours_per_week=weekly, cooldown_hours=cooldown)
    soonest = schedule.earliest(today, pace)

    back = schedule.latest(soonest.certificate + timedelta(days=pace.resit_days), pace)

    assert (back.order, back.start, back.study_end, back.exam) == (
        soonest.order,
        soonest.start,
        soonest.study_end,
        soonest.exam,
    )


def test_windows_that_fit_are_open_for_registration_and_meet_the_days():
    first, last = date(2027, 1, 20), date(2027, 2, 10)
    fits = Window("二月", date(2027, 2, 1), date(2027, 2, 28), date(2027, 1, 25))
    touches = Window("一月", date(2027, 1, 1), first, DAY)
    windows = [
        fits,
        touches,
        Window("太早", date(2027, 1, 1), date(2027, 1, 19), DAY),
        Window("太晚", date(2027, 2, 11), date(2027, 3, 1), DAY),
        Window("报名已截止", date(2027, 2, 1), date(2027, 2, 28), DAY - timedelta(days=1)),
    ]

    assert schedule.fitting(windows, today=DAY, first=first, last=last) == [touches, fits]
    assert len(schedule.fitting([fits] * 9, today=DAY, first=first, last=last)) == 6


# --- Drawing --------------------------------------------------------------------------------------------------------


def test_chart_draws_lines_gaps_and_audits():
    line = timeline.spans([holder(2, until=date(2027, 12, 31))], DAY)

    drawn = chart.draw(line, [date(2027, 10, 1), date(2028, 10, 1), date(2035, 1, 1)])

    assert drawn.required == "M40.0 143.0H303.1V143.0H752.0"
    assert drawn.held == "M40.0 143.0H303.1V252.0H752.0"
    assert drawn.bands == (chart.Band(303.1, 448.9),)
    assert [mark.text for mark in drawn.days] == [
        "2026-11", "2027-05", "2027-11", "2028-05", "2028-11", "2029-05", "2029-11",
    ]  # fmt: skip
    assert [mark.text for mark in drawn.counts] == ["0", "1", "2"]
    assert [(flag.number, flag.is_short) for flag in drawn.flags] == [(1, False), (2, True)]
    assert drawn.starts_at_zero


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 600)), min_size=1, max_size=6))
def test_chart_keeps_everything_on_the_canvas(figures):
    line = tuple(
        Span(DAY + timedelta(days=100 * n), DAY + timedelta(days=100 * n + 99), managers, held)
        for n, (managers, held) in enumerate(figures)
    )

    drawn = chart.draw(line, [])

    heights = [float(part.split("H")[0].split(" ")[-1]) for part in f"{drawn.required}V{drawn.held}".split("V")]
    assert all(chart.TOP <= height <= chart.BOTTOM for height in heights)
    assert 2 <= len(drawn.counts) <= 8
