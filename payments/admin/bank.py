"""财务's side of 对公转账: what came in, whose it is, and statements with proposals."""

from typing import Any

import django_filters
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.widgets import HeaderButton

from lms.errors import DomainError
from lms.http import UserRequest
from payments import statements, transfers
from payments.admin.action_forms import ReasonForm
from payments.admin.tables import IndexView, InspectView, MoneyColumn, ReadOnlyViewSet
from payments.models import BankEntry, BankStatement
from payments.statement_reading import MAX_BYTES
from payments.transfer_forms import EntryForm, MatchForm, StatementForm

NAMESPACE = "bank_entry"
MAY = "payments.match_bankentry"
Status = BankEntry.Status


class BankEntryFilterSet(WagtailFilterSet):
    booked_on = django_filters.DateFromToRangeFilter(label="入账日期")

    class Meta:
        model = BankEntry
        fields = ["status", "booked_on"]


class BankEntryIndexView(IndexView):
    related = ("payment__order",)

    @property
    def header_buttons(self) -> list[HeaderButton]:
        if not self.request.user.has_perm(MAY):
            return []
        steps = [("登记一笔到账", "record", "plus"), ("导入银行流水", "upload", "upload")]
        return [HeaderButton(label, reverse(f"{NAMESPACE}:{name}"), icon_name=icon) for label, name, icon in steps]


class BankEntryInspectView(InspectView):
    page_title = "银行到账"

    def deeds(self) -> list[tuple[str, str]]:
        if self.object.status == Status.MATCHED or not self.request.user.has_perm(MAY):
            return []
        steps = [("认领到订单", "match")]
        if self.object.status == Status.UNMATCHED:
            steps.append(("与订单无关，搁置", "set_aside"))
        return [(label, reverse(f"{NAMESPACE}:{name}", args=[self.object.pk])) for label, name in steps]


@permission_required(MAY, raise_exception=True)
def record(request: UserRequest) -> HttpResponse:
    """Put one sum on record by hand."""
    form = EntryForm(request.POST or None)
    if form.is_valid():
        given = dict(form.cleaned_data)
        try:
            entry = transfers.record(amount_fen=given.pop("amount"), by=request.user, now=timezone.now(), **given)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "已登记，请认领到订单。")
            return redirect(f"{NAMESPACE}:match", entry.pk)
    return _show(request, form, "登记一笔到账")


@permission_required(MAY, raise_exception=True)
def match(request: UserRequest, pk: int) -> HttpResponse:
    """Say which order a sum is for."""
    entry = get_object_or_404(BankEntry, pk=pk)
    proposed = next(iter(statements.numbers_in(entry.remark)), "")
    form = MatchForm(request.POST or None, initial={"number": proposed})
    if form.is_valid():
        try:
            order = form.cleaned_data["number"]
            done = transfers.match(entry=entry, order=order, by=request.user, now=timezone.now())
            messages.success(request, f"订单 {order.number}：{done.outcome}")
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{NAMESPACE}:inspect", pk)
    return _show(request, form, "认领到订单", entry)


@permission_required(MAY, raise_exception=True)
def set_aside(request: UserRequest, pk: int) -> HttpResponse:
    """Say that a sum is not for an order."""
    entry = get_object_or_404(BankEntry, pk=pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            transfers.set_aside(entry=entry, by=request.user, reason=reason, now=timezone.now())
            messages.success(request, "已搁置，以后仍可认领。")
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{NAMESPACE}:inspect", pk)
    return _show(request, form, "与订单无关，搁置", entry)


@permission_required(MAY, raise_exception=True)
def upload(request: UserRequest) -> HttpResponse:
    """Read a statement; nothing is written but the draft."""
    form = StatementForm(request.POST, request.FILES) if request.method == "POST" else StatementForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            content = file.read(MAX_BYTES + 1)
            draft = statements.load(content=content, name=file.name, by=request.user, now=timezone.now())
        except DomainError as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect(f"{NAMESPACE}:preview", draft.pk)
    return _show(request, form, "导入银行流水")


@permission_required(MAY, raise_exception=True)
def preview(request: UserRequest, pk: int) -> HttpResponse:
    """Show what a statement would do, line by line; then do all of it, or throw it away."""
    statement = get_object_or_404(BankStatement, pk=pk)
    index_url = reverse(f"{NAMESPACE}:index")
    if request.method == "POST":
        try:
            if "discard" in request.POST:
                statements.discard(statement=statement)
                messages.success(request, "已放弃，什么也没有写。")
            else:
                chosen = set(request.POST.getlist("match"))
                done = statements.confirm(statement=statement, chosen=chosen, by=request.user, now=timezone.now())
                text = "已导入：{matched} 笔入账，{unmatched} 笔待认领，{known} 笔以前登记过。"
                messages.success(request, text.format(**done))
        except DomainError as refusal:
            messages.error(request, f"什么也没有写：{refusal}")
        return redirect(index_url)
    if statement.status != BankStatement.Status.DRAFT:
        messages.error(request, statements.NotDraft.message)
        return redirect(index_url)
    proposals = statements.proposals(statement)
    context = _context("核对并导入") | {"statement": statement, "proposals": proposals}
    context["total_fen"] = sum(proposal.amount_fen for proposal in proposals if not proposal.is_known)
    return render(request, "payments/admin/statement_preview.html", context)


def _show(request: UserRequest, form: Any, label: str, entry: BankEntry | None = None) -> HttpResponse:
    return render(request, "payments/admin/bank_form.html", _context(label) | {"form": form, "entry": entry})


def _context(label: str) -> dict[str, Any]:
    index_url = reverse(f"{NAMESPACE}:index")
    trail = [(reverse("wagtailadmin_home"), "首页"), (index_url, "银行到账"), ("", label)]
    crumbs = [{"url": url, "label": text} for url, text in trail]
    return {"label": label, "header_title": label, "index_url": index_url, "breadcrumbs_items": crumbs}


class BankEntryViewSet(ReadOnlyViewSet):
    model = BankEntry
    name = NAMESPACE
    url_prefix = "bank"
    menu_label = "银行到账"
    icon = "download"
    index_view_class = BankEntryIndexView
    inspect_view_class = BankEntryInspectView
    ordering = ["-status", "-booked_on", "-pk"]  # UNMATCHED sorts last, so first here
    list_display = [
        TitleColumn("serial", label="流水号", url_name=f"{NAMESPACE}:inspect"),
        "booked_on",
        MoneyColumn("amount_fen", label="金额", sort_key="amount_fen"),
        "payer_name",
        "remark",
        Column("get_status_display", label="状态", sort_key="status"),
        Column("order", label="订单", accessor="payment.order.number"),
        "outcome",
    ]
    list_export = ["serial", "booked_on", "amount_fen", "payer_name", "payer_account", "remark", "status"]
    list_export += ["payment.order.number", "outcome", "recorded_at", "decided_at"]
    filterset_class = BankEntryFilterSet
    search_fields = ["serial", "payer_name", "remark", "payment__order__number"]
    inspect_view_fields = [
        "serial",
        "booked_on",
        "amount_fen",
        "payer_name",
        "payer_account",
        "remark",
        "status",
        "payment",
        "outcome",
        "statement",
        "recorded_by",
        "recorded_at",
        "decided_by",
        "decided_at",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("record/", record, name="record"),
            path("<pk:pk>/match/", match, name="match"),
            path("<pk:pk>/set-aside/", set_aside, name="set_aside"),
            path("statement/", upload, name="upload"),
            path("statement/<pk:pk>/", preview, name="preview"),
        ]
