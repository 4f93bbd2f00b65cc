"""The question bank: list, write, revise, and the way from draft to paper."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log

from exams import bank
from exams.attempts.printing import TRUTH
from exams.models import Item
from lms.errors import DomainError
from lms.http import UserRequest

NAMESPACE = "exam_items"
CODE = re.compile(r"M[1-5]-\d{4}")
LETTERS = {word: letter for letter, word in TRUTH.items()}


@dataclass(frozen=True)
class Move:
    """One step of an item's status: its button, from which status, and the verb, which decides again under a lock."""

    label: str
    source: Item.Status
    verb: Callable[[Item, UserRequest], Item]


MOVES = {
    "submit": Move("送审", Item.Status.DRAFT, lambda item, _request: bank.submit(item=item)),
    "approve": Move(
        "审核通过，启用",
        Item.Status.REVIEW,
        lambda item, request: bank.approve(item=item, reviewer=request.user, now=timezone.now()),
    ),
    "send_back": Move("退回修改", Item.Status.REVIEW, lambda item, _request: bank.send_back(item=item)),
    "retire": Move("停用", Item.Status.LIVE, lambda item, _request: bank.retire(item=item)),
    "restore": Move("恢复为草稿", Item.Status.RETIRED, lambda item, _request: bank.restore(item=item)),
}


def readable_key(key: str) -> str:
    """Write a key as people do: "T" → "对", "ACD" as it is."""
    return TRUTH.get(key, key)


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    stem = forms.CharField(label="题干", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    options = forms.CharField(
        label="选项", widget=forms.Textarea(attrs={"rows": 5}), required=False, help_text="一行一个；判断题留空。"
    )
    key = forms.CharField(label="答案", max_length=10, help_text="单选写 B，多选写 ACD，判断写 对 或 错。")
    explanation = forms.CharField(
        label="解析",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        help_text="为什么对，每个错项错在哪里。",
    )
    source = forms.CharField(label="出处", max_length=300)
    lesson_slug = forms.SlugField(label="讲到它的课", required=False, help_text="课的网址名，可以不填。")

    class Meta:
        model = Item
        fields = ["code", "kind", "pool", "point", "difficulty", "is_verified"]
        help_texts = {"code": "模块-四位序号，例如 M1-0042；永不重用。"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.instance.current
        if version:
            text = bank.Text.of(version)
            self.initial.update({field.name: getattr(text, field.name) for field in fields(text)})
            self.initial.update({"options": "\n".join(text.options), "key": readable_key(text.key)})
            for name in ("code", "kind", "pool"):
                self.fields[name].disabled = True
        self.order_fields(["code", "kind", "pool", "stem", "options", "key", "explanation", "source", "lesson_slug"])

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not CODE.fullmatch(code):
            raise ValidationError("题号要写成 M1-0042 的样子。")
        return code

    def clean_options(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.cleaned_data["options"].splitlines() if line.strip())

    def clean_key(self) -> str:
        key = self.cleaned_data["key"].strip().upper()
        return "".join(sorted(LETTERS.get(letter, letter) for letter in key))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if {"kind", "options", "key"} <= data.keys():
            problem = bank.problem_of(kind=data["kind"], options=data["options"], key=data["key"])
            if problem:
                self.add_error("key", problem)
        return data

    @property
    def text(self) -> bank.Text:
        return bank.Text(**{field.name: self.cleaned_data[field.name] for field in fields(bank.Text)})


class CreateView(generic.CreateView):
    success_message = "题目 %(object)s 已存为草稿，送审通过后才会进入试卷。"

    def get_success_url(self) -> str:
        return reverse(f"{NAMESPACE}:inspect", args=[self.object.pk])

    def save_instance(self) -> Item:
        self.form.instance.module = self.form.instance.code[:2]
        item = bank.create(item=self.form.instance, text=self.form.text, author=self.request.user, now=timezone.now())
        log(instance=item, action="wagtail.create", user=self.request.user)
        return item


class EditView(generic.EditView):
    success_message = "题目 %(object)s 已保存。内容有改动的回到草稿，送审通过后才会进入试卷。"

    def get_success_url(self) -> str:
        return reverse(f"{NAMESPACE}:inspect", args=[self.object.pk])

    def save_instance(self) -> Item:
        data = self.form.cleaned_data
        item = bank.revise(
            item=self.form.instance,
            text=self.form.text,
            point=data["point"],
            difficulty=data["difficulty"],
            is_verified=data["is_verified"],
            author=self.request.user,
            now=timezone.now(),
        )
        log(instance=item, action="wagtail.edit", user=self.request.user)
        return item

    def form_valid(self, form: ItemForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except bank.WrongStatus as refusal:
            self.produced_error_message = str(refusal)
            return self.form_invalid(form)


class InspectView(generic.InspectView):
    page_title = "试题"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        item = self.object
        versions = list(item.versions.select_related("created_by").order_by("-number")[:50])
        may_change = self.request.user.has_perm("exams.change_item")
        moves = [(name, move.label) for name, move in MOVES.items() if may_change and move.source == item.status]
        return super().get_context_data(
            **kwargs,
            versions=[(version, _lettered(version.options), readable_key(version.key)) for version in versions],
            edit_url=self.get_edit_url() if may_change and item.status != Item.Status.RETIRED else "",
            moves=[(label, reverse(f"{NAMESPACE}:move", args=[item.pk, name])) for name, label in moves],
        )


class ItemFilterSet(WagtailFilterSet):
    is_verified = django_filters.BooleanFilter(label="已核对")

    class Meta:
        model = Item
        fields = ["module", "kind", "pool", "status", "difficulty", "is_verified"]


class IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Item]:
        return Item.objects.select_related("current")

    def get_edit_url(self, instance: Item) -> None:
        """Rows lead to the item's own page, where its versions, its steps and the way to edit are."""


class ItemViewSet(ModelViewSet):
    model = Item
    name = url_prefix = NAMESPACE
    icon = "help"
    menu_label = "题库"
    form_class = ItemForm
    add_view_class, edit_view_class = CreateView, EditView
    inspect_view_class, index_view_class = InspectView, IndexView
    inspect_view_enabled = True
    inspect_template_name = "exams/admin/item_inspect.html"
    copy_view_enabled = False
    add_to_reference_index = False
    ordering = ["code"]
    list_per_page = 50
    list_display = [
        "code",
        Column("stem", label="题干", accessor=lambda item: _short(item.current.stem if item.current else "")),
        Column("kind", label="题型", accessor="get_kind_display", sort_key="kind"),
        Column("pool", label="题池", accessor="get_pool_display", sort_key="pool"),
        Column("difficulty", label="难度", accessor="get_difficulty_display", sort_key="difficulty"),
        BooleanColumn("is_verified", label="已核对"),
        Column("status", label="状态", accessor="get_status_display", sort_key="status"),
    ]
    filterset_class = ItemFilterSet
    search_fields = ["code", "point", "current__stem"]
    search_backend_name = None
    list_export = ["code", "kind", "pool", "module", "point", "difficulty", "is_verified", "status", "current.stem"]
    export_headings = {"current.stem": "题干"}
    export_filename = "items"

    def get_form_class(self, for_update: bool = False) -> type[ItemForm]:  # noqa: ARG002, FBT001, FBT002  # Wagtail's signature
        return ItemForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<int:pk>/move/<slug:name>/", move_item, name="move")]


@require_POST
@permission_required("exams.change_item", raise_exception=True)
def move_item(request: UserRequest, pk: int, name: str) -> HttpResponse:
    """Move an item one step; the verb says whether it may."""
    item = get_object_or_404(Item, pk=pk)
    move = MOVES.get(name)
    if move is None:
        raise Http404
    try:
        item = move.verb(item, request)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        log(instance=item, action="wagtail.edit", user=request.user, data={"step": name})
        messages.success(request, f"题目 {item.code} 现在是“{item.get_status_display()}”。")
    return redirect(f"{NAMESPACE}:inspect", pk)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _lettered(options: list[str]) -> list[tuple[str, str]]:
    return list(zip("ABCDEFGHIJ", options, strict=False))
