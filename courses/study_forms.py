"""What is filled in about study time: a rating, an appeal, its decision."""

from typing import Any

from django import forms

STARS = [(5, "5 很好"), (4, "4 好"), (3, "3 一般"), (2, "2 不太好"), (1, "1 很差")]


class RatingForm(forms.Form):
    stars = forms.TypedChoiceField(label="这一课对你有用吗？", choices=STARS, coerce=int, widget=forms.RadioSelect)
    comment = forms.CharField(
        label="想对教务说的",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="哪里没讲清楚、哪里太长，都可以写。只有教务看得到。",
    )


class AppealForm(forms.Form):
    text = forms.CharField(
        label="当时在做什么",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如：在纸上做笔记，没有碰鼠标；网络断了，一直在看已打开的课文。每一段只能申诉一次。",
    )


class DecideForm(forms.Form):
    decision = forms.ChoiceField(
        label="决定", choices=[("approve", "核准，补计时间"), ("refuse", "不核准")], widget=forms.RadioSelect
    )
    minutes = forms.IntegerField(
        label="最多补计（分钟）",
        required=False,
        min_value=1,
        help_text="留空就补计这一段里没有被别的课计入的全部时间。",
    )
    answer = forms.CharField(label="理由（学员会看到）", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("decision") == "refuse" and data.get("minutes"):
            self.add_error("minutes", "不核准时不填分钟。")
        return data
