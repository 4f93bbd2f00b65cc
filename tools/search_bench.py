"""
Times the site's search on the real content and among generated lessons: the tables of docs/decisions/0012-search.md.

    python -m tools.search_bench [--pages 5000]     in an empty, migrated database (DATABASE_URL or LMS_DATA_DIR)

The generated lessons are sentences of the real ones, shuffled, so that words are as frequent as they really are.
"""

import argparse
import os
import random
import re
import statistics
import sys
import time

QUERIES = ["服务", "售后服务", "补救", "救", "管理师", "M/M/c", "10%", "SERVQUAL", "售后 补救 投诉", "没有这个词"]
ROUNDS = 7
SENTENCES_A_PAGE = 40


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=5000)
    pages = options.parse_args().pages
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    import django  # noqa: PLC0415  # settings first

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from courses.models import CoursePage, LessonPage  # noqa: PLC0415

    if CoursePage.objects.exists():
        sys.exit("数据库里已有课程：请给一个空的数据库。")
    call_command("load_content", verbosity=0)
    print(f"{connection.vendor}\n\n真实内容（{LessonPage.objects.count()} 课）")
    measure()
    began = time.perf_counter()
    generate(pages)
    print(f"\n另加 {pages} 课（每课约 {SENTENCES_A_PAGE} 句；写入并建索引 {time.perf_counter() - began:.0f} 秒）")
    measure()


def measure() -> None:
    from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from courses.models import CoursePage, Enrolment  # noqa: PLC0415
    from lms.search.finding import Search  # noqa: PLC0415
    from lms.users.models import User  # noqa: PLC0415

    learner, _ = User.objects.get_or_create(email="bench@example.com")
    for course in CoursePage.objects.all():
        Enrolment.objects.get_or_create(
            learner=learner, course=course, defaults={"source": "GRANT", "enrolled_at": course.first_published_at}
        )
    print("| 搜索词 | 访客：条数 | 中位毫秒 | 学员：条数 | 中位毫秒 |\n|---|---|---|---|---|")
    for query in QUERIES:
        cells = []
        for user in (AnonymousUser(), learner):
            times = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                search = Search(query=query, user=user, now=timezone.now())
                search.results(range(10))
                times.append((time.perf_counter() - began) * 1000)
            cells += [str(len(search)), f"{statistics.median(times):.0f}"]
        print(f"| {query} | {' | '.join(cells)} |")


def generate(pages: int) -> None:
    from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import transaction  # noqa: PLC0415
    from wagtail.models import Page  # noqa: PLC0415

    from courses.models import CoursePage, LessonPage  # noqa: PLC0415
    from lms.search.indexing import plain  # noqa: PLC0415

    lessons = list(LessonPage.objects.all())
    bodies = [plain(lesson.body.stream_block.get_searchable_content(lesson.body)) for lesson in lessons]
    sentences = [sentence for body in bodies for sentence in re.split(r"(?<=[。！？])", body) if len(sentence) > 8]
    titles = [lesson.title for lesson in lessons]
    chance = random.Random(2011)  # noqa: S311  # the same pages each time
    module = CoursePage.objects.first().get_children().first()
    kind = ContentType.objects.get_for_model(LessonPage)
    with transaction.atomic():
        made = Page.objects.bulk_create(
            Page(
                title=f"{chance.choice(titles)}（{number}）"[:255],
                slug=f"generated-{number}",
                path=Page._get_path(module.path, module.depth + 1, 1000 + number),  # noqa: SLF001  # the tree's own
                depth=module.depth + 1,
                content_type=kind,
                locale=module.locale,
                url_path=f"{module.url_path}generated-{number}/",
            )
            for number in range(pages)
        )
        for page in made:  # the lesson's own table; its page is there already
            text = "".join(chance.choices(sentences, k=SENTENCES_A_PAGE))
            lesson = LessonPage(
                page_ptr=page, summary=chance.choice(sentences)[:200], body=[("text", f"<p>{text}</p>")]
            )
            lesson.save_base(raw=True, force_insert=True)
    call_command("update_index", verbosity=0)


if __name__ == "__main__":
    main()
