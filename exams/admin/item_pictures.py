"""Pictures in the item's editor: uploaded, or taken over from the library, and named in the text that shows them."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.images.widgets import AdminImageChooser
from wagtail.permissions import policy_registry

from courses.models import CourseImage
from exams import picture_files, pictures
from lms.http import UserRequest
from lms.users.models import User

WRITE = ("exams.add_item", "exams.change_item")
MAX_ALT = 200


class PictureForm(forms.Form):
    """A file, or an image of the library, and the words that stand for it."""

    file = forms.FileField(label="上传图片", required=False)
    image = forms.ModelChoiceField(queryset=CourseImage.objects.none(), required=False, widget=AdminImageChooser)
    alt = forms.CharField(
        label="替代文字",
        max_length=MAX_ALT,
        error_messages={"required": "请写替代文字：看不见图的人也要能答题。"},
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        library = policy_registry.get_by_type(CourseImage)
        self.fields["image"].queryset = library.instances_user_has_permission_for(person, "choose")  # type: ignore[attr-defined]  # this field has one

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        file = data.get("file")
        if file and file.size > picture_files.MAX_BYTES:
            raise forms.ValidationError(picture_files.TOO_BIG)
        if not file and not data.get("image"):
            raise forms.ValidationError("请先选一张图片。")
        return data

    def read(self) -> bytes:
        """Return the bytes of what was chosen."""
        if file := self.cleaned_data["file"]:
            return bytes(file.read())
        with self.cleaned_data["image"].open_file() as stored:
            return bytes(stored.read())


def panel_of(user: User) -> dict[str, object]:
    """What the editor's template needs for its picture panel. The library is offered to who may choose from it."""
    may_choose = policy_registry.get_by_type(CourseImage).user_has_permission(user, "choose")
    chooser = AdminImageChooser(show_edit_link=False)
    return {
        "picture_form": PictureForm(person=user, auto_id="picture-%s"),
        "picture_url": reverse("exam_items:picture_add"),
        "picture_chooser": chooser.render("picture-image", None, {"id": "picture-image"}) if may_choose else "",
        "picture_media": chooser.media if may_choose else "",
        "picture_types": ",".join(f".{ending}" for ending in (*picture_files.TYPES, "jpeg")),
        "picture_megabytes": picture_files.MAX_BYTES // 1024 // 1024,
    }


@require_POST
def picture_add(request: UserRequest) -> JsonResponse:
    """Take a picture in; answer what to write where it is to stand, or in words why not."""
    if not any(request.user.has_perm(permission) for permission in WRITE):
        raise PermissionDenied
    form = PictureForm(request.POST, request.FILES, person=request.user)
    if not form.is_valid():
        faults = [str(fault) for faults in form.errors.values() for fault in faults]
        return JsonResponse({"message": " ".join(faults)}, status=422)
    try:
        picture = pictures.keep(content=form.read(), person=request.user, now=timezone.now())
    except pictures.PictureRefused as refusal:
        return JsonResponse({"message": str(refusal)}, status=422)
    return JsonResponse(
        {
            "reference": picture_files.reference(picture.name, form.cleaned_data["alt"]),
            "url": reverse("exams:item_picture", args=[picture.name]),
        }
    )
