"""A company's roster file on its way in: read, compared, confirmed, applied, and sent again."""

from datetime import date, timedelta

import pytest

from certificates.staffing import checks, imports, people
from certificates.staffing.models import Company, Employment, Judgement, Person, PersonCertificate, RosterImport, Site
from tests.factories.companies import make_company, make_person, make_site
from tests.factories.staffing import csv_bytes, make_register, xlsx_bytes
from tests.staffing.test_checks import EXPECTED, ROSTERS

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
Status = RosterImport.Status


def row(name, number="", *, site="", manager="是", joined="2020-01-01", left="", certificate="", department="售后部"):
    return [name, number, department, site, "", "", manager, joined, left, certificate]


@pytest.fixture
def company(alice):
    return make_company(owner=alice)


def send(company, alice, now, *rows, content=None):
    return imports.receive(
        company=company, file_name="名单.csv", content=content or csv_bytes(list(rows)), by=alice, now=now
    )


def apply(company, alice, now, *rows, is_full=True, left_on=None):
    received = send(company, alice, now, *rows)
    assert received.status == Status.READ, received.problems
    imports.confirm(roster_import=received, is_full=is_full, left_on=left_on, now=now)
    return imports.apply_now(roster_import=received, now=now)


def counts(roster_import):
    return {kind: count for kind, count in roster_import.difference["counts"].items() if count}


def stretches(name):
    return list(Employment.objects.filter(person__name=name).order_by("joined_on").values_list("joined_on", "left_on"))


def test_first_roster(company, alice, now):
    received = send(company, alice, now, row("甲", "E1", site="城东网点"), row("乙", "E2", manager="否"))

    assert (received.status, received.rows, counts(received)) == (Status.READ, 2, {"joined": 2})
    assert received.difference["new_sites"] == ["城东网点"]
    assert Person.objects.count() == 0

    imports.confirm(roster_import=received, is_full=True, left_on=None, now=now)
    applied = imports.apply_now(roster_import=received, now=now)

    assert (applied.status, applied.stored_name, applied.finished_at) == (Status.APPLIED, "", now)
    told = Person.objects.order_by("staff_number").values_list("name", "site__name", "first_is_manager", "first_reason")
    assert list(told) == [("甲", "城东网点", True, "花名册填写"), ("乙", None, False, "花名册填写")]
    assert stretches("甲") == [(date(2020, 1, 1), None)]
    assert Company.objects.get().roster_revision == 1


def test_bad_rows_are_all_told_and_nothing_is_kept(company, alice, now):
    received = send(company, alice, now, row("甲", "E1", manager="也许"), row("", "E2"), row("丙", "E3"))

    assert (received.status, received.problem_count) == (Status.UNUSABLE, 2)
    assert [(one["row"], one["field"]) for one in received.problems] == [(2, "是否服务管理人员"), (3, "姓名")]
    assert Person.objects.count() == 0
    assert send(company, alice, now, row("甲", "E1")).status == Status.READ  # the next file may come


def test_second_roster_tells_who_joined_left_moved_changed(company, alice, now):
    first = (row("甲", "E1", site="东"), row("乙", "E2"), row("丙", "E3"), row("丁", "E4"), row("戊", "E5"))
    apply(company, alice, now, *first)

    second = (
        row("甲", "E1", site="西"),
        row("乙", "E2", department="质量部"),
        row("丙", "E3", left="2026-11-01"),
        row("丁", "E4"),
        row("己", "E6", joined="2026-11-15"),
    )
    received = send(company, alice, now, *second)

    assert counts(received) == {"joined": 1, "left": 1, "moved": 1, "changed": 1, "same": 1, "missing": 1}
    people_told = received.difference["people"]
    assert {kind: [(one["name"], one["detail"]) for one in told] for kind, told in people_told.items()} == {
        "joined": [("己", "2026-11-15 入职")],
        "left": [("丙", "2020-01-01 至 2026-11-01")],
        "moved": [("甲", "东 → 西")],
        "changed": [("乙", "部门")],
        "missing": [("戊", "售后部")],
    }


def test_full_roster_lets_the_missing_leave(company, alice, now):
    apply(company, alice, now, row("甲", "E1"), row("乙", "E2"))
    apply(company, alice, now, row("甲", "E1"), left_on=date(2026, 11, 20))

    assert stretches("乙") == [(date(2020, 1, 1), date(2026, 11, 20))]
    assert stretches("甲") == [(date(2020, 1, 1), None)]


def test_partial_roster_leaves_the_missing_alone(company, alice, now):
    apply(company, alice, now, row("甲", "E1"), row("乙", "E2"))
    apply(company, alice, now, row("甲", "E1"), is_full=False)

    assert stretches("乙") == [(date(2020, 1, 1), None)]


def test_missing_column_keeps_what_is_known(company, alice, now):
    apply(company, alice, now, row("甲", "E1", site="东"))
    kept = Person.objects.get()
    people.judge(person=kept, is_manager=True, reason="第一层", now=now)

    received = send(
        company, alice, now, content=csv_bytes([["甲", "E1", "是"]], header=["姓名", "工号", "是否服务管理人员"])
    )

    assert counts(received) == {"same": 1}
    imports.confirm(roster_import=received, is_full=True, left_on=None, now=now)
    imports.apply_now(roster_import=received, now=now)
    kept.refresh_from_db()
    assert (kept.site.name, kept.department, kept.first_reason) == ("东", "售后部", "第一层")
    assert stretches("甲") == [(date(2020, 1, 1), None)]


def judgements():
    rows = Judgement.objects.order_by("person__name", "since_on")
    return list(rows.values_list("person__name", "since_on", "is_manager", "reason"))


def confirm_managers(company, alice, now, *rows, judged_since):
    received = send(company, alice, now, *rows)
    imports.confirm(roster_import=received, is_full=True, left_on=None, judged_since=judged_since, now=now)
    return imports.apply_now(roster_import=received, now=now)


def test_who_manages_changes_on_the_day_that_was_given(company, alice, now):
    apply(company, alice, now, row("甲", "E1"), row("乙", "E2", manager="否"), row("丙", "E3"))
    changed = [row("甲", "E1", manager="否"), row("乙", "E2"), row("丙", "E3")]

    applied = confirm_managers(company, alice, now, *changed, judged_since=date(2026, 10, 1))

    assert counts(applied) == {"changed": 2, "same": 1}
    assert judgements() == [
        ("乙", date(2026, 10, 1), True, "花名册填写"),
        ("甲", date(2026, 10, 1), False, "花名册填写"),
    ]
    as_of = [date(2026, 9, 30), date(2026, 10, 1)]
    answers = [checks.check_company(company=company, as_of=day) for day in as_of]
    managers = [sorted(one.row.name for one in answer.people if one.is_manager) for answer in answers]
    assert managers == [["丙", "甲"], ["丙", "乙"]]
    assert counts(confirm_managers(company, alice, now, *changed, judged_since=TODAY)) == {"same": 3}


def test_who_manages_is_corrected_without_a_day(company, alice, now):
    apply(company, alice, now, row("甲", "E1"), row("乙", "E2"))
    swapped = [row("甲", "E1", manager="否"), row("乙", "E2", manager="否")]
    confirm_managers(company, alice, now, swapped[0], row("乙", "E2"), judged_since=date(2026, 10, 1))

    confirm_managers(company, alice, now, row("甲", "E1"), swapped[1], judged_since=None)

    assert judgements() == [("甲", date(2026, 10, 1), True, "花名册填写")]
    assert list(Person.objects.order_by("name").values_list("name", "first_is_manager")) == [
        ("乙", False),
        ("甲", True),
    ]


def test_staff_number_and_days_of_everybody_change_at_once(company, alice, now):
    apply(company, alice, now, row("甲"), row("乙", left="2026-01-31"))

    applied = apply(company, alice, now, row("甲", "E2", joined="2021-01-01"), row("乙", "E1", left="2026-01-31"))

    assert counts(applied) == {"changed": 2}
    assert list(Person.objects.order_by("name").values_list("name", "staff_number")) == [("乙", "E1"), ("甲", "E2")]
    assert stretches("甲") == [(date(2021, 1, 1), None)]
    assert stretches("乙") == [(date(2020, 1, 1), date(2026, 1, 31))]


def test_person_comes_back(company, alice, now):
    apply(company, alice, now, row("甲", "E1", left="2021-01-01"))
    received = send(company, alice, now, row("甲", "E1", left="2021-01-01"), row("甲", "E1", joined="2026-06-01"))

    assert counts(received) == {"joined": 1}
    imports.confirm(roster_import=received, is_full=True, left_on=None, now=now)
    imports.apply_now(roster_import=received, now=now)
    assert stretches("甲") == [(date(2020, 1, 1), date(2021, 1, 1)), (date(2026, 6, 1), None)]


def test_namesakes_need_numbers(company, alice, now):
    received = send(company, alice, now, row("王伟", department="东"), row("王 伟", department="西"), row("李娜", "E1"))

    assert [(one["row"], one["message"]) for one in received.problems] == [
        (2, "有几行都叫“王伟”"),
        (3, "有几行都叫“王伟”"),
    ]


def test_namesake_on_the_roster_needs_a_number(company, alice, now):
    make_person(company=company, name="王伟", staff_number="E1")
    make_person(company=company, name="王伟", staff_number="E2")

    received = send(company, alice, now, row("王伟"))

    assert [one["message"] for one in received.problems] == ["花名册里有 2 个“王伟”"]


def test_number_of_somebody_else(company, alice, now):
    make_person(company=company, name="甲", staff_number="E1")

    received = send(company, alice, now, row("乙", "E1"))

    assert [one["message"] for one in received.problems] == ["工号 E1 在花名册里是“甲”"]


def test_number_is_filled_in_later(company, alice, now):
    make_person(company=company, name="甲")

    apply(company, alice, now, row("甲", "E1"))

    assert list(Person.objects.values_list("name", "staff_number")) == [("甲", "E1")]


def test_roster_changed_since_the_preview_is_shown_again(company, alice, now):
    received = send(company, alice, now, row("甲", "E1"))
    people.add(
        company=company,
        facts=people.Facts(name="甲", is_manager=True, staff_number="E1"),
        joined_on=None,
        left_on=None,
        now=now,
    )
    imports.confirm(roster_import=received, is_full=True, left_on=None, now=now)

    shown = imports.apply_now(roster_import=received, now=now)

    assert (shown.status, counts(shown), shown.claimed_at) == (Status.READ, {"changed": 1}, None)
    assert stretches("甲") == [(None, None)]


def test_one_roster_at_a_time(company, alice, now):
    received = send(company, alice, now, row("甲", "E1"))
    with pytest.raises(imports.ImportOpen):
        send(company, alice, now, row("乙", "E2"))

    imports.discard(roster_import=received, now=now)
    assert send(company, alice, now, row("乙", "E2")).status == Status.READ
    with pytest.raises(imports.NotConfirmable):
        imports.confirm(roster_import=received, is_full=True, left_on=None, now=now)


def test_large_roster_waits_for_the_sweep(company, alice, now, monkeypatch):
    monkeypatch.setattr("certificates.staffing.imports.steps.SMALL_BYTES", 10)
    received = send(company, alice, now, row("甲", "E1"))
    assert received.status == Status.RECEIVED

    assert imports.work_off(now=now) == 1
    received.refresh_from_db()
    assert received.status == Status.READ
    assert imports.work_off(now=now) == 0  # nothing to do until confirmed

    imports.confirm(roster_import=received, is_full=True, left_on=None, now=now)
    assert imports.work_off(now=now) == 1
    assert Person.objects.get().name == "甲"


def test_step_of_a_dead_process_is_taken_again_later(company, alice, now, monkeypatch):
    monkeypatch.setattr("certificates.staffing.imports.steps.SMALL_BYTES", 10)
    received = send(company, alice, now, row("甲", "E1"))
    RosterImport.objects.update(claimed_at=now)

    assert imports.work_off(now=now + timedelta(minutes=9)) == 0
    assert imports.work_off(now=now + timedelta(minutes=11)) == 1
    received.refresh_from_db()
    assert received.status == Status.READ


def test_applied_roster_links_certificates(company, alice, now):
    make_register(now=now)
    number = "SHFW-2025-U3A52FZQ-T"

    apply(company, alice, now, row("林晓岚", "E1", certificate=number), row("甲", "E2", certificate=number))

    links = PersonCertificate.objects.values_list("person__name", "certificate__number", "how")
    assert list(links) == [("林晓岚", number, "NUMBER")]


def test_sites_hang_below_the_headquarters(company, alice, now):
    hq = make_site(company=company, name="总部", kind=Site.Kind.HQ)

    apply(company, alice, now, row("甲", "E1", site="城东网点"), row("乙", "E2", site="总部"))

    assert Site.objects.get(name="城东网点").parent == hq
    assert Site.objects.count() == 2


def test_workbook_is_read_as_well(company, alice, now):
    received = send(company, alice, now, content=xlsx_bytes([row("甲", "E1")]))

    assert (received.status, counts(received)) == (Status.READ, {"joined": 1})


def test_another_company_is_not_touched(company, alice, now):
    other = make_company()
    make_person(company=other, name="甲", staff_number="E1")

    apply(company, alice, now, row("甲", "E1"))

    assert Person.objects.of(other).get().employments.get().joined_on == date(2020, 1, 1)
    assert Person.objects.count() == 2


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected["file"])
def test_hand_made_roster_gives_the_same_answer_to_a_company(expected, company, alice, now):
    make_register(now=now)
    received = send(company, alice, now, content=(ROSTERS / expected["file"]).read_bytes())
    assert received.status == Status.READ, received.problems
    imports.confirm(roster_import=received, is_full=True, left_on=None, now=now)
    imports.apply_now(roster_import=received, now=now)

    answer = checks.check_company(company=company, as_of=date.fromisoformat(expected["as_of"]))

    staffing = answer.staffing
    told = {
        "managers": staffing.managers,
        "required": staffing.required,
        "held": staffing.held,
        "gap": staffing.gap,
        "points": staffing.points_centi / 100,
        "worst_points": staffing.worst_points_centi / 100,
        "first_breach": str(staffing.breach.day) if staffing.breach else None,
    }
    assert told == {name: expected[name] for name in told}
    assert sum(one.is_counted for one in answer.people) == len(expected["counted_rows"])
