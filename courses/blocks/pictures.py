"""Pictures in a lesson."""

from wagtail import blocks
from wagtail.images.blocks import ImageBlock


class FigureBlock(blocks.StructBlock):
    """An image with its caption. ImageBlock asks for the alternative text: it is read to people who cannot see."""

    image = ImageBlock(label="图片")
    caption = blocks.CharBlock(label="图注", max_length=120, required=False)

    class Meta:
        icon = "image"
        label = "图"
        template = "courses/blocks/figure.html"
        description = "图片加图注；替代文字必填"
