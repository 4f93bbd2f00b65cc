"""Self-assessment, cycle, papers and corrective actions on pages and as verbs. docs/rules/readiness.md, A1-A20"""

from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certificates.staffing.models import (
    ActionFile,
    Assessment,
    AssessmentFinding,
    CertificationCycle,
    ChecklistMark,
    CorrectiveAction,
    CycleReminder,
    Indicator,
    Member,
)
from certificates.staffing.readiness import actions, assessments, checklist, cycles, indicators, reminders, scoring
from certificates.staffing.readiness.assessments import Judged
from certificates.staffing.readiness.scoring import Typed, Verdict
from lms.users.models import OutgoingMail
from tests.factories.companies import make_company, make_member, make_person
from tests.factories.staffing import make_register

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 22)
PDF = b"%PDF-1.7 evidence"


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def company(alice, now):
    make_register(now=now)
    company = make_company(owner=alice)
    make_person(company=company, name="林晓岚", certificate_number="SHFW-2025-U3A52FZQ-T")
    return company


@pytest.fixture
def table():
    indicators.load()
    return indicators.table()


@pytest.fixture
def assessment(company, table, alice, now):
    return assessments.start(company=company, by=alice, now=now)


@pytest.fixture
def action(company, alice, now):
    due = DAY + timedelta(days=10)
    return actions.propose(
        company=company, problem="没有巡检记录", code="5.2.4", owner=alice, due=due, by=alice, now=now
    )


def met(table, **changes: Judged) -> dict[str, Judged]:
    """Judge every clause as met, apart from changes; "5_2_3" names 5.2.3."""
    found = {
        leaf.code: Judged(Verdict.MET)
        for _, leaves in table.values()
        for leaf in leaves
        if leaf.code != indicators.STAFFING
    }
    return found | {code.strip("c").replace("_", "."): judged for code, judged in changes.items()}


def record(assessment, table, **fields):
    filled = {"as_of": DAY, "findings": met(table), "sections": {}, "specials": [], "bonus_reason": ""} | fields
    return assessments.record(assessment=assessment, **filled)


TYPED = {"5.1": Typed(0, 0), "5.2": Typed(500, 0), "5.3": Typed(0, 0)}


# --- The table ------------------------------------------------------------------------------------------------------


def test_table_is_loaded_once_and_keeps_what_the_back_office_wrote(db):
    assert indicators.load() == 36
    Indicator.objects.filter(code="5.3.2").update(title="改过")

    assert indicators.load() == 0
    assert Indicator.objects.get(code="5.3.2").title == "改过"


def test_only_what_sources_state_has_points(table):
    known = dict(Indicator.objects.exclude(points_centi=None).values_list("code", "points_centi"))

    assert known == {"5.1": 4000, "5.2": 3500, "5.3": 2500, "5.1.2.2": 500}
    assert [len(leaves) for _, leaves in table.values()] == [18, 6, 2]
    assert Indicator.objects.filter(code__regex=r"^5\.\d\.\d$").count() == 15


def test_words_of_the_model_are_those_of_the_rule():
    assert set(Assessment.Level.values) == {level.value for level in scoring.Level}
    assert set(AssessmentFinding.Verdict.values) == {verdict.value for verdict in Verdict}


# --- Assessment -----------------------------------------------------------------------------------------------------


def test_only_one_assessment_is_open(company, assessment, alice, now):
    with pytest.raises(assessments.AlreadyOpen):
        assessments.start(company=company, by=alice, now=now)


def test_without_a_table_nothing_starts(company, alice, now):
    with pytest.raises(assessments.NoIndicators):
        assessments.start(company=company, by=alice, now=now)


def test_standing_names_what_is_missing(assessment, table):
    missing = assessments.standing(assessment=assessment).missing

    assert missing[0].startswith("5.1 售后服务体系：还有 17 条没有判断（5.1.1.1、5.1.1.2")
    assert missing[-1] == "5.3 顾客服务：请填写整部分的删减和扣分"


def test_score_as_typed_with_staffing_bonus_and_specials(assessment, table):
    sections = TYPED | {"5.3": Typed(0, 950)}
    record(assessment, table, sections=sections, specials=[("LAW", "一次罚款")], bonus_reason="")

    score = assessments.standing(assessment=assessment).score

    assert (score.base_centi, score.final_centi, score.level) == (90_00, 89_00, "THREE")


def test_typed_section_loses_what_staffing_lacks(assessment, company, table):
    for n in range(20):
        make_person(company=company, name=f"甲{n}")  # 21 managers need 3, 1 is held
    record(assessment, table, sections=TYPED | {"5.2": Typed(0, 0)})

    score = assessments.standing(assessment=assessment).score

    assert score.final_centi == 96_67  # 100 - 5 × 2/3


def test_by_clause_once_the_back_office_knows_all_points(assessment, table):
    Indicator.objects.filter(code="5.3.1").update(points_centi=1500, points_source="STANDARD")
    Indicator.objects.filter(code="5.3.2").update(points_centi=1000, points_source="STANDARD")
    findings = met(table, c5_3_2=Judged(Verdict.PARTLY, samples=4, failed=1))
    record(assessment, table, findings=findings, sections={"5.1": Typed(0, 0), "5.2": Typed(0, 0)})

    standing = assessments.standing(assessment=assessment)

    assert [section.by_clause for section in standing.sections] == [False, False, True]
    assert standing.score.final_centi == 97_50


def test_roster_without_managers_gives_no_score(alice, table, now):
    assessment = assessments.start(company=make_company(owner=alice), by=alice, now=now)
    record(assessment, table, sections=TYPED)

    standing = assessments.standing(assessment=assessment)

    assert standing.score is None
    assert standing.missing == ["5.1.2.2：自评日的花名册上没有服务管理人员，算不出配置"]


@pytest.mark.parametrize(
    ("code", "judged", "message"),
    [
        ("5.2.3", Judged(Verdict.DELETED), "删减要写明理由"),
        ("5.1.1.1", Judged(Verdict.DELETED, reason="不适用"), "不能删减"),
        ("5.1.2.2", Judged(Verdict.MET), "不用自己判断"),
        ("5.9.9", Judged(Verdict.MET), "没有这一条"),
        ("5.2.3", Judged(Verdict.PARTLY, samples=3, failed=3), "大于 0、小于抽查数"),
        ("5.2.3", Judged(Verdict.PARTLY, samples=3, failed=0), "大于 0、小于抽查数"),
    ],
)
def test_findings_that_the_rules_forbid(assessment, table, code, judged, message):
    with pytest.raises(assessments.FindingRefused, match=message):
        record(assessment, table, findings=met(table) | {code: judged})

    assert not assessment.findings.exists()


def test_a_section_is_never_deleted_as_a_whole(assessment, table):
    Indicator.objects.filter(code__startswith="5.3.").update(is_deletable=True)
    gone = Judged(Verdict.DELETED, reason="不适用")

    with pytest.raises(assessments.FindingRefused, match="不能全部删减"):
        record(assessment, table, findings=met(table, c5_3_1=gone, c5_3_2=gone))


@pytest.mark.parametrize(
    "typed", [{"5.1": Typed(0, 3501)}, {"5.1": Typed(3000, 600)}, {"5.2": Typed(3500, 0)}, {"5.9": Typed(0, 0)}]
)
def test_sections_cannot_lose_more_than_they_have(assessment, table, typed):
    with pytest.raises(assessments.FindingRefused):
        record(assessment, table, sections=typed)


def test_final_assessment_is_frozen(assessment, table, company, alice, now):
    with pytest.raises(assessments.NotComplete):
        assessments.finish(assessment=assessment, by=alice, now=now)
    record(assessment, table, sections=TYPED)

    final = assessments.finish(assessment=assessment, by=alice, now=now)
    Indicator.objects.all().delete()

    assert (final.final_centi, final.level, final.result["staffing"]) == (100_00, "FIVE", {"required": 1, "held": 1})
    with pytest.raises(assessments.AlreadyFinal):
        assessments.record(assessment=final, as_of=DAY, findings={}, sections={}, specials=[], bonus_reason="")
    with pytest.raises(assessments.AlreadyFinal):
        assessments.finish(assessment=final, by=alice, now=now)


def test_assessment_page_saves_and_finishes(as_alice, company, assessment, table):
    path = reverse("staffing:readiness_assessment", args=[company.pk, assessment.pk])
    assert "还缺这些" in as_alice.get(path).text
    data = {f"verdict-{code}": "MET" for code in met(table)} | {
        "as_of": "2026-11-22",
        **{f"{name}-{code}": "0" for code in table for name in ("deleted", "lost")},
        "verdict-5.2.3": "PARTLY", "samples-5.2.3": "4", "failed-5.2.3": "1", "reason-5.2.3": "包装破损",
        "trigger-0": "SYSTEM", "fact-0": "热线停用两天",
    }  # fmt: skip

    as_alice.post(path, data)
    page = as_alice.get(path)
    assert page.context["standing"].score.final_centi == 99_00
    assert "包装破损" in page.text

    done = as_alice.post(path, data | {"finish": "1"}, follow=True)
    assessment.refresh_from_db()
    assert (assessment.status, assessment.final_centi) == ("FINAL", 99_00)
    assert "热线停用两天" in done.text
    assert "五星级" in as_alice.get(reverse("staffing:readiness", args=[company.pk])).text


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"as_of": ""}, "请填写日期。"),
        ({"verdict-5.2.3": "DELETED"}, "删减要写明理由"),
        ({"verdict-5.2.3": "PARTLY", "samples-5.2.3": "1e9"}, "请填写整数。"),
        ({"lost-5.2": "35.01"}, "35"),
        ({"lost-5.2": "-1"}, "0"),
        ({"trigger-0": "LAW"}, "请写明事实。"),
        ({"fact-0": "什么"}, "请选择情形。"),
        ({"bonus_reason": "好" * 301}, "最多 300 个字。"),
        ({"reason-5.2.3": "\x00"}, "没有保存"),
    ],
)
def test_assessment_page_refuses_in_words(as_alice, company, assessment, data, error):
    path = reverse("staffing:readiness_assessment", args=[company.pk, assessment.pk])

    response = as_alice.post(path, {"as_of": "2026-11-22"} | data)

    assert error in response.text
    assert not assessment.findings.exists()


def test_start_by_button(as_alice, company, table):
    path = reverse("staffing:readiness_assessment_start", args=[company.pk])

    assert "/readiness/assessments/" in as_alice.post(path).url
    assert as_alice.post(path).url == reverse("staffing:readiness", args=[company.pk])


# --- Cycle ----------------------------------------------------------------------------------------------------------


def days(**fields):
    return {
        "body": "",
        "initial_audit_date": None,
        "certified_date": None,
        "first_audit_date": None,
        "second_audit_date": None,
    } | fields


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, cycles.NoDay),
        ({"first_audit_date": DAY}, cycles.NoDay),
        ({"certified_date": date(2011, 1, 1)}, cycles.DayOutOfRange),
        ({"initial_audit_date": DAY, "certified_date": date(2026, 11, 1)}, cycles.DaysOutOfOrder),
        ({"initial_audit_date": DAY, "first_audit_date": date(2027, 1, 1)}, cycles.DaysOutOfOrder),
        ({"certified_date": DAY, "second_audit_date": date(2027, 1, 1)}, cycles.DaysOutOfOrder),
        ({"certified_date": DAY, "first_audit_date": DAY}, cycles.DaysOutOfOrder),
        (
            {"certified_date": DAY, "first_audit_date": date(2027, 5, 1), "second_audit_date": date(2027, 4, 1)},
            cycles.DaysOutOfOrder,
        ),
    ],
)
def test_cycle_days_that_make_no_sense(company, now, fields, refusal):
    with pytest.raises(refusal):
        cycles.record(company=company, now=now, **days(**fields))

    assert not CertificationCycle.objects.exists()


def test_next_cycle_closes_the_one_before(company, now):
    cycles.record(company=company, now=now, **days(certified_date=date(2024, 1, 1)))

    cycles.begin_next(company=company, certified_date=date(2026, 11, 20), now=now)

    assert [bool(row.ended_at) for row in company.cycles.order_by("pk")] == [True, False]
    with pytest.raises(cycles.DaysOutOfOrder):
        cycles.begin_next(company=company, certified_date=date(2026, 11, 20), now=now)


def test_next_cycle_needs_a_certificate(company, now):
    with pytest.raises(cycles.NotCertified):
        cycles.begin_next(company=company, certified_date=DAY, now=now)


def test_cycle_page_saves_and_refuses(as_alice, company):
    path = reverse("staffing:readiness_cycle", args=[company.pk])
    assert "还没有日程" in as_alice.get(path).text
    assert "请至少填写初审日" in as_alice.post(path, {}).text

    as_alice.post(path, {"body": "某机构", "certified_date": "2026-06-01"})
    page = as_alice.get(path)
    assert "2027-06-01" in page.text
    assert (
        "日期的先后不对" in as_alice.post(path, {"certified_date": "2026-06-01", "first_audit_date": "2026-05-01"}).text
    )
    nextpath = reverse("staffing:readiness_cycle_next", args=[company.pk])
    assert "应晚于这个周期" in as_alice.post(nextpath, {"certified_on": "2026-06-01"}).text
    as_alice.post(nextpath, {"certified_on": "2026-11-01"})
    assert company.cycles.count() == 2


def test_reminders_of_the_cycle_go_out_once_by_the_nearest_distance(company, alice, charlie, now):
    make_member(company=company, user=charlie, role=Member.Role.VIEWER)
    cycles.record(company=company, now=now, **days(certified_date=date(2025, 12, 15)))  # first audit by 2026-12-15

    assert [reminders.sweep(now=now), reminders.sweep(now=now)] == [1, 0]
    told = CycleReminder.objects.get()
    assert (told.event, told.due_date, told.days_ahead) == ("FIRST", date(2026, 12, 15), 30)
    mail = OutgoingMail.objects.get()
    assert (mail.to, "还有 23 天" in mail.subject) == (alice.email, True)
    assert reminders.sweep(now=now + timedelta(days=16)) == 1
    cycles.record(company=company, now=now, **days(certified_date=date(2025, 12, 20)))  # another day: told again
    assert reminders.sweep(now=now) == 1


def test_no_reminder_of_what_is_done_or_past(company, now):
    cycles.record(
        company=company,
        now=now,
        **days(certified_date=date(2025, 12, 15), first_audit_date=date(2026, 11, 1)),
    )
    assert reminders.sweep(now=now) == 0
    cycles.record(company=company, now=now, **days(certified_date=date(2025, 11, 1)))
    assert reminders.sweep(now=now) == 0


# --- Papers ---------------------------------------------------------------------------------------------------------


def test_checklist_keeps_ticks_and_notes(as_alice, company):
    path = reverse("staffing:readiness_checklist", args=[company.pk])

    as_alice.post(path, {"ready-funds": "on", "note-outlets": "还差两家"})

    marks = {row.code: (row.is_ready, row.note) for row in ChecklistMark.objects.all()}
    assert marks == {"funds": (True, ""), "outlets": (False, "还差两家")}
    assert "还差两家" in as_alice.get(path).text
    assert checklist.mark(company=company, marks={"made-up": (True, "")}, by=company.members.get().user, now=None) == 0


# --- Corrective actions ---------------------------------------------------------------------------------------------


def office(*names: str) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (b"\x89PNG\r\n\x1a\nrest", "png"),
        (b"\xff\xd8\xffrest", "jpg"),
        (office("xl/workbook.xml"), "xlsx"),
        (office("word/document.xml"), "docx"),
    ],
)
def test_kind_of_file_is_what_it_is(content, kind):
    assert actions.kind_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ program",
        b"<html>",
        b"PK\x03\x04 broken",
        office("xl/workbook.xml", "xl/vbaProject.bin"),
        office("anything.txt"),
        PDF + b"x" * actions.MAX_BYTES,
    ],
)
def test_other_files_are_refused(content):
    with pytest.raises(actions.FileRefused):
        actions.kind_of(content)


def test_action_journey(as_alice, company, alice):
    listing = reverse("staffing:readiness_action_list", args=[company.pk])
    assert "没有整改项" in as_alice.get(listing).text
    as_alice.post(
        listing, {"problem": "没有巡检记录", "owner": company.members.get().pk, "due": "2026-12-01", "code": "5.2.4"}
    )
    action = CorrectiveAction.objects.get()
    path = reverse("staffing:readiness_action", args=[company.pk, action.pk])

    as_alice.post(path, {"do": "attach", "file": SimpleUploadedFile("记录.pdf", PDF)})
    file = ActionFile.objects.get()
    sent = as_alice.get(reverse("staffing:readiness_file", args=[company.pk, file.pk]))
    assert (sent.getvalue(), sent["Content-Disposition"].startswith("attachment")) == (PDF, True)
    as_alice.post(path, {"do": "finish", "outcome": "补了记录"})
    action.refresh_from_db()
    assert (action.status, action.done_by) == ("DONE", alice)
    refused = as_alice.post(reverse("staffing:readiness_file_delete", args=[company.pk, file.pk]), follow=True)
    assert "已经完成" in refused.text
    as_alice.post(path, {"do": "reopen"})
    as_alice.post(reverse("staffing:readiness_file_delete", args=[company.pk, file.pk]))
    action.refresh_from_db()
    assert (action.status, action.outcome, ActionFile.objects.count()) == ("OPEN", "补了记录", 0)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"do": "finish"}, "请写明做了什么。"),
        ({"do": "attach"}, "请选择文件。"),
        ({"do": "reopen"}, "还在进行中"),
        ({"do": "assign", "due": "2026-11-21"}, "期限应是今天或以后"),
        ({"do": "assign", "owner": "999", "due": "2026-12-21"}, "负责人要是本企业的成员。"),
        ({"do": "what"}, "没有巡检记录"),
    ],
)
def test_action_page_refuses_in_words(as_alice, company, action, data, error):
    response = as_alice.post(reverse("staffing:readiness_action", args=[company.pk, action.pk]), data, follow=True)

    assert error in response.text
    action.refresh_from_db()
    assert (action.status, action.due_date) == ("OPEN", DAY + timedelta(days=10))


def test_program_is_refused_as_evidence(as_alice, company, action):
    path = reverse("staffing:readiness_action", args=[company.pk, action.pk])

    response = as_alice.post(path, {"do": "attach", "file": SimpleUploadedFile("a.pdf", b"MZ")})

    assert "证据文件请用" in response.text
    assert not ActionFile.objects.exists()


def test_eleventh_file_and_a_done_action_take_no_file(action, alice, now, monkeypatch):
    monkeypatch.setattr(actions, "MOST_FILES", 1)
    actions.attach(action=action, title="a.pdf", content=PDF, by=alice, now=now)
    with pytest.raises(actions.TooManyFiles):
        actions.attach(action=action, title="b.pdf", content=PDF, by=alice, now=now)
    actions.finish(action=action, outcome="好了", by=alice, now=now)
    with pytest.raises(actions.AlreadyDone):
        actions.attach(action=action, title="c.pdf", content=PDF, by=alice, now=now)
    with pytest.raises(actions.AlreadyDone):
        actions.finish(action=action, outcome="又好了", by=alice, now=now)


def test_owner_outside_of_the_company_is_refused(company, action, charlie, alice, now):
    with pytest.raises(actions.NotAMember):
        actions.propose(company=company, problem="x", code="", owner=charlie, due=DAY, by=alice, now=now)
    with pytest.raises(actions.NotAMember):
        actions.assign(action=action, owner=charlie, due=DAY)


def test_owner_is_reminded_once_a_date(action, alice, now):
    assert reminders.sweep(now=now) == 0
    near = now + timedelta(days=7)
    assert [reminders.sweep(now=near), reminders.sweep(now=near)] == [1, 0]
    actions.assign(action=action, owner=alice, due=DAY + timedelta(days=20))
    assert reminders.sweep(now=now + timedelta(days=18)) == 1


# --- Who may ----------------------------------------------------------------------------------------------------------


def paths(company, assessment, action, file):
    mine = {"readiness_assessment": [assessment.pk], "readiness_action": [action.pk]}
    names = ("readiness", "readiness_cycle", "readiness_checklist", "readiness_action_list", *mine)
    looks = [reverse(f"staffing:{name}", args=[company.pk, *mine.get(name, [])]) for name in names]
    looks.append(reverse("staffing:readiness_file", args=[company.pk, file.pk]))
    writes = [
        *looks[1:-1],
        reverse("staffing:readiness_assessment_start", args=[company.pk]),
        reverse("staffing:readiness_cycle_next", args=[company.pk]),
        reverse("staffing:readiness_file_delete", args=[company.pk, file.pk]),
    ]
    return looks, writes


@pytest.fixture
def file(action, alice, now):
    return actions.attach(action=action, title="a.pdf", content=PDF, by=alice, now=now)


def test_viewer_looks_and_writes_nothing(as_charlie, charlie, company, assessment, action, file):
    make_member(company=company, user=charlie)
    looks, writes = paths(company, assessment, action, file)

    seen = [as_charlie.get(path) for path in looks]
    assert b"".join(seen[-1].streaming_content) == PDF
    assert {response.status_code for response in seen} == {200}
    assert {as_charlie.post(path).status_code for path in writes} <= {403, 404}


def test_viewer_who_owns_an_action_finishes_it(as_charlie, charlie, company, action, alice):
    make_member(company=company, user=charlie)
    actions.assign(action=action, owner=charlie, due=DAY)
    path = reverse("staffing:readiness_action", args=[company.pk, action.pk])

    as_charlie.post(path, {"do": "assign", "due": "2027-01-01", "owner": company.members.first().pk})
    as_charlie.post(path, {"do": "finish", "outcome": "好了"})

    action.refresh_from_db()
    assert (action.status, action.due_date) == ("DONE", DAY)


def test_stranger_and_other_company_find_nothing(as_charlie, charlie, company, assessment, action, file):
    other = make_company(owner=charlie)
    looks, writes = paths(company, assessment, action, file)
    swapped = [path.replace(f"/companies/{company.pk}/", f"/companies/{other.pk}/") for path in looks[-3:]]

    codes = {path: (as_charlie.get(path).status_code, as_charlie.post(path).status_code) for path in {*looks, *writes}}
    assert {path: seen for path, seen in codes.items() if not set(seen) <= {404, 405}} == {}
    assert {as_charlie.get(path).status_code for path in swapped} == {404}


@pytest.mark.parametrize("name", ["readiness", "readiness_action_list"])
def test_queries_do_not_grow(as_alice, company, alice, now, table, name):
    path = reverse(f"staffing:{name}", args=[company.pk])
    counts = []
    for more in (1, 2):
        for n in range(more):
            actions.propose(company=company, problem=f"{n}", code="", owner=alice, due=DAY, by=alice, now=now)
        as_alice.get(path)
        with CaptureQueriesContext(connection) as queries:
            as_alice.get(path)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 20


def test_assessment_page_asks_few_queries(as_alice, company, assessment, table):
    record(assessment, table, sections=TYPED)
    path = reverse("staffing:readiness_assessment", args=[company.pk, assessment.pk])
    with CaptureQueriesContext(connection) as queries:
        as_alice.get(path)

    assert len(queries) <= 24
