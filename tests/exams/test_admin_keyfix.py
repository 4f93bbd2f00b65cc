"""答案更正 in the back office."""

from datetime import timedelta

import pytest

from exams.keyfix import regrading
from exams.models import Attempt, Item, ItemVersion, KeyFix
from tests.exams.test_admin import staff, text_of
from tests.factories.exams import STARTED, make_item
from tests.factories.keyfix import SETTLED, carry_out, make_marked, make_paper, propose
from tests.factories.users import UserFactory

LIST = "/cms/exam_key_fixes/"
NOW = STARTED + timedelta(days=3)
FORM = {"action": "KEY", "key": "C", "reason": "第 B 项有误", "evidence": "标准 5.2"}


@pytest.fixture
def proposer(db):
    return staff("view_keyfix", "add_keyfix")


@pytest.fixture
def decider(db):
    return staff("view_keyfix", "add_keyfix", "change_keyfix", "view_attempt")


@pytest.fixture
def version(exam) -> ItemVersion:
    return ItemVersion.objects.get(pk=make_paper(exam)[0][0])


@pytest.fixture
def closed(exam, version):
    return make_marked(exam, UserFactory(name="落榜生"), ["B", "D", "AC", "F"])


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_any_length(decider, exam, count, django_assert_max_num_queries):
    for _ in range(count):
        propose(make_item().current, now=NOW)
    decider.get(LIST)

    with django_assert_max_num_queries(16):
        assert text_of(decider.get(LIST)).count(f'href="{LIST}inspect/') == count


def test_list_is_empty_at_first(decider):
    assert "提出更正" in text_of(decider.get(LIST))


def test_choose_finds_the_versions_of_an_item(proposer, version):
    page = text_of(proposer.get(f"{LIST}choose/?code={version.item.code.lower()}"))

    assert f"{LIST}propose/{version.pk}/" in page
    assert "没有题号 M9-1" in text_of(proposer.get(f"{LIST}choose/?code=M9-1"))
    assert "输入题号" in text_of(proposer.get(f"{LIST}choose/"))


def test_the_item_leads_to_the_correction_of_each_version(version):
    address = f"{LIST}propose/{version.pk}/"

    assert address in text_of(staff("view_item", "add_keyfix").get(f"/cms/exam_items/inspect/{version.item_id}/"))
    assert address not in text_of(staff("view_item").get(f"/cms/exam_items/inspect/{version.item_id}/"))


def test_propose_shows_the_question_and_leads_to_the_impact(proposer, closed, version):
    address = f"{LIST}propose/{version.pk}/"
    assert "乙项　（原答案）" in text_of(proposer.get(address))

    page = text_of(proposer.post(address, FORM, follow=True))

    fix = KeyFix.objects.get()
    assert (fix.status, fix.key, fix.proposed_by) == ("PREPARING", "C", proposer.user)
    assert "正在计算影响" in page


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"key": "Z"}, "答案要从 A 到 D 中选"),
        ({"key": "AB"}, "只有一个正确答案"),
        ({"key": "B"}, "不会改变任何成绩"),
        ({"action": "ORIGINAL"}, "不会改变任何成绩"),
        ({"reason": ""}, "请写明原因"),
        ({"evidence": ""}, "请写明依据"),
        ({"action": "NOTHING"}, "NOTHING"),
        ({"key": "\x00"}, "空字符"),
    ],
)
def test_propose_says_what_is_wrong(proposer, version, fields, problem):
    assert problem in text_of(proposer.post(f"{LIST}propose/{version.pk}/", FORM | fields))
    assert not KeyFix.objects.exists()


def test_propose_reads_true_and_false_as_words(proposer, exam):
    version = ItemVersion.objects.filter(item__kind="TRUE_FALSE").first()

    proposer.post(f"{LIST}propose/{version.pk}/", FORM | {"key": "错"})

    assert KeyFix.objects.get().key == "F"


def test_inspect_shows_figures_and_rows(decider, closed, version):
    fix = propose(version, now=NOW)

    page = text_of(decider.get(f"{LIST}inspect/{fix.pk}/"))

    assert "<b>1</b> 变为不合格" in page
    assert "落榜生" in page
    assert "▼ 变为不合格" in page
    assert f"{LIST}{fix.pk}/decide/approve/" in page
    assert "落榜生" not in text_of(decider.get(f"{LIST}inspect/{fix.pk}/?group=RISES"))
    assert "落榜生" in text_of(decider.get(f"{LIST}inspect/{fix.pk}/?group=nonsense&p=x"))


def test_inspect_names_nobody_to_who_may_not_see_attempts(proposer, closed, version):
    fix = propose(version, now=NOW)

    page = text_of(proposer.get(f"{LIST}inspect/{fix.pk}/"))

    assert "<b>1</b> 变为不合格" in page
    assert "落榜生" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_inspect_takes_the_same_queries_for_any_number_of_rows(
    decider, exam, version, count, django_assert_max_num_queries
):
    for _ in range(count):
        make_marked(exam, UserFactory(), ["B", "D", "AC", "F"])
    fix = propose(version, now=NOW)
    decider.get(f"{LIST}inspect/{fix.pk}/")

    with django_assert_max_num_queries(18):
        assert text_of(decider.get(f"{LIST}inspect/{fix.pk}/")).count("/cms/exam_attempts/inspect/") == count


def test_decide_approves_and_the_page_follows_the_job(decider, closed, version):
    fix = propose(version, now=NOW)
    address = f"{LIST}{fix.pk}/decide/approve/"
    assert "立即生效" in text_of(decider.get(address))

    assert "已重评 0 / 1 份" in text_of(decider.post(address, {"decision": "属实"}, follow=True))

    fix.refresh_from_db()
    assert (fix.status, fix.decided_by, fix.decision) == ("REGRADING", decider.user, "属实")
    regrading.work_off(now=fix.decided_at + SETTLED)
    assert "全部重评完成" in text_of(decider.get(f"{LIST}{fix.pk}/progress/"))
    assert Attempt.objects.get().points_centi == 300


def test_decide_refuses_with_a_reason(decider, version):
    fix = propose(version, now=NOW)
    address = f"{LIST}{fix.pk}/decide/refuse/"
    assert "请写明不同意的理由" in text_of(decider.post(address, {"decision": ""}))

    decider.post(address, {"decision": "原答案正确"})

    assert KeyFix.objects.get().status == "REFUSED"


def test_decide_is_not_offered_to_the_proposer_and_refused(decider, version):
    fix = propose(version, now=NOW, person=decider.user)

    assert "/decide/" not in text_of(decider.get(f"{LIST}inspect/{fix.pk}/"))
    page = text_of(decider.post(f"{LIST}{fix.pk}/decide/approve/", {"decision": ""}, follow=True))
    assert "要由另一位同事复核" in page


def test_decide_needs_the_permission_and_a_known_answer(proposer, decider, version):
    fix = propose(version, now=NOW)

    assert proposer.post(f"{LIST}{fix.pk}/decide/approve/", {"decision": ""}).status_code in (302, 403)
    assert decider.get(f"{LIST}{fix.pk}/decide/maybe/").status_code == 404
    assert KeyFix.objects.get().status == "PROPOSED"


def test_withdraw_by_post_only(proposer, version):
    fix = propose(version, now=NOW)
    proposer.get(f"{LIST}{fix.pk}/withdraw/")
    assert KeyFix.objects.get().status == "PROPOSED"

    assert "已撤回" in text_of(proposer.post(f"{LIST}{fix.pk}/withdraw/", follow=True))
    assert "不能这样处理" in text_of(proposer.post(f"{LIST}{fix.pk}/withdraw/", follow=True))


def test_the_candidate_reads_the_reason_beside_the_new_result(client, closed, version):
    fix = carry_out(propose(version, now=NOW), now=NOW)
    client.force_login(closed.candidate)

    page = text_of(client.get(f"/exams/attempts/{closed.pk}/"))

    assert f"缘由：答案更正（{fix.reason}）" in page
    assert Item.objects.get(pk=version.item_id).status == "RETIRED"
