"""Video, audio, slides and files to take along. Each file comes from the document library."""

from pathlib import PurePath
from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from courses import slides
from courses.blocks.previews import SAMPLES

VIDEO, CAPTIONS, AUDIO, SLIDES = ("mp4", "webm"), ("vtt",), ("mp3", "m4a"), ("pdf",)


class FileBlock(DocumentChooserBlock):
    """A file of the library that has one of some endings; () allows any."""

    def __init__(self, *, endings: tuple[str, ...] = (), **options: Any) -> None:
        self.endings = tuple(endings)
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        document = super().clean(value)
        ending = PurePath(document.filename).suffix.lstrip(".").lower() if document else ""
        if document and self.endings and ending not in self.endings:
            wanted = "、".join(f".{one}" for one in self.endings)
            raise ValidationError(f"“{document.title}”是 .{ending} 文件，这里要用 {wanted}。请换一个文件。")
        return document


class VideoBlock(blocks.StructBlock):
    """A video with its captions and its text."""

    title = blocks.CharBlock(label="标题", max_length=80)
    file = FileBlock(label="视频文件", endings=VIDEO, help_text="MP4（H.264）最稳妥。")
    poster = ImageChooserBlock(label="封面", required=False)
    captions = FileBlock(label="字幕", endings=CAPTIONS, required=False, help_text="WebVTT（.vtt）。没有声音也能看懂。")
    transcript = blocks.TextBlock(label="文字稿", rows=4, required=False)

    class Meta:
        icon = "media"
        label = "视频"
        group = "音视频与文件"
        template = "courses/blocks/video.html"
        description = "文件库里的视频，配字幕和文字稿；付费课的视频放在付费集合"
        preview_value = SAMPLES["video"]


class AudioBlock(blocks.StructBlock):
    title = blocks.CharBlock(label="标题", max_length=80)
    file = FileBlock(label="音频文件", endings=AUDIO)
    transcript = blocks.TextBlock(label="文字稿", rows=4, required=False)

    class Meta:
        icon = "media"
        label = "音频"
        group = "音视频与文件"
        template = "courses/blocks/audio.html"
        description = "录音、访谈，配文字稿"
        preview_value = SAMPLES["audio"]


class SlidesBlock(blocks.StructBlock):
    """A PDF, shown page by page as pictures: nothing to install, and the same on a phone."""

    title = blocks.CharBlock(label="标题", max_length=80)
    file = FileBlock(label="PDF 文件", endings=SLIDES)

    class Meta:
        icon = "doc-full-inverse"
        label = "幻灯片"
        group = "音视频与文件"
        template = "courses/blocks/slides.html"
        description = "PDF 在页面里一页页翻，手机上左右滑动，也可以下载"
        preview_value = SAMPLES["slides"]

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        pages = slides.words(value["file"]) if value["file"] else []
        return super().get_context(value, parent_context=parent_context) | {"pages": pages}


class DownloadBlock(blocks.StructBlock):
    title = blocks.CharBlock(label="名称", max_length=80)
    file = FileBlock(label="文件")
    note = blocks.CharBlock(label="怎么用", max_length=120, required=False)

    class Meta:
        icon = "download"
        label = "下载"
        group = "音视频与文件"
        template = "courses/blocks/download.html"
        description = "表格、模板一类可以带走的文件"
        preview_value = SAMPLES["download"]
