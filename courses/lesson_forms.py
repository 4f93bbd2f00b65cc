"""What a learner sends from a lesson: where they are, a note, a question. Nothing here trusts the page."""

from django import forms

from courses.models import Note
from courses.models.notes import CONTEXT_LENGTH, QUOTE_LENGTH, TEXT_LENGTH
from courses.models.questions import QUESTION_LENGTH
from courses.notes import Draft

LONGEST_LESSON = 10_000_000  # characters; far beyond any


class PlaceForm(forms.Form):
    quote = forms.CharField(max_length=40)
    position = forms.IntegerField(min_value=0, max_value=LONGEST_LESSON)


class NoteForm(forms.Form):
    """One note as the page has it; `draft` is what courses.notes takes."""

    key = forms.UUIDField()
    revision = forms.IntegerField(min_value=0, max_value=1_000_000)
    text = forms.CharField(max_length=TEXT_LENGTH, required=False, strip=False)
    colour = forms.ChoiceField(choices=[("", ""), *Note.Colour.choices], required=False)
    quote = forms.CharField(max_length=QUOTE_LENGTH, required=False)
    before = forms.CharField(max_length=CONTEXT_LENGTH, required=False, strip=False)
    after = forms.CharField(max_length=CONTEXT_LENGTH, required=False, strip=False)
    position = forms.IntegerField(min_value=0, max_value=LONGEST_LESSON, required=False)

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("colour") and not self.cleaned_data.get("quote"):
            self.add_error("quote", "标记要有原文。请先选一段文字。")

    @property
    def draft(self) -> Draft:
        return Draft(**(self.cleaned_data | {"position": self.cleaned_data["position"] or 0}))


class QuestionForm(forms.Form):
    text = forms.CharField(
        label="你的问题",
        max_length=QUESTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写清楚是哪一段、哪里不明白。问答可能公开给其他学员：不要写姓名、手机号、证件号、单位内部信息。",
        error_messages={"required": "请写下问题再提交。"},
    )
