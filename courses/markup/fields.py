"""YAML fields of a content file, each checked by name."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import yaml

from courses.markup.problems import Malformed, Problem

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Check = Callable[[Any], str]  # returns what is wrong, or ""


def text(limit: int) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            return "要写文字，不能空着"
        return f"最多 {limit} 字，现在 {len(value)} 字" if len(value) > limit else ""

    return check


def texts(at_least: int, at_most: int) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            return "要写成列表，每条一行文字（含冒号的一条请加引号）"
        return "" if at_least <= len(value) <= at_most else f"要有 {at_least}–{at_most} 条，现在 {len(value)} 条"

    return check


def slug(value: Any) -> str:
    is_slug = isinstance(value, str) and SLUG.fullmatch(value)
    return "" if is_slug else "只能用小写字母、数字和连字符，如 one-in-ten"


def flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "要写 true 或 false"


def day(value: Any) -> str:
    return "" if isinstance(value, date) else "要写日期，如 2026-11-22"


def whole(at_least: int) -> Check:
    def check(value: Any) -> str:
        is_whole = isinstance(value, int) and not isinstance(value, bool) and value >= at_least
        return "" if is_whole else f"要写不小于 {at_least} 的整数"

    return check


def one_of(*choices: str) -> Check:
    return lambda value: "" if value in choices else f"要写 {'、'.join(choices)} 之一"


class _Loader(yaml.SafeLoader):
    """Knows no aliases: a few lines of them unfold into more than a machine holds."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(problem="alias", problem_mark=self.peek_event().start_mark)  # type: ignore[no-untyped-call]  # PyYAML has no types here
        return super().compose_node(parent, index)


def load(source: str) -> Any:
    """Read YAML without aliases. Raises: yaml.YAMLError."""
    return yaml.load(source, Loader=_Loader)  # noqa: S506  # a SafeLoader that also refuses aliases


def read(source: str, spec: Mapping[str, Check], *, line: int = 1) -> dict[str, Any]:
    """
    Read a YAML mapping that has exactly the fields of `spec`, each passing its check.

    `line` is the line of the file on which `source` starts. Raises: Malformed.
    """
    try:
        data = load(source)
    except yaml.MarkedYAMLError as fault:
        at = fault.problem_mark.line if fault.problem_mark else 0
        raise Malformed([Problem(line + at, "不是有效的 YAML，请检查这一行的缩进、冒号和引号")]) from fault
    except yaml.YAMLError as fault:
        raise Malformed([Problem(line, "不是有效的 YAML，请检查有没有特殊字符")]) from fault
    if not isinstance(data, dict):
        raise Malformed([Problem(line, f"要写成“字段: 内容”，需要的字段是 {'、'.join(spec)}")])
    problems = [Problem(line, f"缺少字段 {name}") for name in spec if name not in data]
    for name, value in data.items():
        fault_text = spec[name](value) if name in spec else f"没有这个字段，可用的是 {'、'.join(spec)}"
        if fault_text:
            problems.append(Problem(line + _line_of(str(name), source), f"字段 {name}：{fault_text}"))
    if problems:
        raise Malformed(problems)
    return data


def _line_of(name: str, source: str) -> int:
    """Return how many lines into `source` a field stands."""
    found = re.search(rf"^{re.escape(name)}\s*:", source, re.MULTILINE)
    return source.count("\n", 0, found.start()) if found else 0
