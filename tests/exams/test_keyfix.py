"""答案更正: proposals, impact, regrading, letters."""

import random
from datetime import timedelta

import pytest
from django.core import mail

from exams import attempts, bank, grading
from exams.keyfix import impact, proposals, regrading
from exams.keyfix.impact import Group
from exams.models import Attempt, Item, ItemVersion, KeyFix, KeyFixRow, Marking
from tests.factories.exams import STARTED, make_item
from tests.factories.keyfix import SETTLED, carry_out, make_marked, make_paper, propose
from tests.factories.users import UserFactory

RIGHT = ["B", "B", "AC", "T"]


@pytest.fixture
def now():
    return STARTED + timedelta(days=3)


@pytest.fixture
def paper(exam):
    return make_paper(exam)


@pytest.fixture
def version(paper) -> ItemVersion:
    """The first question: 单选, 2 points, key B; C is right."""
    return ItemVersion.objects.get(pk=paper[0][0])


@pytest.fixture
def closed(exam, paper):
    """Four who answered the first question with B, C, D and nothing; 5 of 8 points pass."""
    sheets = {
        "falls": ["B", "D", "AC", "F"],  # 2 + 3: passes by B
        "rises": ["C", "D", "AC", "F"],  # 3: passes by C
        "wrong": ["D", "B", "AC", "T"],
        "blank": ["", "B", "AC", "T"],
    }
    return {
        name: make_marked(exam, UserFactory(email=f"{name}@example.com"), answers, paper=paper)
        for name, answers in sheets.items()
    }


def results_of(closed):
    rows = Attempt.objects.in_bulk([attempt.pk for attempt in closed.values()])
    return {name: (rows[one.pk].points_centi, rows[one.pk].has_passed) for name, one in closed.items()}


BEFORE = {"falls": (500, True), "rises": (300, False), "wrong": (600, True), "blank": (600, True)}


# --- Proposing ------------------------------------------------------------------------------------------------------
def test_propose_changes_nothing_and_shows_who_rises_and_falls(closed, version, now):
    fix = propose(version, now=now)

    assert results_of(closed) == BEFORE
    assert fix.status == "PROPOSED"
    assert fix.previewed_at == now
    found = impact.impact_of(fix)
    assert (found.total, found.regraded, found.percent) == (4, 0, 0)
    assert found.groups == {
        Group.PASSES: 1,
        Group.FAILS: 1,
        Group.RISES: 1,
        Group.FALLS: 1,
        Group.SAME: 2,
        Group.OTHERWISE: 0,
        Group.LATER: 0,
        Group.MOCK: 0,
    }
    assert mail.outbox == []
    assert not Marking.objects.exists()


def test_propose_finds_only_papers_with_the_version(exam, closed, now):
    other = ItemVersion.objects.exclude(pk__in=[row[0] for row in make_paper(exam)]).first()

    fix = propose(other, now=now, key="C" if other.item.kind == "SINGLE" else "BD")

    assert (fix.status, fix.rows.count()) == ("PROPOSED", 0)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"key": "Z"}, proposals.BadKey),
        ({"key": ""}, proposals.BadKey),
        ({"key": "AB"}, proposals.BadKey),
        ({"key": "C|"}, proposals.BadKey),
        ({"key": "B"}, proposals.NothingChanges),
        ({"action": "ORIGINAL"}, proposals.NothingChanges),
        ({"reason": "  "}, proposals.TextMissing),
        ({"evidence": ""}, proposals.TextMissing),
    ],
)
def test_propose_refuses(exam, version, now, fields, refusal):
    with pytest.raises(refusal):
        propose(version, now=now, **fields)

    assert not KeyFix.objects.exists()


def test_propose_refuses_a_second_one_until_the_first_is_settled(exam, version, now):
    first = propose(version, now=now)
    with pytest.raises(proposals.AlreadyProposed):
        propose(version, now=now, key="D")

    proposals.withdraw(fix=first, now=now)

    assert propose(version, now=now, key="D").status == "PROPOSED"


def test_propose_refuses_the_stem_of_a_case(db, now):
    stem = make_item(kind="TRUE_FALSE")
    Item.objects.filter(pk=stem.pk).update(kind="CASE")

    with pytest.raises(proposals.NoKeyToFix):
        propose(stem.current, now=now)


def test_propose_writes_alternatives_in_order(exam, version, now):
    assert propose(version, now=now, key=" d|c ").key == "C|D"


# --- Deciding -------------------------------------------------------------------------------------------------------
def test_approve_needs_a_second_person(exam, version, now):
    fix = propose(version, now=now)

    for verb in (proposals.approve, proposals.refuse):
        with pytest.raises(proposals.SecondPersonNeeded):
            verb(fix=fix, decision="同意", person=fix.proposed_by, now=now)

    fix.refresh_from_db()
    assert (fix.status, fix.is_in_force) == ("PROPOSED", False)


def test_refuse_leaves_everything_and_needs_words(closed, version, now):
    fix = propose(version, now=now)
    with pytest.raises(proposals.TextMissing):
        proposals.refuse(fix=fix, decision=" ", person=UserFactory(), now=now)

    proposals.refuse(fix=fix, decision="标准里 B 是对的", person=UserFactory(), now=now)

    regrading.work_off(now=now + SETTLED)
    assert results_of(closed) == BEFORE
    with pytest.raises(proposals.NotProposed):
        proposals.approve(fix=fix, decision="", person=UserFactory(), now=now)


def test_approve_waits_for_the_preview(exam, version, now):
    fix = proposals.propose(
        version=version,
        action=KeyFix.Action.FULL,
        key="",
        reason="题干有误",
        evidence="核对",
        person=UserFactory(),
        now=now,
    )

    with pytest.raises(proposals.NotProposed):
        proposals.approve(fix=fix, decision="", person=UserFactory(), now=now)


def test_approve_takes_the_live_version_off_new_papers(exam, version, now):
    proposals.approve(fix=propose(version, now=now), decision="", person=UserFactory(), now=now)

    assert Item.objects.get(pk=version.item_id).status == "RETIRED"


def test_approve_leaves_an_item_alone_that_was_revised_since(exam, version, now):
    item = version.item
    item.current = ItemVersion.objects.create(item=item, number=2, stem="新", key="C", created_at=now)
    item.save()

    proposals.approve(fix=propose(version, now=now), decision="", person=UserFactory(), now=now)

    item.refresh_from_db()
    assert item.status == "LIVE"


# --- Regrading ------------------------------------------------------------------------------------------------------
def test_the_result_is_what_the_preview_said(closed, version, now):
    fix = propose(version, now=now)
    foreseen = dict(fix.rows.values_list("attempt", "after_centi"))

    carry_out(fix, now=now)

    assert results_of(closed) == BEFORE | {"falls": (300, False), "rises": (500, True)}
    assert dict(Attempt.objects.values_list("pk", "points_centi")) == foreseen
    assert (fix.status, fix.finished_at) == ("DONE", now + SETTLED)
    found = impact.impact_of(fix)
    assert (found.regraded, found.percent, found.groups[Group.OTHERWISE]) == (4, 100, 0)


@pytest.mark.parametrize("action", KeyFix.Action.values)
def test_preview_and_result_agree_for_many(exam, paper, version, now, action):
    """Random answers, every kind of correction; the original key comes back after another one."""
    draw = random.Random(action)
    for _ in range(25):
        answers = [draw.choice(["", "A", "B", "C", "D"]), "B", draw.choice(["A", "AC", "AB"]), draw.choice("TF")]
        make_marked(exam, UserFactory(), answers, paper=paper)
    if action == "ORIGINAL":
        carry_out(propose(version, now=now - SETTLED, key="D"), now=now - SETTLED)
    fix = propose(version, now=now, action=action)
    foreseen = sorted(fix.rows.values_list("attempt", "after_centi", "after_passed"))

    carry_out(fix, now=now)

    assert sorted(Attempt.objects.values_list("pk", "points_centi", "has_passed")) == foreseen
    assert len(foreseen) == 25


def test_what_closed_the_attempt_never_changes(closed, version, now):
    fields = ("paper", "closed_at", "closed_by", "receipt_number", "pass_centi", "total_centi", "started_at")
    before = list(Attempt.objects.order_by("pk").values_list(*fields))

    fix = carry_out(propose(version, now=now), now=now)

    assert list(Attempt.objects.order_by("pk").values_list(*fields)) == before
    assert list(closed["falls"].markings.values_list("number", "cause", "points_centi", "made_by")) == [
        (1, "HAND_IN", 500, None),
        (2, "KEY_FIX", 300, fix.decided_by_id),
    ]


def test_people_whose_result_changed_are_told_once(closed, version, now):
    fix = carry_out(propose(version, now=now), now=now)
    regrading.work_off(now=now + 2 * SETTLED)

    assert sorted(message.to[0] for message in mail.outbox) == ["falls@example.com", "rises@example.com"]
    body = next(message.body for message in mail.outbox if message.to == ["falls@example.com"])
    assert fix.reason in body
    assert "原成绩 5 分（合格），现成绩 3 分（未合格）" in body
    assert "不会因此自动失效" in body


def test_regrading_stops_and_goes_on_where_it_stopped(closed, version, now):
    fix = propose(version, now=now)
    proposals.approve(fix=fix, decision="", person=UserFactory(), now=now)

    for expected in (1, 2, 3, 4, 4):
        regrading.work_off(now=now, seconds=-1)  # the time is up after one step
        assert impact.impact_of(fix).regraded == expected

    assert Marking.objects.filter(cause="KEY_FIX").count() == 4
    assert len(mail.outbox) == 2


def test_preparing_stops_and_goes_on_where_it_stopped(closed, version, now, monkeypatch):
    monkeypatch.setattr(regrading, "PORTION", 1)
    fix = proposals.propose(
        version=version, action=KeyFix.Action.FULL, key="", reason="误", evidence="误", person=UserFactory(), now=now
    )

    seen = []
    while fix.status == "PREPARING":
        regrading.work_off(now=now, seconds=-1)
        fix.refresh_from_db()
        seen.append(fix.rows.count())

    assert seen == [1, 2, 3, 4, 4]


def test_one_that_fails_does_not_stop_the_others_and_is_tried_again(closed, version, now, monkeypatch):
    fix = propose(version, now=now)
    proposals.approve(fix=fix, decision="", person=UserFactory(), now=now)
    real = attempts.remark

    def remark(*, attempt, **kwargs):
        if attempt.pk == closed["rises"].pk:
            raise RuntimeError("disk full")
        return real(attempt=attempt, **kwargs)

    monkeypatch.setattr(attempts, "remark", remark)
    regrading.work_off(now=now + SETTLED)
    assert (impact.impact_of(fix).regraded, KeyFix.objects.get().status) == (3, "REGRADING")

    monkeypatch.undo()
    regrading.work_off(now=now + SETTLED)
    assert (impact.impact_of(fix).regraded, KeyFix.objects.get().status) == (4, "DONE")


def test_what_is_closed_between_preview_and_approval_follows(exam, closed, paper, version, now):
    fix = propose(version, now=now)
    late = make_marked(exam, UserFactory(), ["C", "D", "AC", "F"], paper=paper, started_at=now)
    assert late.points_centi == 300

    carry_out(fix, now=now)

    late.refresh_from_db()
    assert (late.points_centi, late.has_passed) == (500, True)
    assert impact.impact_of(fix).groups[Group.LATER] == 1


def test_what_is_closed_after_approval_is_marked_with_the_new_key_at_once(exam, closed, paper, version, now):
    fix = propose(version, now=now)
    proposals.approve(fix=fix, decision="", person=UserFactory(), now=now)

    late = make_marked(exam, UserFactory(), ["C", "D", "AC", "F"], paper=paper, started_at=now)

    assert late.points_centi == 500


def test_it_is_not_done_before_old_transactions_have_ended(closed, version, now, settings):
    fix = propose(version, now=now)
    proposals.approve(fix=fix, decision="", person=UserFactory(), now=now)
    wait = timedelta(seconds=settings.KEY_FIX_SETTLE_SECONDS)

    regrading.work_off(now=now + wait - timedelta(seconds=1))
    assert KeyFix.objects.get().status == "REGRADING"

    regrading.work_off(now=now + wait)
    assert KeyFix.objects.get().status == "DONE"


def test_a_later_remarking_for_another_cause_keeps_the_new_key(closed, version, now):
    carry_out(propose(version, now=now), now=now)

    again = attempts.remark(attempt=closed["falls"], cause=Marking.Cause.APPEAL, person=UserFactory(), now=now)

    assert again.points_centi == 300


def test_a_difference_from_the_preview_is_listed(closed, version, now):
    fix = propose(version, now=now)
    KeyFixRow.objects.filter(attempt=closed["rises"]).update(after_centi=400, after_passed=False)

    carry_out(fix, now=now)

    assert [row.attempt_id for row in impact.rows_of(fix, Group.OTHERWISE)] == [closed["rises"].pk]


def test_mock_attempts_follow_without_a_letter(exam, paper, version, now):
    mock = make_marked(exam, UserFactory(), ["C", "D", "AC", "F"], paper=paper, is_mock=True)

    fix = carry_out(propose(version, now=now), now=now)

    mock.refresh_from_db()
    assert mock.points_centi == 500
    assert mail.outbox == []
    assert impact.impact_of(fix).groups[Group.MOCK] == 1


# --- The kinds of correction ----------------------------------------------------------------------------------------
def test_accepting_both_answers_lets_nobody_fall(closed, version, now):
    carry_out(propose(version, now=now, key="B|C"), now=now)

    assert results_of(closed) == BEFORE | {"rises": (500, True)}


def test_full_marks_for_everybody(closed, version, now):
    carry_out(propose(version, now=now, action="FULL"), now=now)

    assert results_of(closed) == {
        "falls": (500, True),
        "rises": (500, True),
        "wrong": (800, True),
        "blank": (800, True),
    }


def test_a_dropped_question_is_made_up_for_by_the_others(closed, version, now):
    carry_out(propose(version, now=now, action="DROP"), now=now)

    # 3 of 6 points are 4 of 8, below 5; 6 of 6 are 8 of 8
    assert results_of(closed) == {
        "falls": (400, False),
        "rises": (400, False),
        "wrong": (800, True),
        "blank": (800, True),
    }
    assert Attempt.objects.get(pk=closed["wrong"].pk).result["modules"] == {
        "M1": {"points": 500, "of": 500, "right": 2, "count": 2},
        "M2": {"points": 100, "of": 100, "right": 1, "count": 1},
    }


def test_the_same_chain_takes_a_correction_back(closed, version, now):
    first = carry_out(propose(version, now=now), now=now)

    back = carry_out(propose(version, now=now, action="ORIGINAL"), now=now + SETTLED)

    assert results_of(closed) == BEFORE
    first.refresh_from_db()
    assert (first.is_in_force, back.is_in_force, back.previous) == (False, True, first)
    assert list(closed["falls"].markings.values_list("points_centi", flat=True)) == [500, 300, 500]
    assert len(mail.outbox) == 4


@pytest.mark.parametrize("kind", [kind for kind in Item.Kind.values if kind != "CASE"])
def test_every_kind_of_item_can_be_corrected(db, kind, now):
    options = ["甲", "乙", "丙"] if kind in {"SINGLE", "MULTI"} else []
    key = {"SINGLE": "A", "MULTI": "AB", "TRUE_FALSE": "T", "NUMERIC": "5 名", "BLANK": "总部|网点", "SHORT": ""}[kind]
    fixed = {"SINGLE": "B", "MULTI": "BC", "TRUE_FALSE": "F", "NUMERIC": "6 名", "BLANK": "门店", "SHORT": ""}[kind]
    typed = kind in grading.TYPED
    assert bank.problem_of(kind=kind, options=options, key=key) == ""
    item = Item.objects.create(code="M1-9001", kind=kind, module="M1", point="x")
    version = ItemVersion.objects.create(item=item, number=1, stem="?", options=options, key=key, created_at=STARTED)
    question = grading.Question(version.pk, "M1", kind, 200, "" if typed or kind == "TRUE_FALSE" else "ABC")

    def points(action):
        KeyFix.objects.all().delete()
        fix = propose(version, now=now, action=action, key=fixed)
        proposals.approve(fix=fix, decision="", person=UserFactory(), now=now)
        marked = KeyFix.objects.marking_of([version.pk])[version.pk]
        answer = fixed.split("|")[0]
        return grading.grade(
            paper=[question, question._replace(version=0)],
            keys={version.pk: marked.key, 0: key},
            answers={0: answer},
            pass_centi=100,
            void={version.pk: marked.void} if marked.void else {},
        ).points_centi

    assert points("FULL") == 200
    assert points("DROP") == 0
    if kind != "SHORT":
        assert points("KEY") == 200
