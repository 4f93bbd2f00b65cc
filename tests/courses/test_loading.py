"""Content files to published pages, again and again, beside editors who change things."""

import pytest
from django.conf import settings
from wagtail.models import Page, Revision

from courses.loading import ContentRefused, LoadReport, load_course
from courses.models import CatalogPage, CourseImage, CoursePage, LessonPage, ModulePage
from courses.models.media import PAID_COLLECTION, PUBLIC_COLLECTION
from tests.courses.test_markup import lesson, svg, write_course
from tests.factories.courses import home

COURSE, MODULE, LESSON = "course.yaml", "m1-standard/module.yaml", "m1-standard/01-one-in-ten.md"


@pytest.fixture
def folder(db, tmp_path):
    home()
    return write_course(tmp_path)


def report(*, created=(), updated=(), unchanged=(), kept=()) -> LoadReport:
    return LoadReport(created=tuple(created), updated=tuple(updated), unchanged=tuple(unchanged), kept=tuple(kept))


def edit(page: Page, **fields: object) -> Revision:
    """What the editor's form does: a draft, not yet published."""
    draft = page.get_latest_revision_as_object()
    for name, value in fields.items():
        setattr(draft, name, value)
    return draft.save_revision()


def test_load_course_makes_published_pages(folder, now):
    assert load_course(folder, now=now) == report(created=[COURSE, MODULE, LESSON])

    course, module, page = CoursePage.objects.get(), ModulePage.objects.get(), LessonPage.objects.get()
    assert (course.title, course.slug, course.price_fen, course.audience) == ("课", "a-course", 88_000, "<p>谁</p>")
    assert [(block.value["question"], str(block.value["answer"].source)) for block in course.faq] == [
        ("问", "<p>答</p>")
    ]
    assert course.get_parent().specific == CatalogPage.objects.get()
    assert (module.code, module.goals) == ("M1", "会算")
    assert (page.title, page.goals, page.sources) == ("十分之一", "会数人\n会取整", "GB/T 27922-2011 5.1.2.2")
    assert [block.block_type for block in page.body] == ["heading", "text", "figure"]
    assert page.live
    assert page.first_published_at == now
    assert not page.has_unpublished_changes


def test_load_course_loads_the_repository(db, now):
    home()

    made = load_course(settings.BASE_DIR / "courses" / "content", now=now)

    assert len(made.created) == 1 + ModulePage.objects.count() + LessonPage.objects.count()
    free = LessonPage.objects.get(is_preview=True)
    assert {image.collection.name for image in free.files()} == {PUBLIC_COLLECTION}
    paid = {image.collection.name for page in LessonPage.objects.filter(is_preview=False) for image in page.files()}
    assert paid == {PAID_COLLECTION}
    for page in LessonPage.objects.all():
        page.full_clean()


def test_load_course_twice_changes_nothing(folder, now):
    load_course(folder, now=now)
    revisions, images = Revision.objects.count(), CourseImage.objects.count()

    assert load_course(folder, now=now) == report(unchanged=[COURSE, MODULE, LESSON])
    assert (Revision.objects.count(), CourseImage.objects.count()) == (revisions, images)


def test_load_course_publishes_a_changed_file_as_a_new_revision(folder, now):
    load_course(folder, now=now)
    before = LessonPage.objects.get().latest_revision_id
    write_course(folder, **{LESSON: lesson("## 二\n")})

    assert load_course(folder, now=now) == report(updated=[LESSON], unchanged=[COURSE, MODULE])

    page = LessonPage.objects.get()
    assert page.body[0].value["text"] == "二"
    assert page.latest_revision_id != before
    assert page.live_revision_id == page.latest_revision_id


def test_load_course_gives_a_changed_figure_a_new_image(folder, now):
    load_course(folder, now=now)
    old = LessonPage.objects.get().files()[0]
    write_course(folder, **{"m1-standard/figures/a.svg": svg("<g/>").decode()})

    load_course(folder, now=now)

    assert LessonPage.objects.get().files() != [old]
    assert CourseImage.objects.filter(pk=old.pk).exists()  # the older revision shows it


def test_load_course_describes_the_figure(folder, now):
    load_course(folder, now=now)

    image = CourseImage.objects.get()
    assert (image.title, image.description, image.is_svg()) == ("m1-a.svg", "图", True)
    assert (image.width, image.height) == (7, 5)


def test_load_course_keeps_what_an_editor_drafted(folder, now):
    load_course(folder, now=now)
    edit(LessonPage.objects.get(), summary="编辑写的")
    write_course(folder, **{LESSON: lesson("## 二\n")})

    assert load_course(folder, now=now) == report(unchanged=[COURSE, MODULE], kept=[LESSON])
    assert LessonPage.objects.get().get_latest_revision_as_object().summary == "编辑写的"


def test_load_course_keeps_what_an_editor_published_or_reverted(folder, now):
    load_course(folder, now=now)
    loaded = LessonPage.objects.get().latest_revision
    edit(LessonPage.objects.get(), summary="编辑写的").publish()
    loaded.as_object().save_revision().publish()  # back to the loaded text, by a person

    assert load_course(folder, now=now).kept == (LESSON,)


def test_load_course_does_not_publish_what_was_taken_down(folder, now):
    load_course(folder, now=now)
    LessonPage.objects.get().unpublish()
    write_course(folder, **{LESSON: lesson("## 二\n")})

    assert load_course(folder, now=now).kept == (LESSON,)
    assert not LessonPage.objects.get().live


def test_load_course_leaves_an_editors_own_page_of_the_same_name(folder, now):
    load_course(folder, now=now)
    module = ModulePage.objects.get()
    own = module.add_child(instance=LessonPage(title="我的", slug="own", summary="介绍"))
    write_course(folder, **{"m1-standard/02-own.md": lesson("字").replace("one-in-ten", "own")})

    assert load_course(folder, now=now).kept == ("m1-standard/02-own.md",)
    assert LessonPage.objects.get(slug="own") == own


def test_load_course_finds_a_lesson_that_was_moved(folder, now):
    load_course(folder, now=now)
    other = CoursePage.objects.get().add_child(instance=ModulePage(title="二", slug="m2", code="M2", summary="介绍"))
    LessonPage.objects.get().move(other, pos="last-child")

    load_course(folder, now=now)

    assert LessonPage.objects.get().get_parent().pk == other.pk


def test_load_course_puts_new_lessons_where_their_number_says(folder, now):
    write_course(folder, **{"m1-standard/03-last.md": lesson("字").replace("one-in-ten", "last")})
    load_course(folder, now=now)
    write_course(folder, **{"m1-standard/02-middle.md": lesson("字").replace("one-in-ten", "middle")})

    load_course(folder, now=now)

    slugs = LessonPage.objects.child_of(ModulePage.objects.get()).order_by("path").values_list("slug", flat=True)
    assert list(slugs) == ["one-in-ten", "middle", "last"]
    assert Page.find_problems() == ([], [], [], [], [])


def test_load_course_moves_figures_when_a_lesson_stops_being_free(folder, now):
    free = lesson("![图](figures/a.svg)\n").replace("preview: false", "preview: true")
    write_course(folder, **{LESSON: free})
    load_course(folder, now=now)
    assert CourseImage.objects.get().collection.name == PUBLIC_COLLECTION

    write_course(folder, **{LESSON: free.replace("preview: true", "preview: false")})
    load_course(folder, now=now)

    assert CourseImage.objects.get().collection.name == PAID_COLLECTION


def test_load_course_loads_nothing_if_one_file_is_malformed(folder, now):
    write_course(folder, **{"m1-standard/02-bad.md": lesson("# 一级\n").replace("one-in-ten", "bad")})

    with pytest.raises(ContentRefused) as refusal:
        load_course(folder, now=now)

    assert refusal.value.faults == ("m1-standard/02-bad.md 第 10 行：只用二级（##）和三级（###）标题",)
    assert str(refusal.value).startswith("内容有 1 处要改，没有载入任何东西：\n")
    assert not CoursePage.objects.exists()


def test_load_course_loads_nothing_if_a_block_is_too_long(folder, now):
    long = "选" * 201
    check = f':::check\nquestion: 问\nkind: single\noptions: ["{long}", "2"]\nanswer: [B]\nexplanation: 解\n:::\n'
    write_course(folder, **{"m1-standard/02-long.md": lesson(check).replace("one-in-ten", "long")})

    with pytest.raises(ContentRefused, match=r"m1-standard/02-long.md：第 1 块（自测）太长或缺少必填项"):
        load_course(folder, now=now)

    assert not Page.objects.type(CatalogPage, CoursePage, LessonPage).exists()


def test_load_course_without_a_home_page_says_so(db, tmp_path, now):
    with pytest.raises(ContentRefused, match="还没有首页"):
        load_course(write_course(tmp_path), now=now)
