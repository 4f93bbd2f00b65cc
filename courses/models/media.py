"""Images and documents. A file in a paid collection is served only to people enrolled in a course that uses it."""

from django.db import models
from wagtail.documents.models import AbstractDocument, Document
from wagtail.images.models import AbstractImage, AbstractRendition, Image

PAID_COLLECTION = "付费课程资料"


class CourseImage(AbstractImage):
    """An image of the library. `description` (Wagtail's own field) is its alternative text."""

    admin_form_fields = Image.admin_form_fields

    class Meta(AbstractImage.Meta):
        verbose_name = verbose_name_plural = "图片"


class CourseRendition(AbstractRendition):
    image = models.ForeignKey(CourseImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "filter_spec", "focal_point_key"], name="rendition_unique")
        ]


class CourseDocument(AbstractDocument):
    admin_form_fields = Document.admin_form_fields

    class Meta(AbstractDocument.Meta):
        verbose_name = verbose_name_plural = "文件"
