"""Pictures in a lesson."""

from typing import Any

from wagtail import blocks
from wagtail.images import get_image_model
from wagtail.images.blocks import ImageBlock

from courses.blocks.previews import SAMPLES


class FigureBlock(blocks.StructBlock):
    """An image with its caption. ImageBlock asks for the alternative text: it is read to people who cannot see."""

    image = ImageBlock(label="图片")
    caption = blocks.CharBlock(label="图注", max_length=120, required=False)

    class Meta:
        icon = "image"
        label = "图"
        group = "图表"
        template = "courses/blocks/figure.html"
        description = "图片加图注；替代文字必填"

    def get_preview_value(self) -> Any:
        """Show the newest image of the library, if there is one."""
        newest = get_image_model().objects.order_by("-pk").first()
        return self.normalize(SAMPLES["figure"] | {"image": newest})
