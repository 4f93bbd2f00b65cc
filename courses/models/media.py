"""Images and documents. A file in a paid collection is served only to people enrolled in a course that uses it."""

from django.core.exceptions import ValidationError
from django.db import models
from wagtail.documents.models import AbstractDocument, Document
from wagtail.images.models import AbstractImage, AbstractRendition, Image
from wagtail.models import Collection

from courses.markup.problems import Malformed
from courses.markup.svg import check_svg

PAID_COLLECTION = "付费课程资料"
PUBLIC_COLLECTION = "公开课程资料"


def collection_named(name: str) -> Collection:
    """Return a collection below the root, made at the first call."""
    root = Collection.get_first_root_node()
    return root.get_children().filter(name=name).first() or root.add_child(instance=Collection(name=name))


def is_paid(item: "CourseImage | CourseDocument") -> bool:
    """Say whether a file lies in the paid collection or below it."""
    collection = item.collection
    return PAID_COLLECTION in [collection.name, *collection.get_ancestors().values_list("name", flat=True)]


class CourseImage(AbstractImage):
    """An image of the library. `description` (Wagtail's own field) is its alternative text."""

    admin_form_fields = Image.admin_form_fields

    class Meta(AbstractImage.Meta):
        verbose_name = verbose_name_plural = "图片"
        indexes = [models.Index(fields=["file"], name="image_file")]  # /media/… looks files up by name

    def clean(self) -> None:
        """Refuse a drawing that could run a script or load something from elsewhere."""
        super().clean()
        if not (self.file and self.is_svg()):
            return
        with self.open_file() as file:
            data = file.read()
            file.seek(0)
        try:
            check_svg(data)
        except Malformed as fault:
            raise ValidationError({"file": str(fault)}) from fault


class CourseRendition(AbstractRendition):
    image = models.ForeignKey(CourseImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "filter_spec", "focal_point_key"], name="rendition_unique")
        ]
        indexes = [models.Index(fields=["file"], name="rendition_file")]


class CourseDocument(AbstractDocument):
    admin_form_fields = Document.admin_form_fields

    class Meta(AbstractDocument.Meta):
        verbose_name = verbose_name_plural = "文件"
