"""The form of an item, one for all kinds: lists are typed one entry a line, keys as people write them."""

import re
from dataclasses import fields
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from exams import bank, pictures
from exams.attempts.printing import TRUTH
from exams.grading import LETTERS
from exams.models import Item
from exams.rich_text import missing_figures

CODE = re.compile(r"M[1-5]-\d{4}(?:-([1-9]))?")
NOTE = re.compile(r"([A-J])[\s.、:：]+(.+)")
CRITERION = re.compile(r"(.+?)[\s:：=]+(\d{1,3}) *分?")
TRUTHS = {word: letter for letter, word in TRUTH.items()}
LETTERED = {Item.Kind.SINGLE, Item.Kind.MULTI, Item.Kind.TRUE_FALSE}
ORDER = ["code", "kind", "pool", "stem", "options", "key", "rubric", "explanation", "notes", "source", "lesson_slug"]


def readable_key(key: str) -> str:
    """Write a key as people do: "T" → "对", "ACD" as it is."""
    return TRUTH.get(key, key)


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    stem = forms.CharField(
        label="题干",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text="案例写材料。可以写 **重点**、列表、表格、$公式$ ，图片在表单末尾插入。",
    )
    options = forms.CharField(
        label="选项", widget=forms.Textarea(attrs={"rows": 5}), required=False, help_text="只用于单选、多选，一行一个。"
    )
    key = forms.CharField(
        label="答案",
        max_length=bank.MAX_KEY,
        required=False,
        help_text="单选 B，多选 ACD，判断 对 或 错；数值 3.33±0.01 分 或 1200±5%；填空写可接受的写法，几个用 | 隔开；"
        "简答、案例不写。",
    )
    rubric = forms.CharField(
        label="评分标准",
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text="只用于简答，一行一条，末尾写分值：说出总部和网点两个层面 4",
    )
    explanation = forms.CharField(
        label="解析",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        required=False,
        help_text="为什么对，每个错项错在哪里；简答写参考答案。案例可以不写。",
    )
    notes = forms.CharField(
        label="错项说明",
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text="可以不写。一行一个：A 舍去了小数",
    )
    source = forms.CharField(label="出处", max_length=300)
    lesson_slug = forms.SlugField(label="讲到它的课", required=False, help_text="课的网址名，可以不填。")

    class Meta:
        model = Item
        fields = ["code", "kind", "pool", "point", "difficulty", "bloom", "is_verified"]
        help_texts = {"code": "模块-四位序号，例如 M1-0042；案例的小题在后面加次序，例如 M1-0042-1。永不重用。"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.instance.current
        if version:
            text = bank.Text.of(version)
            self.initial.update({field.name: getattr(text, field.name) for field in fields(text)})
            notes = zip(LETTERS, text.notes, strict=False)
            self.initial.update(
                {
                    "options": "\n".join(text.options),
                    "key": readable_key(text.key),
                    "notes": "\n".join(f"{letter} {note}" for letter, note in notes if note),
                    "rubric": "\n".join(f"{row.text} {row.points}" for row in text.rubric),
                }
            )
            for name in ("code", "kind", "pool"):
                self.fields[name].disabled = True
        self.order_fields(ORDER)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not CODE.fullmatch(code):
            raise ValidationError("题号要写成 M1-0042 的样子，案例的小题写成 M1-0042-1。")
        return code

    def clean_options(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.cleaned_data["options"].splitlines() if line.strip())

    def clean_rubric(self) -> tuple[bank.Criterion, ...]:
        rows = []
        for line in filter(None, map(str.strip, self.cleaned_data["rubric"].splitlines())):
            found = CRITERION.fullmatch(line)
            if not found:
                raise ValidationError(f"这一条末尾没有分值：{line}")
            rows.append(bank.Criterion(found[1].strip(), int(found[2])))
        return tuple(rows)

    def clean_notes(self) -> dict[str, str]:
        notes = {}
        for line in filter(None, map(str.strip, self.cleaned_data["notes"].splitlines())):
            found = NOTE.fullmatch(line)
            if not found:
                raise ValidationError(f"要以选项字母开头：{line}")
            notes[found[1]] = found[2].strip()
        return notes

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        data["key"] = self._key(data["kind"], data["key"].strip())
        data["notes"] = self._notes(data["notes"], data["options"])
        self._place(data)
        if data["kind"] != Item.Kind.CASE and not data["explanation"].strip():
            self.add_error("explanation", "请写解析。")
        if not self.errors and (missing := pictures.missing_in(self.text.written)):
            self.add_error("stem", f"题库里没有图片 {'、'.join(missing)}。请在下面“插入图片”里上传。")
        for name in ("stem", "explanation"):
            if missing := missing_figures(data.get(name, "")):
                self.add_error(
                    name, f"没有这幅图：{'、'.join(missing)}。图要放在 figures/ 里，文件名用小写字母和数字。"
                )
        if not self.errors and (problem := bank.problem_of_text(kind=data["kind"], text=self.text)):
            self.add_error("rubric" if data["kind"] == Item.Kind.SHORT and not data["key"] else "key", problem)
        return data

    @property
    def text(self) -> bank.Text:
        return bank.Text(**{field.name: self.cleaned_data[field.name] for field in fields(bank.Text)})

    def _key(self, kind: str, key: str) -> str:
        if kind not in LETTERED:
            return key
        return "".join(sorted(TRUTHS.get(letter, letter) for letter in key.upper()))

    def _notes(self, notes: dict[str, str], options: tuple[str, ...]) -> tuple[str, ...]:
        letters = LETTERS[: len(options)]
        if unknown := sorted(notes.keys() - set(letters)):
            self.add_error("notes", f"没有选项 {'、'.join(unknown)}。")
        return tuple(notes.get(letter, "") for letter in letters) if notes else ()

    def _place(self, data: dict[str, Any]) -> None:
        """Find the 案例 that the code of a part names."""
        code, _, place = data["code"].partition("-")[2].partition("-")
        if not place or self.instance.pk:
            return
        case = Item.objects.filter(code=data["code"].rpartition("-")[0], kind=Item.Kind.CASE).first()
        if case is None:
            self.add_error("code", f"没有题号为 {data['code'][:2]}-{code} 的案例。请先写案例，再写小题。")
        elif case.pool != data["pool"]:
            self.add_error("pool", "小题和案例要在同一个题池。")
        elif data["kind"] == Item.Kind.CASE:
            self.add_error("kind", "小题里不再套案例。")
        else:
            self.instance.case, self.instance.place = case, int(place)
