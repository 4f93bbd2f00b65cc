"""What people type to make a version of the certificate's design."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import QueryDict

from certificates import places, templates
from certificates.places import PAGE_HEIGHT, PAGE_WIDTH, PARTS, Box
from certificates.templates import Block, Design, Picture

BLOCKS = 5
ALIGNS = [("left", "左"), ("center", "中"), ("right", "右")]
PLACES = {"证书名称": "title", "正文": "statement", "印章说明": "seal_caption", "签名说明": "signature_caption"}
HOLES = "".join(f"{{{name}}} " for name in templates.PLACEHOLDERS)


def millimetres(label: str, top: int, initial: int) -> forms.IntegerField:
    return forms.IntegerField(label=f"{label}（毫米）", min_value=0, max_value=top, initial=initial)


class TemplateForm(forms.Form):
    """The fixed parts of a design. Pictures may be kept from the version that one starts from."""

    name = forms.CharField(
        label="版本说明", max_length=60, help_text="写明改了什么，例如“加盖 2027 年新章”。只在后台显示。"
    )
    title = forms.CharField(label="证书名称", max_length=60)
    statement = forms.CharField(
        label="正文",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"可用的占位符：{HOLES}",
    )
    seal = forms.ImageField(
        label="印章图片",
        required=False,
        help_text="PNG（透明底）或 JPEG。只能用本机构依法备案的印章，不得有国徽、红星、麦穗等徽记。",
    )
    seal_x = millimetres("印章左边", PAGE_WIDTH, 215)
    seal_y = millimetres("印章上边", PAGE_HEIGHT, 120)
    seal_width = millimetres("印章宽", 80, 38)
    seal_caption = forms.CharField(label="印章下的说明", max_length=40, required=False)
    has_seal = forms.BooleanField(label="印上印章", required=False)
    signature = forms.ImageField(label="签名图片", required=False, help_text="PNG（透明底）或 JPEG。")
    signature_x = millimetres("签名左边", PAGE_WIDTH, 170)
    signature_y = millimetres("签名上边", PAGE_HEIGHT, 128)
    signature_width = millimetres("签名宽", 80, 35)
    signature_caption = forms.CharField(label="签名下的说明", max_length=40, required=False)
    has_signature = forms.BooleanField(label="印上签名", required=False)
    has_photo_frame = forms.BooleanField(label="留出粘贴照片的方框", required=False)
    has_places = forms.BooleanField(
        label="自己安排各部分的位置", required=False, help_text="不勾选时按通常的次序排，长短不同也自动对齐。"
    )

    def __init__(self, *args: Any, kept: dict[str, bytes], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = kept

    def clean(self) -> dict[str, Any]:
        for name, label in (("seal", "印章"), ("signature", "签名")):
            if self.cleaned_data.get(f"has_{name}") and not self.picture_bytes(name):
                self.add_error(name, f"要印上{label}，请选择一张图片。")
        return self.cleaned_data

    def clean_seal(self) -> bytes:
        return self._png("seal")

    def clean_signature(self) -> bytes:
        return self._png("signature")

    def picture_bytes(self, name: str) -> bytes:
        """Return the picture that was sent, or the one that is kept, or b""."""
        return bytes(self.cleaned_data.get(name) or self.kept.get(name) or b"")

    def picture(self, name: str) -> Picture | None:
        given = self.cleaned_data
        if not given[f"has_{name}"]:
            return None
        return Picture(
            png=self.picture_bytes(name),
            caption=given[f"{name}_caption"],
            **{part: given[f"{name}_{part}"] for part in ("x", "y", "width")},
        )

    def _png(self, name: str) -> bytes:
        file = self.cleaned_data[name]
        if not file:
            return b""
        file.seek(0)
        try:
            return templates.clean_picture(file.read())
        except templates.PictureRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class BlockForm(forms.Form):
    """One free text; without a text it is not there."""

    text = forms.CharField(label="文字", max_length=120, required=False)
    x = millimetres("左", PAGE_WIDTH, 26)
    y = millimetres("上", PAGE_HEIGHT, 40)
    width = millimetres("宽", PAGE_WIDTH, 80)
    size = forms.IntegerField(label="字号（磅）", min_value=6, max_value=40, initial=11)
    align = forms.ChoiceField(label="对齐", choices=ALIGNS, initial="left")


BlockFormSet = forms.formset_factory(BlockForm, extra=BLOCKS, max_num=BLOCKS, absolute_max=BLOCKS)


class PlaceForm(forms.Form):
    """Where one part stands. Its height is fixed; what is longer is printed smaller."""

    x = millimetres("左", PAGE_WIDTH, 0)
    y = millimetres("上", PAGE_HEIGHT, 0)
    width = millimetres("宽", PAGE_WIDTH, 0)

    def __init__(self, data: QueryDict | None, *, part: str, initial: dict[str, int]) -> None:
        super().__init__(data, prefix=f"place-{part}", initial=initial)
        self.part, self.label = part, PARTS[part].label

    def box(self) -> Box:
        return places.box_of(self.part, **self.cleaned_data)


def place_forms(data: QueryDict | None, kept: dict[str, dict[str, int]]) -> list[PlaceForm]:
    """Make a form for each part, beginning where the version to start from has it, or where it usually stands."""
    return [PlaceForm(data, part=name, initial=kept.get(name) or asdict(part.usual)) for name, part in PARTS.items()]


def design_of(form: TemplateForm, blocks: Any, parts: list[PlaceForm]) -> Design | None:
    """Return the design that valid forms describe, or None after putting what is wrong beside its field."""
    chosen = parts if "has_places" in form.data else []
    if not all([form.is_valid(), blocks.is_valid(), *(part.is_valid() for part in chosen)]):
        return None
    used = [one for one in blocks if one.cleaned_data.get("text")]
    design = Design(
        name=form.cleaned_data["name"],
        title=form.cleaned_data["title"],
        statement=form.cleaned_data["statement"].replace("\r\n", "\n"),
        blocks=tuple(Block(**one.cleaned_data) for one in used),
        seal=form.picture("seal"),
        signature=form.picture("signature"),
        has_photo_frame=form.cleaned_data["has_photo_frame"],
        boxes={part.part: part.box() for part in chosen},
    )
    wrong = templates.problems(design)
    by_place = {f"{part.label}的位置": part for part in chosen}
    for place, text in wrong.items():
        if place in by_place:
            by_place[place].add_error("y", f"{place}：{text}")
        elif place in PLACES:
            form.add_error(PLACES[place], text)
        elif place.startswith("附加文字"):
            used[int(place.split()[-1]) - 1].add_error("text", text)
        else:
            form.add_error(NON_FIELD_ERRORS, f"{place}{text}")
    return None if wrong else design
