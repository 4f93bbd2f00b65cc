"""Questions inside a lesson: to oneself, and from the practice pool."""

from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks, hooks

from courses.blocks.previews import SAMPLES
from courses.markup.lessons import LETTERS

RIGHT_WRONG = ("对", "错")


class CheckBlock(blocks.StructBlock):
    """A question to oneself: not graded, answer and explanation behind a click."""

    question = blocks.TextBlock(label="问题", rows=2)
    kind = blocks.ChoiceBlock(
        label="题型",
        choices=[("single", "单选"), ("multi", "多选"), ("true_false", "判断")],
        default="single",
        search_index=False,
    )
    options = blocks.ListBlock(
        blocks.CharBlock(max_length=200), label="选项", default=[], help_text="判断题不填", min_num=0, max_num=6
    )
    answer = blocks.CharBlock(
        label="答案", max_length=10, help_text="选项字母，如 B 或 ACD；判断题写 对 或 错", search_index=False
    )
    explanation = blocks.TextBlock(label="解析", rows=3)

    class Meta:
        icon = "help"
        label = "自测"
        group = "练习"
        template = "courses/blocks/check.html"
        description = "不计分的小题，点开看答案与解析"
        preview_value = SAMPLES["check"]

    def clean(self, value: Any) -> Any:
        """Hold the answer to its kind. Source: docs/rules/publishing.md, rule W15."""
        cleaned = super().clean(value)
        if not self.is_deferred_validation and (fault := answer_fault(cleaned)):
            raise blocks.StructBlockValidationError(block_errors={"answer": ValidationError(fault)})
        return cleaned


def item_choices() -> list[tuple[str, str]]:
    """Return the questions that lessons may show, as the rooms above offer them."""
    return [choice for offer in hooks.get_hooks("lesson_items") for choice in offer()]


class ItemBlock(blocks.StructBlock):
    """
    A question of the practice pool, named by its code; the exams room, which is above this one, shows and marks it.

    What may be chosen is what the hooks "lesson_items" return: (code, first words) pairs.
    """

    code = blocks.ChoiceBlock(label="练习题", choices=item_choices, search_index=False)

    class Meta:
        icon = "form"
        label = "练习题"
        group = "练习"
        template = "courses/blocks/item.html"
        description = "从练习题库里选一道题，学员当场作答、当场看解析，不计分"
        preview_value = SAMPLES["item"]


def answer_fault(value: Any) -> str:
    """Return what is wrong with the answer of a self-check, or "". Source: docs/rules/publishing.md, rule W15."""
    kind, options, answer = value["kind"], list(value["options"]), value["answer"]
    if kind == "true_false":
        return "" if answer in RIGHT_WRONG else "判断题的答案写 对 或 错。"
    if len(options) < 2:
        return "单选、多选至少要有两个选项。"
    letters = LETTERS[: len(options)]
    if not answer or len(set(answer)) < len(answer) or not set(answer) <= set(letters):
        return f"答案要用 {letters[0]}–{letters[-1]} 的大写字母，每个只写一次。"
    if (len(answer) == 1) != (kind == "single"):
        return "单选只有一个答案，多选至少两个。"
    return ""
