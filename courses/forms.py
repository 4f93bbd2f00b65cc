"""What is filled in about seats: whom to name, how far a link goes, what an invited person agrees to."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from courses.seats import CONSENT, Person

LONGEST_LIST = 2_000
MOST_COMPLAINTS = 20  # a wrong paste is wrong in every line
SEPARATORS = re.compile(r"[\s,，;；、]+")


class PeopleField(forms.CharField):
    """
    Lines of "姓名 邮箱" or just "邮箱", as they are copied from a spreadsheet. The cleaned value is a list of people.

    Source: docs/rules/seats.md, rule S3.
    """

    widget = forms.Textarea(attrs={"rows": 6, "autocapitalize": "none", "spellcheck": "false"})

    def clean(self, value: Any) -> Any:
        lines = [(row, line) for row, line in enumerate(super().clean(value).splitlines(), 1) if line.strip()]
        if len(lines) > LONGEST_LIST:
            raise ValidationError(f"一次最多 {LONGEST_LIST} 行，现在是 {len(lines)} 行。请分几次提交。")
        people, errors = [], []
        for row, line in lines:
            try:
                people.append((row, person_in(line)))
            except ValidationError as error:
                errors.append(f"第 {row} 行：{error.message}")
        if errors:
            raise ValidationError(shorten(errors))
        return people


class NamingForm(forms.Form):
    people = PeopleField(
        label="学员名单",
        max_length=200_000,
        help_text="一行一个人，写邮箱，或“姓名 邮箱”；可以直接从表格里复制两列。",
        error_messages={"required": "请填写至少一个邮箱。"},
    )

    def refuse(self, errors: dict[int, str]) -> None:
        """Say by line what the verb said by position."""
        rows = [row for row, _ in self.cleaned_data["people"]]
        self.add_error("people", shorten([f"第 {rows[position]} 行：{text}。" for position, text in errors.items()]))


class SwapForm(forms.Form):
    email = forms.EmailField(label="新学员的邮箱", max_length=254)
    name = forms.CharField(label="姓名", max_length=50, required=False)

    def person(self) -> Person:
        return Person(self.cleaned_data["email"].lower(), self.cleaned_data["name"])


class LinkForm(forms.Form):
    places = forms.IntegerField(label="名额", min_value=1, max_value=LONGEST_LIST)
    valid_until = forms.DateField(label="有效至", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class ClaimForm(forms.Form):
    """The invited person's consent. Source: docs/rules/privacy.md, rule V10."""

    agrees = forms.BooleanField(label=CONSENT, error_messages={"required": "请先阅读并勾选同意，才能加入。"})


def person_in(line: str) -> Person:
    """Read one line; the address is what contains an @. Raises ValidationError, which says what is wrong with it."""
    parts = [part for part in SEPARATORS.split(line.strip()) if part]
    addresses = [part for part in parts if "@" in part]
    if len(addresses) != 1:
        raise ValidationError("没有邮箱。" if not addresses else "有两个邮箱，一行只写一个人。")
    name = " ".join(part for part in parts if part != addresses[0])
    email = addresses[0].lower()
    try:
        validate_email(email)
    except ValidationError:
        raise ValidationError(f"“{email[:60]}”不是一个邮箱地址。") from None
    if len(email) > 254 or len(name) > 50:
        raise ValidationError("姓名最多 50 个字，邮箱最多 254 个字符。")
    return Person(email, name)


def shorten(errors: list[str]) -> list[str]:
    rest = len(errors) - MOST_COMPLAINTS
    return [*errors[:MOST_COMPLAINTS], f"另外还有 {rest} 行有问题。"] if rest > 0 else errors
