"""Pictures in the bank: taking them in, and noting which version shows which. Source: grading.md, rule G26."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from exams import picture_files
from exams.models import ItemPicture, ItemVersion, PictureUse
from lms import private_files
from lms.errors import DomainError
from lms.users.models import User

FOLDER = "item-pictures"


class PictureRefused(DomainError):
    message = "这不是可以用的图片。"


class PictureMissing(DomainError):
    """A text names a picture that the bank does not have."""


def keep(*, content: bytes, person: User | None, now: datetime) -> ItemPicture:
    """
    Take a picture in, unless the bank has it: the same content is the same picture, whoever brings it.

    Raises: PictureRefused. Source: docs/rules/grading.md, rule G26.
    """
    try:
        examined = picture_files.examine(content)
    except picture_files.PictureRefused as fault:
        raise PictureRefused(str(fault)) from fault
    if present := ItemPicture.objects.filter(name=examined.name).first():
        return present
    ending = examined.name.rpartition(".")[2]
    try:
        with private_files.stored(FOLDER, {ending: content}) as names, transaction.atomic():
            return ItemPicture.objects.create(
                name=examined.name,
                file=names[ending],
                width=examined.width,
                height=examined.height,
                size=len(content),
                added_by=person,
                added_at=now,
            )
    except IntegrityError:  # somebody else brought it at the same moment
        return ItemPicture.objects.get(name=examined.name)


def content_of(name: str) -> bytes:
    """Return the bytes of a picture. Raises: ItemPicture.DoesNotExist; FileNotFoundError."""
    return private_files.read(ItemPicture.objects.get(name=name).file)


def missing_in(texts: Iterable[str]) -> list[str]:
    """Name the pictures that texts show and the bank does not have."""
    names = picture_files.names_in(texts)
    known = set(ItemPicture.objects.filter(name__in=names).values_list("name", flat=True)) if names else set()
    return [name for name in names if name not in known]


def link(versions: Sequence[ItemVersion]) -> None:
    """
    Note which pictures new versions show, and whether a candidate sees them on the paper.

    Two statements, none where no text names a picture. Raises: PictureMissing.
    """
    named = [
        (version, name, is_printed)
        for version in versions
        for is_printed, texts in ((True, _printed(version)), (False, _solved(version)))
        for name in picture_files.names_in(texts)
    ]
    if not named:
        return
    known = ItemPicture.objects.in_bulk({name for _, name, _ in named}, field_name="name")
    if missing := sorted({name for _, name, _ in named} - known.keys()):
        raise PictureMissing(f"题库里没有图片 {'、'.join(missing)}。请先上传，再在文字里引用。")
    PictureUse.objects.bulk_create(
        PictureUse(version=version, picture=known[name], is_printed=is_printed) for version, name, is_printed in named
    )


def _printed(version: ItemVersion) -> list[str]:
    return [version.stem, *version.options]


def _solved(version: ItemVersion) -> list[str]:
    return [version.explanation, *version.notes, *(row["text"] for row in version.rubric)]
