"""The rules one by one. Source: docs/rules/publishing.md, rules W1-W19."""

from collections.abc import Callable, Iterator
from typing import Any

from wagtail import hooks

from courses.blocks import FRAMES
from courses.blocks.checks import answer_fault, item_choices
from courses.markup import formulas
from courses.markup.wording import find_banned
from courses.progress import count_characters
from courses.publishing.links import link_findings
from courses.publishing.parts import Block, Draft, Finding

UNVERIFIED = "待核对"
FILES = {"video": "视频", "audio": "音频", "slides": "幻灯片", "download": "下载"}
QUESTIONS = frozenset({"check", "item"})


# --- The page ---------------------------------------------------------------------------------------------------------


def _completion(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    if not body:
        yield Finding(rule="W19", stops=True, text="还没有正文。请至少写一块。")
        return
    is_measured = any(block.type not in FILES and count_characters(block.words) for block in body)
    is_measured = is_measured or any(block.type in QUESTIONS for block in body)
    if lesson.min_seconds is None and not is_measured:
        yield Finding(
            rule="W1", stops=True, text="数不出学习时间：正文没有字，也没有自测。请写正文、加自测，或设定最低学习秒数。"
        )


def _exposed(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    if names := lesson.exposed_files():
        yield Finding(
            rule="W3", stops=True, text=f"付费课用了公开的文件：{'、'.join(names)}。请在图片库或文件库里移到付费集合。"
        )


def _verified(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    places = [str(block.number) for block in body if UNVERIFIED in block.words]
    if not places:
        return
    where = f"第 {'、'.join(places)} 块"
    if lesson.is_verified:
        text = f"{where}写着“待核对”，却勾了“内容已核对”。核对以后删去这几个字，或者取消勾选。"
        yield Finding(rule="W4", stops=True, text=text)
    else:
        text = f"{where}的法律内容还没有核对。对过官方文本以后删去“待核对”，并勾选“内容已核对”。"
        yield Finding(rule="W14", stops=False, text=text)


def _wording(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    if found := find_banned("\n".join([lesson.title, lesson.summary, lesson.goals, lesson.sources])):
        yield Finding(
            rule="W5", stops=False, text=f"标题、介绍、目标或出处里有不许出现的词：{'、'.join(found)}。请换说法。"
        )
    for block in body:
        if found := find_banned(block.words):
            text = f"有不许出现的词：{'、'.join(found)}。请换说法；为了批评而引用的可以保留。"
            yield Finding(rule="W5", stops=False, text=text, place=block.number)


def _front(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    if not lesson.goals.strip():
        yield Finding(rule="W10", stops=False, text="没有写学习目标。请写两到四条，学完能做什么。")
    if not lesson.sources.strip():
        yield Finding(rule="W11", stops=False, text="没有写出处。请写概念和数字从哪里来。")


# --- The blocks -------------------------------------------------------------------------------------------------------


def _headings(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    has_second = False
    for block in body:
        if block.type != "heading":
            continue
        if block.value["level"] == "3" and not has_second:
            text = "三级标题前面没有二级标题。请改成二级，或在前面加一个二级标题。"
            yield Finding(rule="W7", stops=False, text=text, place=block.number)
        has_second = has_second or block.value["level"] == "2"


def _empty(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    for block in body:
        is_prose = block.type in {"text", "heading", *FRAMES} and not block.words.strip()
        is_table = block.type == "table" and not any(
            cell for row in (block.value or {}).get("data", []) for cell in row
        )
        if is_prose or is_table:
            text = f"“{block.label}”是空的。请写内容，或删去这一块。"
            yield Finding(rule="W8", stops=True, text=text, place=block.number)
        elif block.type == "table" and not _has_header(block.value):
            text = "表格没有表头。请在表格选项里把第一行或第一列设为表头。"
            yield Finding(rule="W13", stops=False, text=text, place=block.number)


def _has_header(table: dict[str, Any]) -> bool:
    return bool(table.get("first_row_is_table_header") or table.get("first_col_is_header"))


def _pictures(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    for block in body:
        if block.type != "figure":
            continue
        image = block.value["image"]
        if image is None:
            yield Finding(rule="W18", stops=True, text="图片不见了。请重新选一张。", place=block.number)
        elif not image.decorative and not (image.contextual_alt_text or image.description):
            text = "图片没有替代文字。请写图里有什么，听书的人靠它；纯装饰的请勾选“装饰”。"
            yield Finding(rule="W2", stops=True, text=text, place=block.number)


def _media(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    for block in body:
        if block.type not in FILES:
            continue
        if block.value["file"] is None:
            text = f"{FILES[block.type]}文件不见了。请重新选一个。"
            yield Finding(rule="W18", stops=True, text=text, place=block.number)
        if block.type == "video" and not (block.value["captions"] or block.value["transcript"]):
            text = "视频没有字幕，也没有文字稿。听不见的人看不懂，请补一样。"
            yield Finding(rule="W9", stops=False, text=text, place=block.number)
        if block.type == "audio" and not block.value["transcript"]:
            yield Finding(rule="W9", stops=False, text="音频没有文字稿。听不见的人需要它。", place=block.number)


def _questions(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    for block in body:
        if block.type == "check" and (fault := answer_fault(block.value)):
            yield Finding(rule="W15", stops=True, text=fault, place=block.number)
    placed = [block for block in body if block.type == "item"]
    if not placed or not hooks.get_hooks("lesson_items"):
        return
    offered = {code for code, _ in item_choices()}
    for block in placed:
        if block.value["code"] not in offered:
            text = f"练习题 {block.value['code']} 现在不能练：停用了、正在修订，或题号写错。请换一题。"
            yield Finding(rule="W12", stops=True, text=text, place=block.number)


def _formulas(lesson: Draft, body: list[Block]) -> Iterator[Finding]:
    for block in body:
        if block.type != "formula":
            continue
        try:
            formulas.mathml(block.value["latex"], display="block")
        except formulas.Unreadable:
            text = "公式读不懂。请检查花括号是否成对、命令是否拼对。"
            yield Finding(rule="W17", stops=True, text=text, place=block.number)


CHECKS: tuple[Callable[[Draft, list[Block]], Iterator[Finding]], ...] = (
    _completion,
    _exposed,
    _verified,
    _wording,
    _front,
    _headings,
    _empty,
    _pictures,
    _media,
    _questions,
    _formulas,
    link_findings,
)
