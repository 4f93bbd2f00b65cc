"""What a lesson is made of: StreamField blocks for teaching."""

from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.images.blocks import ImageBlock

PLAIN_TEXT = ["bold", "italic", "ol", "ul", "link"]
RICH_TEXT = [*PLAIN_TEXT, "document-link", "superscript", "subscript", "code"]


class HeadingBlock(blocks.StructBlock):
    """A heading inside a lesson; it becomes an entry of the lesson's own table of contents."""

    text = blocks.CharBlock(label="标题", max_length=80)
    level = blocks.ChoiceBlock(label="级别", choices=[("2", "二级"), ("3", "三级")], default="2")

    class Meta:
        icon = "title"
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


class FigureBlock(blocks.StructBlock):
    """An image with its caption. ImageBlock asks for the alternative text: it is read to people who cannot see."""

    image = ImageBlock(label="图片")
    caption = blocks.CharBlock(label="图注", max_length=120, required=False)

    class Meta:
        icon = "image"
        label = "图"
        template = "courses/blocks/figure.html"
        description = "图片加图注；替代文字必填"


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


LESSON_BLOCKS = [
    ("heading", HeadingBlock()),
    (
        "text",
        blocks.RichTextBlock(
            label="正文",
            icon="pilcrow",
            features=RICH_TEXT,
            template="courses/blocks/text.html",
            description="普通段落、列表",
        ),
    ),
    *(
        (name, FramedBlock(label=label, icon=icon, sign=sign, description=description, group="框"))
        for name, (label, icon, sign, description) in FRAMES.items()
    ),
    (
        "table",
        TableBlock(
            label="表格",
            icon="table",
            template="courses/blocks/table.html",
            description="数字和对照",
            table_options={"language": "en-US"},  # all that the grid speaks; asked for more it complains
        ),
    ),
    ("figure", FigureBlock()),
    ("check", CheckBlock()),
]
