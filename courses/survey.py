"""What a course folder holds in figures, and where its lessons fall short of docs/content.md, chapter 2."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from courses.markup.course import CourseFile
from courses.markup.lessons import CHECK, DATA, LAB, Lesson
from courses.markup.wording import find_banned
from courses.progress import CHECK_SECONDS, count_characters, reading_seconds

TAGS = re.compile(r"<[^>]+>")
PARTS = ("case", "warning", "action", "summary")
CHARACTERS = range(1500, 3001)
CHECKS = range(2, 4)


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Counts over all lessons. `characters` are what is read without checks; `seconds` is reading and checks."""

    lessons: int
    characters: int
    seconds: int
    slugs: frozenset[str]
    problems: tuple[str, ...]


def survey_course(course: CourseFile) -> Survey:
    """Count a course and list what its lessons lack, one Chinese sentence each."""
    files = [file for module in course.modules for file in module.lessons]
    characters = [count_characters(text_of(file.lesson, checks=False)) for file in files]
    checks = sum(block.type == CHECK for file in files for block in file.lesson.blocks)
    return Survey(
        lessons=len(files),
        characters=sum(characters),
        seconds=reading_seconds(characters=sum(characters)) + checks * CHECK_SECONDS,
        slugs=frozenset(file.lesson.slug for file in files),
        problems=tuple(f"{file.name}：{fault}" for file in files for fault in lesson_faults(file.lesson)),
    )


def text_of(lesson: Lesson, *, checks: bool = True) -> str:
    """Return what a reader sees of the body, one block a line."""
    shown: list[str] = []
    for block in lesson.blocks:
        if block.type == "table":
            shown += [cell for row in block.value["data"] for cell in row]
        elif block.type == CHECK:
            value = block.value
            shown += [value["question"], *value["options"], value["explanation"]] if checks else []
        elif block.type in DATA:
            shown += _texts(block.value)
        elif block.type == "figure":
            shown.append(block.value["caption"])
        elif block.type != LAB:
            value = {"text": block.value} if block.type == "text" else block.value
            shown += [value.get("title", ""), TAGS.sub("", value["text"])]
    return "\n".join(shown)


def _texts(value: Any) -> list[str]:
    """Return the texts of a block that is written as data."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [TAGS.sub("", value)] if isinstance(value, str) else []


def lesson_faults(lesson: Lesson) -> Iterator[str]:
    """Yield what one lesson lacks. That it has goals and sources, its parser has already made sure of."""
    types = [block.type for block in lesson.blocks]
    for part in PARTS:
        if part not in types:
            yield f"缺少 {part} 框"
    if not {"definition", "quote"} & set(types):
        yield "缺少带出处的 definition 或 quote 框"
    if not {"table", "figure"} & set(types):
        yield "没有表，也没有图"
    if types.count(CHECK) not in CHECKS:
        yield f"自测要有 {CHECKS[0]}–{CHECKS[-1]} 道，现在 {types.count(CHECK)} 道"
    characters = count_characters(text_of(lesson, checks=False))
    if characters not in CHARACTERS:
        yield f"正文要有 {CHARACTERS[0]}–{CHARACTERS[-1]} 字，现在 {characters} 字"
    if found := find_banned("\n".join([lesson.title, lesson.summary, *lesson.goals, text_of(lesson)])):
        yield f"有不许出现的词：{'、'.join(found)}"
