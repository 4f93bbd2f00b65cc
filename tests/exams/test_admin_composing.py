import pytest

from exams import attempts, composing
from exams.attempts.pools import draw_paper
from exams.models import BlueprintCell, EnemyGroup, Item, PaperForm
from tests.exams.test_admin import staff, text_of
from tests.factories.exams import make_exam, make_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def examiner():
    return staff("view_exam", "change_exam", "view_item", "view_enemygroup", "add_enemygroup", "change_enemygroup")


def exam_form(exam, **changes: object) -> dict[str, object]:
    """Return what the form of an exam posts, its cells included."""
    fields = (
        "title",
        "minutes",
        "max_attempts",
        "cooldown_hours",
        "review",
        "review_from",
        "appeal_days",
        "away_seconds",
    )
    cells = list(exam.cells.order_by("pk"))
    data = {name: getattr(exam, name) for name in fields} | {
        "course": exam.course_id,
        "pass_centi": exam.pass_centi / 100,
        "is_open": "on",
        "papers_wanted": exam.papers_wanted,
        "exposure_cap": exam.exposure_cap,
        "partial": "HALF",
        "wrong_percent": 0,
        "marking_gap_percent": 20,
        "cells-TOTAL_FORMS": len(cells),
        "cells-INITIAL_FORMS": len(cells),
        "cells-MIN_NUM_FORMS": 0,
        "cells-MAX_NUM_FORMS": 1000,
    }
    for number, cell in enumerate(cells):
        values = {"id": cell.pk, "module": cell.module, "kind": cell.kind, "count": cell.count, "point": cell.point}
        values |= {"points_centi": cell.points_centi / 100, "difficulty": cell.difficulty or ""}
        values |= {"is_fixed": "on"} if cell.is_fixed else {}
        data |= {f"cells-{number}-{name}": value for name, value in values.items()}
    return data | changes


def post(client, exam, **changes):
    return client.post(f"/cms/exam_settings/edit/{exam.pk}/", exam_form(exam, **changes))


def test_exam_that_lacks_one_item_cannot_be_opened_and_is_told_which(examiner):
    exam = make_exam(spare=0)
    Item.objects.filter(kind="MULTI").update(status=Item.Status.RETIRED)

    page = text_of(post(examiner, exam))

    assert "题库组不成试卷，不能开放。M1 多选：需要 1 题，题库可用 0 题，缺 1 题。请补题或调整蓝图。" in page


def test_exam_that_cannot_make_two_disjoint_papers_cannot_be_opened(examiner):
    exam = make_exam(spare=1)

    assert post(examiner, exam, papers_wanted=1).status_code == 302
    assert "2 套卷需要 4 题，题库可用 3 题，缺 1 题" in text_of(post(examiner, exam, papers_wanted=2))


def test_exposure_cap_that_cannot_be_kept_is_refused(examiner):
    exam = make_exam(spare=1)

    assert "做不到曝光上限 40%：最常见的题至少会出现在 67% 的试卷里" in text_of(post(examiner, exam, exposure_cap=40))


def test_two_equal_cells_are_refused_in_words(examiner):
    exam = make_exam()
    cell = BlueprintCell.objects.create(exam=exam, module="M3", kind="SINGLE", count=1, points_centi=100)
    number = list(exam.cells.order_by("pk")).index(cell)

    assert "完全相同" in text_of(post(examiner, exam, **{f"cells-{number}-module": "M1"}))


def test_fixed_cells_are_composed_before_the_exam_opens(examiner, now):
    exam = make_exam(spare=4, papers_wanted=2)
    exam.cells.update(is_fixed=True)

    refused = text_of(post(examiner, exam))
    examiner.post(f"/cms/exam_settings/{exam.pk}/compose/")
    page = text_of(examiner.get(f"/cms/exam_settings/inspect/{exam.pk}/"))

    assert "固定卷还没有按这份蓝图组好" in refused
    assert ("甲卷" in page, "乙卷" in page, "丙卷" in page) == (True, True, False)
    assert post(examiner, exam).status_code == 302


def test_composed_papers_have_nothing_in_common_and_are_what_candidates_get(now):
    exam = make_exam(spare=4, papers_wanted=2)
    exam.cells.update(is_fixed=True)
    composing.compose(exam=exam, person=None, now=now)

    forms = [set(form.items.values_list("current", flat=True)) for form in PaperForm.objects.filter(exam=exam)]
    papers = {frozenset(one.version for one in draw_paper(exam=exam, pool=Item.Pool.LIVE)) for _ in range(20)}

    assert ([len(form) for form in forms], forms[0] & forms[1]) == ([4, 4], set())
    assert papers == {frozenset(form) for form in forms}


def test_changed_blueprint_needs_new_papers(now):
    exam = make_exam(spare=4)
    exam.cells.update(is_fixed=True)
    composing.compose(exam=exam, person=None, now=now)
    assert [report.items for report in composing.reports_of(exam)] == [4]

    exam.cells.filter(kind="SINGLE").update(count=3)

    assert composing.reports_of(exam) == []
    with pytest.raises(attempts.ExamNotReady):
        draw_paper(exam=exam, pool=Item.Pool.LIVE)


def test_retired_item_of_a_paper_is_replaced_and_reported(now):
    exam = make_exam(spare=4)
    exam.cells.update(is_fixed=True)
    composing.compose(exam=exam, person=None, now=now)
    gone = PaperForm.objects.get(exam=exam).items.filter(kind="SINGLE").first()
    Item.objects.filter(pk=gone.pk).update(status=Item.Status.RETIRED)

    paper = draw_paper(exam=exam, pool=Item.Pool.LIVE)

    assert (len(paper), gone.current_id in {one.version for one in paper}) == (4, False)
    assert [report.unusable for report in composing.reports_of(exam)] == [1]


def test_composing_without_fixed_cells_or_items_is_refused(now):
    exam = make_exam(spare=0, papers_wanted=2)
    with pytest.raises(composing.NothingFixed):
        composing.compose(exam=exam, person=None, now=now)
    exam.cells.update(is_fixed=True)
    with pytest.raises(composing.CannotCompose, match="组不成 2 套互不重题的试卷"):
        composing.compose(exam=exam, person=None, now=now)


def test_enemies_are_named_by_their_codes(examiner):
    first, second, third = (make_item() for _ in range(3))

    assert (
        examiner.post("/cms/exam_enemies/new/", {"reason": "互相提示", "codes": f"{first}\n{second}"}).status_code
        == 302
    )
    group = EnemyGroup.objects.get()
    taken = text_of(examiner.post("/cms/exam_enemies/new/", {"reason": "x", "codes": f"{second}\n{third}"}))
    unknown = text_of(examiner.post("/cms/exam_enemies/new/", {"reason": "x", "codes": "M9-1"}))
    examiner.post(f"/cms/exam_enemies/edit/{group.pk}/", {"reason": "互相提示", "codes": f"{first}\n{third}"})

    assert ("已经在别的互斥题组里" in taken, "没有这些题" in unknown) == (True, True)
    assert set(group.members.values_list("item", flat=True)) == {first.pk, third.pk}


@pytest.mark.parametrize("count", [1, 3])
def test_enemy_list_takes_the_same_queries_for_any_length(examiner, count, django_assert_max_num_queries):
    for number in range(count):
        EnemyGroup.objects.create(reason=f"组 {number}")

    with django_assert_max_num_queries(13):
        assert "组 0" in text_of(examiner.get("/cms/exam_enemies/"))
