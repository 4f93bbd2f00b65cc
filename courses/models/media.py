"""Images and documents. A file in a paid collection is served only to people enrolled in a course that uses it."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
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

    @property
    def ready_stream(self) -> "VideoStream | None":
        """The stream that was made of this very file. Source: docs/rules/syllabus.md, rule Y29."""
        return VideoStream.objects.ready().filter(document=self.pk).select_related("document").first()


class VideoStreamQuerySet(models.QuerySet["VideoStream"]):
    def ready(self) -> "VideoStreamQuerySet":
        """What may be played: not a stream of a file that was replaced since."""
        return self.filter(state=VideoStream.State.READY, source=F("document__file"))


class VideoStream(models.Model):
    """
    A film cut into short pieces in one or two sizes: WAITING → WORKING → READY | FAILED.

    `source`: the stored name of the file it was made of. `folder`: where the pieces lie in the media store.
    `renditions`: courses.streams.playlists.Rendition, one each. `seconds`: how long it plays. Only
    courses.streams.jobs changes it. Source: docs/rules/syllabus.md, rules Y29-Y31.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "等待"
        WORKING = "WORKING", "正在制作"
        READY = "READY", "可以播放"
        FAILED = "FAILED", "没有做成"

    document = models.OneToOneField(
        CourseDocument, on_delete=models.CASCADE, related_name="stream", verbose_name="视频"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    source = models.CharField("原文件", max_length=255, blank=True)
    folder = models.CharField("文件夹", max_length=60, blank=True)
    seconds = models.FloatField("片长", default=0)
    renditions = models.JSONField("各档画面", default=list)
    tries = models.PositiveSmallIntegerField("试过几次", default=0)
    changed_at = models.DateTimeField("最近变动")

    objects = VideoStreamQuerySet.as_manager()

    wagtail_reference_index_ignore = True  # nothing that an editor could break by deleting it

    class Meta:
        verbose_name = verbose_name_plural = "视频流"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="READY") | (Q(seconds__gt=0) & ~Q(folder="")), name="stream_ready_has_pieces"
            )
        ]

    def __str__(self) -> str:
        return f"视频流 {self.pk}"
