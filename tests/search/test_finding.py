"""What is found, in which order, by whom."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from wagtail.models import PageViewRestriction

from courses import enrolment
from courses.models import CoursePage, GlossaryTerm, LessonPage
from lms.search.finding import Kind, Search
from lms.users import roles
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.users import UserFactory, make_staff
from tests.search.conftest import DATA

ANYONE = AnonymousUser()
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PAID = "从申请到发证"


def titles(query: str, user: object = ANYONE, **options: object) -> list[str]:
    found = Search(query=query, user=user, now=NOW, **options)
    results = found.results(range(100))
    assert len(results) == len(found)
    return ["".join(piece.text for piece in result.title) for result in results]


def excerpts(query: str, user: object = ANYONE) -> list[str]:
    results = Search(query=query, user=user, now=NOW).results(range(100))
    return ["".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in r.excerpt) for r in results]


@pytest.fixture
def enrolled(library):
    return EnrolmentFactory(course=library.course).learner


def test_every_query_of_the_table_finds_what_it_should(library, enrolled):
    queries = DATA["queries"]

    assert len(queries) >= 30
    assert {query: titles(query) for query in queries} == {query: want["anyone"] for query, want in queries.items()}
    assert {query: titles(query, enrolled) for query in queries} == {
        query: want.get("enrolled", want["anyone"]) for query, want in queries.items()
    }


def test_counts_are_by_kind_and_a_kind_narrows(library):
    found = Search(query="服务", user=ANYONE, now=NOW, kind=Kind.TERM)

    assert found.counts == {Kind.COURSE: 2, Kind.TERM: 2, Kind.GUIDE: 1}
    assert len(found) == 2
    assert titles("服务", kind=Kind.TERM) == ["服务补救", "10% 配置"]
    assert titles("服务", kind=Kind.GUIDE) == ["10% 配置规则"]


@pytest.mark.parametrize("who", ["stranger", "withdrawn", "elsewhere"])
def test_body_of_a_paid_lesson_is_not_found_and_not_shown_to(who, library, now):
    user = UserFactory()
    if who == "withdrawn":
        enrolment.withdraw(enrolment=EnrolmentFactory(course=library.course, learner=user), reason="退款", now=now)
    elif who == "elsewhere":
        EnrolmentFactory(course=make_course(), learner=user)

    assert titles("监督审核", user) == []
    assert excerpts("发证", user) == ["一次体系认证怎么走。"]
    assert excerpts("步骤", user) == ["说得出认证的[步骤]"]


def test_body_without_a_summary_is_not_the_excerpt(library):
    LessonPage.objects.filter(title=PAID).update(summary="", goals="")

    assert excerpts("发证") == [""]


def test_body_is_found_with_an_excerpt_by(library, enrolled):
    roles.sync()
    editor = make_staff(roles.EDITOR, is_staff=True)

    for user in (enrolled, editor):
        assert excerpts("监督审核", user) == [
            "依据 GB/T 27922-2011 和 RB/T 301-2016，证书一般三年有效，期间有[监督审核]。"
        ]


def test_draft_is_found_only_once_it_is_published(library):
    page = library.lessons[PAID]
    page.title, page.summary = "新的名字", "只在草稿里的句子"
    revision = page.save_revision()

    assert titles("新的名字") == titles("只在草稿里") == []
    assert titles("发证") == [PAID]
    revision.publish()
    assert titles("新的名字") == titles("只在草稿里") == ["新的名字"]
    page.refresh_from_db()
    page.unpublish()
    assert titles("新的名字") == []


def test_what_lies_below_an_unpublished_page_is_not_found(library, enrolled):
    library.course.get_children().first().unpublish()
    assert titles("监督审核", enrolled) == titles("四十八小时") == []
    assert titles("27922") == ["标准部分：GB/T 27922-2011"]

    library.course.unpublish()
    assert titles("27922") == []


def test_private_and_deleted_pages_and_hidden_terms_are_not_found(library):
    PageViewRestriction.objects.create(page=library.lessons[PAID], restriction_type=PageViewRestriction.LOGIN)
    library.lessons["备件的账"].delete()
    GlossaryTerm.objects.filter(term="卡诺模型").update(is_shown=False)

    assert titles("发证") == titles("备件") == titles("卡诺") == []


def test_everybody_finds_one_edition_of_a_course(library, enrolled):
    later = make_course(title="培训", summary="第二版", lessons=0)
    CoursePage.objects.filter(pk=later.pk).update(series=library.course.series, edition=2)

    assert titles("培训") == titles("培训", enrolled) == ["培训"]
    assert excerpts("培训") == ["第二版"]
    assert excerpts("培训", enrolled) == ["介绍"]
    assert titles("发证") == []
    assert titles("发证", enrolled) == [PAID]


def test_index_follows_a_changed_term(library):
    term = GlossaryTerm.objects.get(term="卡诺模型")
    term.term = "狩野模型"
    term.save()

    assert titles("卡诺") == []
    assert titles("狩野") == ["狩野模型"]


def test_rebuilding_the_index_changes_nothing(library, enrolled):
    before = {query: titles(query, enrolled) for query in DATA["queries"]}
    call_command("update_index", verbosity=0)

    assert {query: titles(query, enrolled) for query in DATA["queries"]} == before


def test_what_editors_choose_from_a_list_is_not_text(library, enrolled):
    """The level of a heading, the kind of a question to oneself and the like are settings."""
    lesson = library.lessons["备件的账"]
    lesson.body = [("heading", {"text": "小标题", "level": "2"})]
    lesson.save()

    assert titles("小标题", enrolled) == ["备件的账"]
    assert titles("二级", enrolled) == []


def test_search_by_nothing_finds_nothing(library):
    assert titles("") == titles("！？ …") == []


@pytest.mark.parametrize("copies", [1, 3])
def test_search_in_few_queries(copies, library, enrolled, django_assert_num_queries):
    for number in range(copies):
        GlossaryTerm.objects.create(slug=f"new-{number}", term=f"校准{number}", english="Calibration", meaning="校准")
        module = library.course.get_children().first()
        module.add_child(instance=LessonPage(title=f"校准课{number}", slug=f"new-{number}", summary="校准"))
    titles("校准")  # content types and the site's root are looked up once a process

    with django_assert_num_queries(6):  # restrictions, what is closed, counts, rows, lessons, terms
        assert len(titles("校准")) == 2 * copies
    with django_assert_num_queries(10):  # and two for the permissions, the courses and their dates of the person
        assert len(titles("校准", enrolled)) == 2 * copies
