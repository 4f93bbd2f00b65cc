"""The question bank: list, write, revise, and the way from draft to paper."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django_filters
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
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

from exams import bank, rechecks
from exams.admin.item_form import ItemForm
from exams.admin.item_pictures import panel_of, picture_add
from exams.admin.item_versions import item_preview, shown_versions
from exams.models import Item
from lms.errors import DomainError
from lms.http import UserRequest

NAMESPACE = "exam_items"


@dataclass(frozen=True)
class Move:
    """One step of an item: its button, from which status (None = any), and the verb, which decides under a lock."""

    label: str
    source: Item.Status | None
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
    "recheck": Move("复核过，仍然正确", None, lambda item, _request: rechecks.confirm(item=item)),
    "contest": Move("标为有争议", None, lambda item, _request: rechecks.contest(item=item)),
    "settle": Move("争议已定，取消标记", None, lambda item, _request: rechecks.settle(item=item)),
    "restore": Move("恢复为草稿", Item.Status.RETIRED, lambda item, _request: bank.restore(item=item)),
}


class WithPictures:
    """The editor's panel that puts pictures into texts."""

    request: UserRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, **panel_of(self.request.user))  # type: ignore[misc]  # of the view it is mixed into


class CreateView(WithPictures, generic.CreateView):
    success_message = "题目 %(object)s 已存为草稿，送审通过后才会进入试卷。"

    def get_success_url(self) -> str:
        return reverse(f"{NAMESPACE}:inspect", args=[self.object.pk])

    def save_instance(self) -> Item:
        self.form.instance.module = self.form.instance.code[:2]
        item = bank.create(item=self.form.instance, text=self.form.text, author=self.request.user, now=timezone.now())
        log(instance=item, action="wagtail.create", user=self.request.user)
        return item


class EditView(WithPictures, generic.EditView):
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
            bloom=data["bloom"],
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
        may_change = self.request.user.has_perm("exams.change_item")
        return super().get_context_data(
            **kwargs,
            versions=shown_versions(item),
            parts=item.parts.select_related("current").order_by("place") if item.kind == Item.Kind.CASE else (),
            edit_url=self.get_edit_url() if may_change and item.status != Item.Status.RETIRED else "",
            preview_url=reverse(f"{NAMESPACE}:preview", args=[item.pk]) if item.current_id else "",
            moves=[
                (move.label, reverse(f"{NAMESPACE}:move", args=[item.pk, name]))
                for name, move in MOVES.items()
                if may_change and _may_move(item, name, move)
            ],
        )


def _may_move(item: Item, name: str, move: Move) -> bool:
    if name == "recheck":
        return bool(item.recheck_reason)
    if name in {"contest", "settle"}:
        return item.is_contested is (name == "settle") and item.status != Item.Status.RETIRED
    return move.source == item.status


class ItemFilterSet(WagtailFilterSet):
    is_verified = django_filters.BooleanFilter(label="已核对")
    is_contested = django_filters.BooleanFilter(label="有争议")
    to_recheck = django_filters.BooleanFilter(label="待复核", method="filter_to_recheck")
    bloom = django_filters.ChoiceFilter(label="认知层次", choices=Item.Bloom.choices)

    class Meta:
        model = Item
        fields = ["module", "kind", "pool", "status", "difficulty", "bloom", "is_verified", "is_contested"]

    def filter_to_recheck(self, queryset: QuerySet[Item], _name: str, value: bool) -> QuerySet[Item]:  # noqa: FBT001  # the filter's signature
        return queryset.exclude(recheck_reason="") if value else queryset.filter(recheck_reason="")


def _state(item: Item) -> str:
    """Status, and what keeps an eye on the item."""
    flags = [word for word, is_set in (("有争议", item.is_contested), ("待复核", item.recheck_reason)) if is_set]
    return "，".join([item.get_status_display(), *flags])


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
    create_template_name = edit_template_name = "exams/admin/item_form.html"
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
        Column("status", label="状态", accessor=_state, sort_key="status"),
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
        return [
            *super().get_urlpatterns(),
            path("pictures/", picture_add, name="picture_add"),
            path("<int:pk>/move/<slug:name>/", move_item, name="move"),
            path("<int:pk>/preview/", item_preview, name="preview"),
        ]


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
