"""Words: headings, titled frames, questions and answers."""

from typing import Any

from wagtail import blocks

from courses.blocks.previews import SAMPLES

PLAIN_TEXT = ["bold", "italic", "ol", "ul", "link"]
RICH_TEXT = [*PLAIN_TEXT, "document-link", "superscript", "subscript", "code"]


class HeadingBlock(blocks.StructBlock):
    """A heading inside a lesson; it becomes an entry of the lesson's own table of contents."""

    text = blocks.CharBlock(label="标题", max_length=80)
    level = blocks.ChoiceBlock(label="级别", choices=[("2", "二级"), ("3", "三级")], default="2", search_index=False)

    class Meta:
        icon = "title"
        group = "文字"
        preview_value = SAMPLES["heading"]
        label = "标题"
        template = "courses/blocks/heading.html"
        description = "把一课分成几段，会出现在本课目录里"


class FramedBlock(blocks.StructBlock):
    """
    A titled frame around rich text: the one shape behind case, definition, example, key, warning, action and summary.

    `meta.sign` is the site's own icon; `meta.icon` is the back office's.
    """

    title = blocks.CharBlock(label="小标题", max_length=80, required=False)
    text = blocks.RichTextBlock(label="内容", features=RICH_TEXT)

    class Meta:
        template = "courses/blocks/framed.html"
        sign = "info-circle-fill"

    def get_preview_value(self) -> Any:
        return self.normalize(SAMPLES[self.name])


class QuestionBlock(blocks.StructBlock):
    """A frequent question and its answer."""

    question = blocks.CharBlock(label="问题", max_length=120)
    answer = blocks.RichTextBlock(label="回答", features=PLAIN_TEXT)

    class Meta:
        icon = "help"
        label = "问答"
        template = "courses/blocks/question.html"


FRAMES = {
    # name: (label, icon of the back office, icon of the site, what an editor reads when choosing it)
    "case": ("现场", "group", "chat-left-text", "一个真实的工作场面，用来引出概念"),
    "definition": ("定义", "openquote", "book", "概念的含义，写出处"),
    "example": ("算一算", "table", "calculator", "有数字、有步骤的例子"),
    "key": ("要点", "tick-inverse", "lightbulb", "读者必须带走的一句话"),
    "warning": ("常见误区", "warning", "exclamation-triangle-fill", "容易弄错的地方和正确说法"),
    "quote": ("引述", "openquote", "quote", "转述标准或文献，小标题写出处"),
    "action": ("星期一就做", "calendar-check", "calendar-check", "学完能马上做的事"),
    "summary": ("小结", "list-ul", "list-check", "本课收尾"),
}
