"""Formulas: written in LaTeX, shown as MathML."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.safestring import mark_safe
from wagtail import blocks

from courses.blocks.previews import SAMPLES
from courses.markup import formulas


class LatexBlock(blocks.TextBlock):
    """A formula in LaTeX that can be set."""

    def clean(self, value: Any) -> Any:
        """Refuse what cannot be read. Source: docs/rules/publishing.md, rule W17."""
        cleaned = super().clean(value)
        if cleaned:
            try:
                formulas.mathml(cleaned, display="block")
            except formulas.Unreadable as fault:
                raise ValidationError("公式读不懂：请检查花括号是否成对、命令是否拼对，如 \\frac{a}{b}。") from fault
        return cleaned


class FormulaBlock(blocks.StructBlock):
    """A formula on a line of its own, and the same in words for everybody who cannot read it."""

    latex = LatexBlock(
        label="公式",
        rows=2,
        max_length=formulas.MAX_FORMULA,
        help_text=r"LaTeX 写法，如 L = \lambda W",
        search_index=False,
    )
    words = blocks.CharBlock(label="用文字说", max_length=200, help_text="读出来是什么意思；听书的人靠它。")

    class Meta:
        icon = "superscript"
        label = "公式"
        group = "图表"
        template = "courses/blocks/formula.html"
        description = "单独成行的公式，用 LaTeX 写，页面上直接排版，并附文字说法"
        preview_value = SAMPLES["formula"]

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            shown: str = mark_safe(formulas.mathml(value["latex"], display="block"))  # noqa: S308  # rebuilt from known elements
        except formulas.Unreadable:
            shown = ""
        return super().get_context(value, parent_context=parent_context) | {"mathml": shown}
