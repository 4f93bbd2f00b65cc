"""The 10 % rule alone. docs/rules/staffing.md, S1-S8"""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.staffing import ratio
from certificates.staffing.ratio import CertificateFacts, Outcome, Person
from certificates.staffing.ratio.forecast import add_months

DAY = date(2026, 11, 22)
TABLE = {1: 1, 5: 1, 7: 1, 10: 1, 11: 2, 19: 2, 20: 2, 21: 3, 30: 3, 41: 5, 50: 5, 99: 10, 100: 10, 101: 11}


def facts(holder: str = "1", name: str = "张三", **fields: object) -> CertificateFacts:
    return CertificateFacts(
        **{
            "holder": holder,
            "holder_name": name,
            "is_in_force": True,
            "status": "有效",
            "issued_date": date(2025, 1, 1),
            "valid_until": date(2027, 12, 31),
        }
        | fields
    )


def person(row: int, name: str = "张三", **fields: object) -> Person:
    return Person(**{"row": row, "name": name, "is_manager": True} | fields)


def holder(row: int, certificate: CertificateFacts | None = None, **fields: object) -> Person:
    return person(row, certificate_number="N", certificate=certificate or facts(holder=str(row)), **fields)


@pytest.mark.parametrize(("managers", "required"), TABLE.items())
def test_required_for_rounds_up_and_is_at_least_one(managers, required):
    assert ratio.required_for(managers) == required


def test_required_for_negative_is_refused():
    with pytest.raises(ValueError, match="negative"):
        ratio.required_for(-1)


@given(st.integers(0, 10**9))
def test_required_for_is_the_least_number_that_reaches_ten_percent(managers):
    required = ratio.required_for(managers)

    assert required * 10 >= managers
    assert required == 1 or (required - 1) * 10 < managers


@pytest.mark.parametrize(("staff", "managers"), [(1, 1), (20, 3), (100, 15), (286, 43)])
def test_managers_among_is_fifteen_percent_rounded_up(staff, managers):
    assert ratio.managers_among(staff) == managers


@pytest.mark.parametrize(
    ("held", "required", "points", "worst"),
    [
        (0, 1, 0, 0),
        (2, 3, 333, 0),
        (1, 6, 83, 0),
        (5, 6, 417, 0),
        (2, 5, 200, 0),
        (3, 3, 500, 500),
        (9, 3, 500, 500),
        (9_999, 10_000, 499, 0),
    ],
)
def test_points_are_proportional_and_never_full_while_short(held, required, points, worst):
    assert ratio.points_centi(held=held, required=required) == points
    assert ratio.worst_points_centi(held=held, required=required) == worst


def test_check_without_managers_is_refused():
    with pytest.raises(ratio.NoManagers, match="服务管理人员为 0 名"):
        ratio.check([holder(2, is_manager=False)], DAY)


def test_check_without_people_is_refused():
    with pytest.raises(ratio.NoManagers):
        ratio.check([], DAY)


@pytest.mark.parametrize(
    ("one", "outcome", "reason"),
    [
        (holder(2), Outcome.COUNTED, "在职，证书有效期至 2027-12-31"),
        (person(2), Outcome.NO_CERTIFICATE, "没有填写证书编号"),
        (
            person(2, certificate_number="N"),
            Outcome.UNKNOWN_CERTIFICATE,
            "查不到这个证书编号，请核对；其他机构的证书不计入",
        ),
        (holder(2, name="李四"), Outcome.NAME_MISMATCH, "姓名与证书上的不一致，请核对编号和姓名"),
        (
            holder(2, facts(is_in_force=False, status="暂停")),
            Outcome.NOT_IN_FORCE,
            "证书状态为“暂停”，不计入",
        ),
        (
            holder(2, facts(issued_date=date(2026, 11, 23))),
            Outcome.NOT_YET_ISSUED,
            "证书 2026-11-23 才发证，基准日尚未取得",
        ),
        (
            holder(2, facts(valid_until=date(2026, 11, 21))),
            Outcome.EXPIRED,
            "证书已于 2026-11-21 到期，请换成新证书的编号",
        ),
        (holder(2, joined_on=date(2026, 11, 23)), Outcome.NOT_JOINED, "2026-11-23 入职，基准日尚未在职"),
        (holder(2, left_on=date(2026, 11, 21)), Outcome.LEFT, "已于 2026-11-21 离职"),
    ],
)
def test_check_gives_each_person_a_reason(one, outcome, reason):
    verdict = ratio.check([one, person(99, is_manager=True)], DAY).verdicts[0]

    assert (verdict.outcome, verdict.reason) == (outcome, reason)


def test_check_counts_first_and_last_day_of_everything():
    edge = facts(issued_date=DAY, valid_until=DAY)

    staffing = ratio.check([holder(2, edge, joined_on=DAY, left_on=DAY), person(3)], DAY)

    assert (staffing.managers, staffing.held) == (2, 1)


def test_check_counts_a_holder_once_on_the_first_row():
    staffing = ratio.check([holder(5, facts("x")), holder(3, facts("x")), holder(4, facts("y"))], DAY)

    assert staffing.held == 2
    assert [verdict.reason for verdict in staffing.verdicts] == [
        "同一位持证人已计在第 3 行",
        "在职，证书有效期至 2027-12-31",
        "在职，证书有效期至 2027-12-31",
    ]


def test_check_compares_names_as_people_write_them():
    certificate = facts(name="阿依古丽·麦麦提")

    assert ratio.check([holder(2, certificate, name="阿依古丽 • 麦麦提")], DAY).held == 1


def test_breach_today_when_already_short():
    breach = ratio.check([person(2)], DAY).breach

    assert breach == ratio.Breach(DAY, required=1, held=0, causes=("基准日当天缺 1 名",))


def test_breach_names_who_expires_and_who_joins():
    day = date(2027, 1, 4)
    people = [person(n) for n in range(10)]
    people += [holder(50, facts(valid_until=date(2027, 1, 3)), is_manager=False), person(51, joined_on=day)]

    breach = ratio.check(people, DAY).breach

    assert breach == ratio.Breach(
        day,
        required=2,
        held=0,
        causes=("张三（第 50 行）的证书有效期至 2027-01-03", "1 名服务管理人员在 2027-01-04 入职，应配人数随之变化"),
    )


def test_breach_with_many_causes_names_five():
    people = [holder(n, left_on=date(2027, 3, 31), is_manager=False) for n in range(7)] + [person(99)]

    breach = ratio.check(people, DAY).breach

    assert breach.causes == (
        *(f"张三（第 {n} 行）2027-03-31 离职" for n in range(5)),
        "另有 2 人到期或离职",
    )


def test_breach_beyond_the_horizon_is_not_told():
    within, beyond = date(2029, 11, 21), date(2029, 11, 22)

    assert ratio.check([holder(2, facts(valid_until=within))], DAY).breach.day == beyond
    assert ratio.check([holder(2, facts(valid_until=beyond))], DAY).breach is None


def test_add_months_keeps_to_the_month():
    assert add_months(date(2024, 2, 29), 36) == date(2027, 2, 28)
    assert add_months(date(2026, 11, 22), 36) == date(2029, 11, 22)
    assert add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)


days = st.dates(DAY - timedelta(days=60), DAY + timedelta(days=60))
certificates = st.builds(
    lambda holder, first, last, is_in_force, name: facts(
        holder, name, issued_date=min(first, last), valid_until=max(first, last), is_in_force=is_in_force
    ),
    st.sampled_from("abcd"),
    days,
    days,
    st.booleans(),
    st.sampled_from(["张三", "张三", "李四"]),
)
rows = st.builds(
    lambda is_manager, term, certificate, elsewhere, judgements: Person(
        row=0,
        name="张三",
        is_manager=is_manager,
        joined_on=term and min(term),
        left_on=term and max(term),
        certificate_number="N" if certificate else "",
        certificate=certificate,
        taken=tuple((min(two), max(two)) for two in [elsewhere] if two),
        judgements=tuple(sorted(judgements.items())),
    ),
    st.booleans(),
    st.none() | st.tuples(days, days),
    st.none() | certificates,
    st.none() | st.none() | st.tuples(days, days),
    st.dictionaries(days, st.booleans(), max_size=3),
)
people_lists = st.lists(rows, max_size=12).map(
    lambda people: [replace(one, row=row) for row, one in enumerate([person(0), *people], start=2)]
)


def manages(one: Person, day: date) -> bool:
    """Rule S12 read aloud: the last judgement up to the day holds, before the first one what was said at first."""
    said = one.is_manager
    for since, is_manager in one.judgements:
        said = is_manager if since <= day else said
    return said and (one.joined_on or day) <= day <= (one.left_on or day)


@given(people_lists, days)
def test_manager_on_a_day_is_what_was_last_said(people, day):
    assert [one.is_manager_on(day) for one in people] == [manages(one, day) for one in people]


def figures(people: list[Person], day: date = DAY) -> tuple[object, ...]:
    staffing = ratio.check(people, day)
    return staffing.managers, staffing.required, staffing.held, staffing.points_centi, staffing.breach


@given(people_lists, st.data())
def test_adding_a_valid_certificate_never_lowers_held(people, data):
    before = ratio.check(people, DAY)
    chosen = data.draw(st.sampled_from(people))

    certified = replace(chosen, certificate_number="N", certificate=facts(holder="new"))
    after = ratio.check([certified if one is chosen else one for one in people], DAY)

    assert after.held >= before.held
    assert after.points_centi >= before.points_centi


@given(people_lists, st.randoms())
def test_order_of_rows_is_irrelevant(people, random):
    shuffled = list(people)
    random.shuffle(shuffled)

    assert figures(shuffled)[:4] == figures(people)[:4]
    assert sorted(v.person.row for v in ratio.check(shuffled, DAY).verdicts if v.is_counted) == sorted(
        v.person.row for v in ratio.check(people, DAY).verdicts if v.is_counted
    )


@given(people_lists, st.integers(1, 400))
def test_a_later_expiry_never_lowers_anything(people, more):
    longer = [
        replace(one, certificate=replace(one.certificate, valid_until=one.certificate.valid_until + timedelta(more)))
        if one.certificate
        else one
        for one in people
    ]
    before, after = ratio.check(people, DAY), ratio.check(longer, DAY)

    assert after.held >= before.held
    assert (after.breach.day if after.breach else date.max) >= (before.breach.day if before.breach else date.max)


@settings(max_examples=40, deadline=None)
@given(people_lists)
def test_breach_agrees_with_brute_force(people):
    """Day by day over 36 months, by the words of the rules."""
    expected = None
    for offset in range((date(2029, 11, 22) - DAY).days + 1):
        day = DAY + timedelta(days=offset)
        here = [p for p in people if (p.joined_on or day) <= day <= (p.left_on or day)]
        certified = {
            p.certificate.holder
            for p in here
            if p.certificate
            and p.certificate.holder_name == p.name
            and p.certificate.is_in_force
            and p.certificate.issued_date <= day <= p.certificate.valid_until
            and not any(first <= day <= last for first, last in p.taken)
        }
        if len(certified) < max(1, (sum(manages(p, day) for p in here) + 9) // 10):
            expected = day
            break

    breach = ratio.check(people, DAY).breach

    assert (breach.day if breach else None) == expected
    assert breach is None or breach.causes
