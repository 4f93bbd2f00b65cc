"""Questions to oneself."""

from wagtail import blocks


class CheckBlock(blocks.StructBlock):
    """A question to oneself: not graded, answer and explanation behind a click."""

    question = blocks.TextBlock(label="问题", rows=2)
    kind = blocks.ChoiceBlock(
        label="题型", choices=[("single", "单选"), ("multi", "多选"), ("true_false", "判断")], default="single"
    )
    options = blocks.ListBlock(
        blocks.CharBlock(max_length=200), label="选项", default=[], help_text="判断题不填", min_num=0, max_num=6
    )
    answer = blocks.CharBlock(label="答案", max_length=10, help_text="选项字母，如 B 或 ACD；判断题写 对 或 错")
    explanation = blocks.TextBlock(label="解析", rows=3)

    class Meta:
        icon = "help"
        label = "自测"
        template = "courses/blocks/check.html"
        description = "不计分的小题，点开看答案与解析"
