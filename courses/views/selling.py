"""
What a course's page says to people, and the same to search engines: length, price, way, questions.

Source: docs/rules/syllabus.md, rule Y40.
"""

from hashlib import md5
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.html import strip_tags
from wagtail.models import Page

from courses import learning
from courses.models import CoursePage
from courses.models.pages import Chapter
from courses.progress import STUDY_HOUR_SECONDS
from lms import money

MEASURED_SECONDS = 24 * 3600
Linked = dict[str, Any]


def facts(course: CoursePage, chapters: list[Chapter]) -> dict[str, Any]:
    """Return a course's 学时 and structured data, and note its minutes on each lesson of `chapters`."""
    size = _size(course, chapters)
    for chapter in chapters:
        for lesson in chapter.lessons:
            lesson.minutes = size.minutes.get(lesson.pk, 0)
    return {
        "study_hours": size.study_hours,
        "linked_data": [
            *_course(course, size.study_hours),
            trail(course),
            *_questions(course),
        ],
    }


def trail(*pages: Page) -> Linked:
    """Return the way from the catalogue to the last of these pages, as crumbs."""
    steps = [("课程", f"{settings.SITE_URL}/courses/"), *((page.title, page.full_url) for page in pages)]
    crumbs = [
        {"@type": "ListItem", "position": place, "name": name, "item": address}
        for place, (name, address) in enumerate(steps, 1)
    ]
    return {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": crumbs}


def _size(course: CoursePage, chapters: list[Chapter]) -> learning.Size:
    """Measure a course, anew only after something in it was published."""
    state = [(lesson.pk, lesson.last_published_at) for chapter in chapters for lesson in chapter.lessons]
    key = f"course-size:{course.pk}:{md5(repr(state).encode(), usedforsecurity=False).hexdigest()}"
    size: learning.Size | None = cache.get(key)
    if size is None:
        size = learning.size_of(course=course)
        cache.set(key, size, MEASURED_SECONDS)
    return size


def _course(course: CoursePage, study_hours: int) -> list[Linked]:
    if not study_hours:  # nothing is published yet
        return []
    offer = {
        "@type": "Offer",
        "category": "Paid",
        "price": money.format_fen(course.price_fen).strip("¥").replace(",", ""),
        "priceCurrency": "CNY",
        "url": course.full_url,
    }
    return [
        {
            "@context": "https://schema.org",
            "@type": "Course",
            "name": course.title,
            "description": course.summary,
            "url": course.full_url,
            "inLanguage": "zh-Hans",
            "provider": {"@type": "Organization", "name": settings.ISSUER_NAME, "url": settings.SITE_URL},
            "offers": [offer],
            "hasCourseInstance": [
                {
                    "@type": "CourseInstance",
                    "courseMode": "Online",
                    "courseWorkload": f"PT{study_hours * STUDY_HOUR_SECONDS // 60}M",
                }
            ],
        }
    ]


def _questions(course: CoursePage) -> list[Linked]:
    questions = [
        {
            "@type": "Question",
            "name": block.value["question"],
            "acceptedAnswer": {"@type": "Answer", "text": " ".join(strip_tags(block.value["answer"].source).split())},
        }
        for block in course.faq
    ]
    return [{"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions}] if questions else []
