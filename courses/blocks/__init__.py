"""What a lesson is made of: StreamField blocks for teaching, one module a subject."""

from wagtail import blocks

from courses.blocks.checks import CheckBlock, ItemBlock
from courses.blocks.formulas import FormulaBlock
from courses.blocks.labs import LabBlock
from courses.blocks.layouts import ComparisonBlock, TimelineBlock
from courses.blocks.media import AudioBlock, DownloadBlock, SlidesBlock, VideoBlock
from courses.blocks.pictures import FigureBlock
from courses.blocks.previews import SAMPLES
from courses.blocks.prose import FRAMES, PLAIN_TEXT, RICH_TEXT, FramedBlock, HeadingBlock, QuestionBlock
from courses.blocks.tables import LessonTableBlock

__all__ = [
    "FRAMES",
    "LESSON_BLOCKS",
    "PLAIN_TEXT",
    "READING_NAMES",
    "RICH_TEXT",
    "AudioBlock",
    "CheckBlock",
    "ComparisonBlock",
    "DownloadBlock",
    "FigureBlock",
    "FormulaBlock",
    "FramedBlock",
    "HeadingBlock",
    "ItemBlock",
    "LabBlock",
    "QuestionBlock",
    "SlidesBlock",
    "TimelineBlock",
    "VideoBlock",
]

# Blocks that need neither a file nor a lesson of their own.
READING_NAMES = frozenset({"heading", "text", *FRAMES, "table", "comparison", "timeline", "formula"})

LESSON_BLOCKS = [
    ("heading", HeadingBlock()),
    (
        "text",
        blocks.RichTextBlock(
            label="正文",
            icon="pilcrow",
            group="文字",
            features=RICH_TEXT,
            template="courses/blocks/text.html",
            description="普通段落、列表",
            preview_value=SAMPLES["text"],
        ),
    ),
    *(
        (name, FramedBlock(label=label, icon=icon, sign=sign, description=description, group="框"))
        for name, (label, icon, sign, description) in FRAMES.items()
    ),
    (
        "table",
        LessonTableBlock(
            label="表格",
            icon="table",
            group="图表",
            template="courses/blocks/table.html",
            description="数字和对照",
            preview_value=SAMPLES["table"],
            table_options={"language": "en-US"},  # all that the grid speaks; asked for more it complains
        ),
    ),
    ("figure", FigureBlock()),
    ("comparison", ComparisonBlock()),
    ("timeline", TimelineBlock()),
    ("formula", FormulaBlock()),
    ("video", VideoBlock()),
    ("audio", AudioBlock()),
    ("slides", SlidesBlock()),
    ("download", DownloadBlock()),
    ("check", CheckBlock()),
    ("item", ItemBlock()),
    ("lab", LabBlock()),
]
