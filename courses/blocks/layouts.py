"""Blocks that set several things beside or below one another."""

from typing import Any

from django.utils.html import format_html_join
from wagtail import blocks

from courses.blocks.previews import SAMPLES
from courses.blocks.prose import PLAIN_TEXT


class RowBlock(blocks.StructBlock):
    """A part of a list. The history of a page compares its words, with the labels that editors know."""

    def render_basic(self, value: Any, context: Any = None) -> Any:  # noqa: ARG002  # Wagtail hands it over
        shown = ((child.label, value[name]) for name, child in self.child_blocks.items() if value[name])
        return format_html_join("", "<p>{}：{}</p>", shown)


class ColumnBlock(RowBlock):
    heading = blocks.CharBlock(label="列标题", max_length=40)
    text = blocks.RichTextBlock(label="内容", features=PLAIN_TEXT)


class ComparisonBlock(blocks.StructBlock):
    """Two or three things side by side; below one another on a phone."""

    title = blocks.CharBlock(label="小标题", max_length=80)
    columns = blocks.ListBlock(
        ColumnBlock(), label="各列", min_num=2, max_num=3, default=[{"heading": "", "text": ""}] * 2
    )

    class Meta:
        icon = "grip"
        label = "对比"
        group = "图表"
        template = "courses/blocks/comparison.html"
        description = "两三样东西并排比较；手机上自动上下排列"
        preview_value = SAMPLES["comparison"]


class EventBlock(RowBlock):
    when = blocks.CharBlock(label="时间", max_length=30)
    what = blocks.CharBlock(label="发生什么", max_length=60)
    text = blocks.TextBlock(label="说明", rows=2, required=False)


class TimelineBlock(blocks.StructBlock):
    """Steps in the order of time."""

    title = blocks.CharBlock(label="小标题", max_length=80)
    events = blocks.ListBlock(
        EventBlock(), label="各步", min_num=2, max_num=12, default=[{"when": "", "what": "", "text": ""}] * 2
    )

    class Meta:
        icon = "history"
        label = "时间线"
        group = "图表"
        template = "courses/blocks/timeline.html"
        description = "按先后排列的几步：时间、事情、说明"
        preview_value = SAMPLES["timeline"]
