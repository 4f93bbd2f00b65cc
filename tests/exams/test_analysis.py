"""Analysis runs: asking, computing, resuming; and their pages."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from exams.analysis import reading, runs
from exams.analysis.reading import seconds_by_position
from exams.models import AnalysisRun, Item, ItemFigures, ItemVersion
from exams.models.analysis import ABANDONED_AFTER
from tests.exams.test_admin import staff, text_of
from tests.factories.exams import STARTED, S, make_window
from tests.factories.keyfix import carry_out, make_marked, make_paper, propose
from tests.factories.users import UserFactory

LIST = "/cms/exam_analyses/"
NOW = STARTED + timedelta(days=3)
SHEETS = (["B", "B", "AC", "T"], ["B", "C", "AC", "F"], ["C", "B", "A", "T"], ["D", "", "B", "F"])


def fill(exam, count):
    return [make_marked(exam, UserFactory(), SHEETS[number % len(SHEETS)]) for number in range(count)]


def analyse(exam, **fields):
    run = runs.request(**{"exam": exam, "window": None, "person": UserFactory(), "now": NOW} | fields)
    runs.work_off(now=NOW)
    run.refresh_from_db()
    return run


@pytest.fixture
def analyst(db):
    return staff("view_analysisrun", "add_analysisrun", "add_keyfix")


@pytest.fixture
def run(exam):
    fill(exam, 32)
    return analyse(exam)


# --- Runs -------------------------------------------------------------------------------------------------------------
def test_a_run_reads_marked_formal_attempts_only(exam):
    fill(exam, 4)
    make_marked(exam, UserFactory(), SHEETS[0], is_mock=True)

    run = analyse(exam)

    assert (run.status, run.total, run.done, run.percent) == ("DONE", 4, 4, 100)
    assert run.summary["count"] == 4
    assert run.figures.count() == 4


def test_figures_are_those_of_the_answers(exam, run):
    version = make_paper(exam)[0][0]

    row = run.figures.get(version=version)

    assert (row.count, row.facility, row.seconds) == (32, 0.5, 30)
    assert [(choice["name"], choice["count"]) for choice in row.detail["choices"]] == [
        ("A", 0),
        ("B", 16),
        ("C", 8),
        ("D", 8),
        ("", 0),
    ]
    assert run.summary["method"] == "Cronbach α"


def test_options_are_counted_in_the_letters_of_the_item(exam):
    paper = make_paper(exam)
    paper[0][4] = "DCBA"  # printed the other way round: B is printed as C
    make_marked(exam, UserFactory(), ["C", "B", "AC", "T"], paper=paper)

    choices = analyse(exam).figures.get(version=paper[0][0]).detail["choices"]

    assert [choice["name"] for choice in choices if choice["count"]] == ["B"]


def test_a_window_is_analysed_by_itself(exam):
    window = make_window(exam, now=NOW)
    fill(exam, 3)
    make_marked(exam, UserFactory(), SHEETS[0], window=window)

    assert analyse(exam, window=window).total == 1
    assert analyse(exam).total == 4


def test_the_fixed_key_counts_and_a_void_question_is_marked(exam):
    fill(exam, 32)
    first, second = (ItemVersion.objects.get(pk=row[0]) for row in make_paper(exam)[:2])
    carry_out(propose(first, now=NOW), now=NOW)
    carry_out(propose(second, now=NOW, action="DROP"), now=NOW)

    run = analyse(exam)

    assert run.figures.get(version=first).facility == 0.25
    void = run.figures.get(version=second)
    assert (void.is_void, void.flags) == (True, [])


def test_request_refuses_twice_at_once_and_nothing_to_read(exam):
    with pytest.raises(runs.NothingToAnalyse):
        runs.request(exam=exam, window=None, person=UserFactory(), now=NOW)
    fill(exam, 1)
    runs.request(exam=exam, window=None, person=UserFactory(), now=NOW)

    with pytest.raises(runs.AlreadyRunning):
        runs.request(exam=exam, window=None, person=UserFactory(), now=NOW)


def test_a_run_whose_worker_died_is_taken_up_again(exam):
    fill(exam, 2)
    run = runs.request(exam=exam, window=None, person=UserFactory(), now=NOW)
    AnalysisRun.objects.update(status="RUNNING", alive_at=NOW, done=1)

    assert runs.work_off(now=NOW + ABANDONED_AFTER) == 0
    assert runs.work_off(now=NOW + ABANDONED_AFTER + timedelta(seconds=1)) == 1
    run.refresh_from_db()
    assert (run.status, run.done, run.figures.count()) == ("DONE", 2, 4)


def test_a_run_that_fails_is_marked_and_stops_no_other(exam, monkeypatch):
    fill(exam, 1)
    run = runs.request(exam=exam, window=None, person=UserFactory(), now=NOW)

    def broken(*, run):
        raise ValueError("a broken paper")

    monkeypatch.setattr(runs, "compute", broken)
    assert runs.work_off(now=NOW) == 1

    run.refresh_from_db()
    assert (run.status, run.finished_at) == ("FAILED", NOW)


@pytest.mark.parametrize("count", [1, 9])
def test_reading_takes_a_fixed_number_of_statements_for_each_portion(exam, count, django_assert_num_queries):
    fill(exam, count)
    rows = reading.attempts_of(AnalysisRun(exam=exam))

    with django_assert_num_queries(5):  # attempts, keys, late reviews, journal; attempts again, none
        assert sum(len(portion) for portion in reading.portions(rows)) == count


def test_portions_read_everybody_once(exam, monkeypatch):
    monkeypatch.setattr(reading, "PORTION", 2)
    fill(exam, 5)

    portions = list(reading.portions(reading.attempts_of(AnalysisRun(exam=exam))))

    assert [len(portion) for portion in portions] == [2, 2, 1]


# --- Time -------------------------------------------------------------------------------------------------------------
def entry(seq, position, received, client=None):
    return seq, position, "A", False, client and client * 1000, received * 1000


@pytest.mark.parametrize(
    ("entries", "seconds"),
    [
        ([entry(S + 1, 0, 20), entry(S + 2, 1, 50), entry(S + 3, 0, 60)], {0: 30, 1: 30}),
        # sent together after a break of the line: the device's clock tells them apart
        ([entry(S + 1, 0, 90, 1000), entry(S + 2, 1, 90, 1040)], {0: 90, 1: 40}),
        # another page, another clock
        ([entry(S + 1, 0, 10, 1000), entry(2 * S + 1, 1, 40, 9000)], {0: 10, 1: 30}),
        # a clock that was set back, and a pause
        ([entry(S + 1, 0, 10, 1000), entry(S + 2, 1, 20, 500)], {0: 10}),
        ([entry(S + 1, 0, 10), entry(S + 2, 1, 10 + 1801)], {0: 10}),
        ([], {}),
    ],
)
def test_seconds_go_to_the_question_of_the_later_save(entries, seconds):
    assert seconds_by_position(entries, 0) == seconds


# --- Pages ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_any_length(analyst, exam, count, django_assert_max_num_queries):
    fill(exam, 1)
    for _ in range(count):
        analyse(exam)
    analyst.get(LIST)

    with django_assert_max_num_queries(16):
        assert text_of(analyst.get(LIST)).count(f'href="{LIST}inspect/') == count


def test_create_leads_to_the_progress_and_then_to_the_figures(analyst, exam):
    fill(exam, 32)

    page = text_of(analyst.post(f"{LIST}create/", {"exam": exam.pk, "window": ""}, follow=True))

    assert "已读 0 / 32 人次" in page
    run = AnalysisRun.objects.get()
    assert run.requested_by == analyst.user
    runs.work_off(now=NOW)
    assert "算好了" in text_of(analyst.get(f"{LIST}{run.pk}/progress/"))
    page = text_of(analyst.get(f"{LIST}inspect/{run.pk}/"))
    assert "Cronbach α" in page
    assert "只作参考" in page
    assert page.count("<svg") >= 2


def test_create_says_why_not(analyst, exam):
    form = {"exam": exam.pk, "window": ""}
    assert "没有可以分析的" in text_of(analyst.post(f"{LIST}create/", form))
    fill(exam, 1)
    other = make_window(type(exam).objects.create(course=exam.course, title="另一场"), now=NOW)
    assert "不是这场考试的" in text_of(analyst.post(f"{LIST}create/", form | {"window": other.pk}))
    assert not AnalysisRun.objects.exists()


def test_inspect_says_that_the_sample_is_too_small(analyst, exam):
    fill(exam, 2)

    page = text_of(analyst.get(f"{LIST}inspect/{analyse(exam).pk}/"))

    assert page.count("样本不足") == 1 + 4


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 4), ("?kind=MULTI", 1), ("?module=M2", 1), ("?flag=EASY", 0), ("?kind=x&order=y&flag=z&p=w", 4)],
)
def test_inspect_filters_items(analyst, run, query, count):
    assert text_of(analyst.get(f"{LIST}inspect/{run.pk}/{query}")).count(f'href="{LIST}item/') == count


def test_inspect_takes_the_same_queries_for_any_number_of_items(analyst, exam, run, django_assert_max_num_queries):
    for version in ItemVersion.objects.exclude(pk__in=run.figures.values("version")):
        ItemFigures.objects.create(run=run, version=version, count=1)
    analyst.get(f"{LIST}inspect/{run.pk}/")

    with django_assert_max_num_queries(17):
        analyst.get(f"{LIST}inspect/{run.pk}/")


def test_item_shows_its_table_and_leads_to_the_key_fix(analyst, exam, run):
    row = run.figures.get(version=make_paper(exam)[0][0])

    page = text_of(analyst.get(f"{LIST}item/{row.pk}/"))

    assert "乙项" in page
    assert f"/cms/exam_key_fixes/propose/{row.version_id}/" in page
    assert "中位数 30 秒" in page


def test_xlsx_says_the_same_and_writes_texts_as_texts(analyst, exam):
    item = Item.objects.filter(kind="SINGLE", pool="LIVE").order_by("pk").first()
    ItemVersion.objects.filter(item=item).update(stem="=HYPERLINK(1)")
    fill(exam, 32)
    run = analyse(exam)

    response = analyst.get(f"{LIST}{run.pk}/xlsx/")

    book = CalamineWorkbook.from_filelike(BytesIO(response.content))
    assert book.sheet_names == ["试卷", "试题", "选项"]
    paper = dict(book.get_sheet_by_name("试卷").to_python())
    assert (paper["人次"], paper["信度的算法"]) == (32, "Cronbach α")
    items = book.get_sheet_by_name("试题").to_python()
    assert (items[1][0], items[1][5], items[1][7], items[1][8]) == (item.code, "=HYPERLINK(1)", 32, 0.5)
    assert len(book.get_sheet_by_name("选项").to_python()) == 1 + 5 + 5 + 6 + 3


def test_pages_need_the_permission(run, client):
    onlooker = staff("view_exam")

    for address in (LIST, f"{LIST}inspect/{run.pk}/", f"{LIST}{run.pk}/xlsx/", f"{LIST}create/"):
        assert onlooker.get(address).status_code in (302, 403), address
    assert staff("view_analysisrun").get(f"{LIST}create/").status_code in (302, 403)
