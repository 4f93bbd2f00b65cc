"""What a lesson is made of: StreamField blocks for teaching, one module a subject."""

from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock

from courses.blocks.checks import CheckBlock
from courses.blocks.pictures import FigureBlock
from courses.blocks.prose import FRAMES, PLAIN_TEXT, RICH_TEXT, FramedBlock, HeadingBlock, QuestionBlock

__all__ = [
    "FRAMES",
    "LESSON_BLOCKS",
    "PLAIN_TEXT",
    "RICH_TEXT",
    "CheckBlock",
    "FigureBlock",
    "FramedBlock",
    "HeadingBlock",
    "QuestionBlock",
]

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
