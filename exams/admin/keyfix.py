"""答案更正 in the back office: propose, look at the impact, decide as the second person, watch the job."""

from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Case, Count, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets import Button

from exams.admin.windows import minute
from exams.attempts.printing import TRUTH
from exams.grading import LETTERS, TRUE_FALSE
from exams.keyfix import impact, proposals
from exams.keyfix.impact import Group
from exams.models import Item, ItemVersion, KeyFix
from lms.errors import DomainError
from lms.http import UserRequest
from lms.policies import LookOnlyViewSet

NAMESPACE = "exam_key_fixes"
ADD, DECIDE = "exams.add_keyfix", "exams.change_keyfix"
PER_PAGE = 100
OPTIONLESS = {word: letter for letter, word in TRUTH.items()}
Status = KeyFix.Status


class ProposalForm(forms.Form):
    """What is wrong with a version, and how it shall be marked instead."""

    action = forms.ChoiceField(label="处理", choices=KeyFix.Action, widget=forms.RadioSelect)
    key = forms.CharField(
        label="正确的答案",
        max_length=500,
        required=False,
        help_text="只在“改答案”时填写，用题目自己的字母。几种都算对的用 | 隔开：B|C；判断题写 对 或 错。",
    )
    reason = forms.CharField(
        label="原因",
        max_length=proposals.MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="考生会看到，也写在邮件里。不要写出题目和答案。",
        error_messages={"required": "请写明原因。"},
    )
    evidence = forms.CharField(
        label="依据",
        max_length=proposals.MAX_EVIDENCE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="哪一条款、哪份资料。只有工作人员看得到。",
        error_messages={"required": "请写明依据。"},
    )

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"].strip().replace("｜", "|")
        return "|".join(OPTIONLESS.get(part.strip(), part.strip()) for part in key.split("|"))


class DecisionForm(forms.Form):
    decision = forms.CharField(
        label="复核意见",
        max_length=proposals.MAX_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="不同意的，写明理由。",
    )


class KeyFixFilterSet(WagtailFilterSet):
    status = django_filters.ChoiceFilter(label="状态", choices=Status.choices)
    action = django_filters.ChoiceFilter(label="处理", choices=KeyFix.Action.choices)

    class Meta:
        model = KeyFix
        fields = ["status", "action"]


class IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[KeyFix]:
        """What is not settled comes first."""
        rank = Case(When(status__in=KeyFix.OPEN, then=Value(0)), default=Value(1))
        rows = KeyFix.objects.select_related("version__item", "proposed_by", "decided_by")
        return rows.annotate(rank=rank, affected=Count("rows"))

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        more: list[Button] = super().header_more_buttons
        if self.request.user.has_perm(ADD):
            more.append(Button("提出更正", url=reverse(f"{NAMESPACE}:choose"), icon_name="plus", priority=10))
        return more


class InspectView(generic.InspectView):
    page_title = "答案更正"

    def get_page_subtitle(self) -> str:
        return title_of(self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, **state_of(load(self.object.pk), self.request))


def title_of(fix: KeyFix) -> str:
    """Name the item, its version and what is done to it."""
    return f"{fix.version.item.code} 第 {fix.version.number} 版，{fix.get_action_display()}"


def load(pk: int) -> KeyFix:
    people = ("proposed_by", "decided_by")
    return get_object_or_404(KeyFix.objects.select_related("version__item", "previous", *people), pk=pk)


def question_of(version: ItemVersion) -> dict[str, Any]:
    """What a page prints about a version: its options by letter and how it is marked now."""
    marked = KeyFix.objects.marking_of([version.pk])[version.pk]
    letters = "TF" if version.item.kind == TRUE_FALSE else LETTERS[: len(version.options)]
    texts = version.options or [TRUTH[letter] for letter in letters]
    return {
        "version": version,
        "options": [(TRUTH.get(a, a), text, a in version.key) for a, text in zip(letters, texts, strict=True)],
        "has_letters": bool(version.options),
        "original_key": readable(version.key),
        "key_now": readable(marked.key),
        "void_now": KeyFix.Action(marked.void).label if marked.void else "",
    }


def readable(key: str) -> str:
    """Write a key as people do: "T" → "对", "B|C" → "B 或 C"."""
    return " 或 ".join(TRUTH.get(part, part) for part in key.split("|"))


def state_of(fix: KeyFix, request: HttpRequest) -> dict[str, Any]:
    """Everything about a correction: its question, its impact, one page of rows, and what may be done with it."""
    group = Group(request.GET["group"]) if request.GET.get("group") in Group.values else None
    found = impact.impact_of(fix)
    return {
        "fix": fix,
        "title": title_of(fix),
        "fixed_key": readable(fix.key),
        **question_of(fix.version),
        "impact": found,
        "groups": [(one, one.label, count, one == group) for one, count in found.groups.items() if count],
        "group": group,
        "page_obj": Paginator(impact.rows_of(fix, group), PER_PAGE).get_page(request.GET.get("p"))
        if request.user.has_perm("exams.view_attempt")
        else None,
        "is_working": fix.status in {Status.PREPARING, Status.REGRADING},
        "actions": [
            (label, reverse(f"{NAMESPACE}:decide", args=[fix.pk, name]))
            for name, label in (("approve", "同意，开始重评"), ("refuse", "不同意"))
            if fix.status == Status.PROPOSED and may_decide(fix, request)
        ],
        "withdraw_url": reverse(f"{NAMESPACE}:withdraw", args=[fix.pk])
        if fix.status in {Status.PREPARING, Status.PROPOSED} and request.user.has_perm(ADD)
        else "",
        "again_url": reverse(f"{NAMESPACE}:propose", args=[fix.version_id])
        if fix.status == Status.DONE and request.user.has_perm(ADD)
        else "",
    }


def may_decide(fix: KeyFix, request: HttpRequest) -> bool:
    """Whether to offer the decision; the verb decides again."""
    return request.user.has_perm(DECIDE) and request.user.pk != fix.proposed_by_id


@permission_required("exams.view_keyfix", raise_exception=True)
@require_safe
def progress(request: UserRequest, pk: int) -> HttpResponse:
    """The part of the page that renews itself while the job works."""
    return render(request, "exams/admin/includes/keyfix_progress.html", state_of(load(pk), request) | {"is_part": True})


@permission_required(ADD, raise_exception=True)
@require_safe
def choose(request: UserRequest) -> HttpResponse:
    """Find the item by its code, then one of its versions."""
    code = request.GET.get("code", "").strip().upper()
    item = Item.objects.filter(code=code).exclude(kind=Item.Kind.CASE).first() if code else None
    context = {
        "code": code,
        "item": item,
        "versions": item.versions.order_by("-number")[:50] if item else [],
        **header("提出更正"),
    }
    return render(request, "exams/admin/keyfix_choose.html", context)


@permission_required(ADD, raise_exception=True)
def propose(request: UserRequest, pk: int) -> HttpResponse:
    """Write the correction of one version."""
    version = get_object_or_404(ItemVersion.objects.select_related("item"), pk=pk)
    form = ProposalForm(request.POST or None)
    if form.is_valid():
        try:
            fix = proposals.propose(version=version, person=request.user, now=timezone.now(), **form.cleaned_data)
        except proposals.BadKey as refusal:
            form.add_error("key", str(refusal))
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "已提出，正在计算影响。算好以后，请另一位同事复核。")
            return redirect(f"{NAMESPACE}:inspect", fix.pk)
    name = f"{version.item.code} 第 {version.number} 版"
    context = {"form": form, **question_of(version), **header("提出更正", name)}
    return render(request, "exams/admin/keyfix_propose.html", context)


@permission_required(DECIDE, raise_exception=True)
def decide(request: UserRequest, pk: int, name: str) -> HttpResponse:
    """Approve or refuse, as the second person."""
    verb = {"approve": proposals.approve, "refuse": proposals.refuse}.get(name)
    if verb is None:
        raise Http404
    fix = load(pk)
    form = DecisionForm(request.POST or None)
    if form.is_valid():
        try:
            verb(fix=fix, decision=form.cleaned_data["decision"], person=request.user, now=timezone.now())
        except proposals.TextMissing as refusal:
            form.add_error("decision", str(refusal))
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect(f"{NAMESPACE}:inspect", pk)
        else:
            done = "已生效，正在重评。" if name == "approve" else "已退回，成绩没有变化。"
            messages.success(request, done)
            return redirect(f"{NAMESPACE}:inspect", pk)
    label = "同意，开始重评" if name == "approve" else "不同意"
    context = {"form": form, "label": label, "name": name, **state_of(fix, request), **header(label, title_of(fix))}
    return render(request, "exams/admin/keyfix_decide.html", context)


@permission_required(ADD, raise_exception=True)
def withdraw(request: UserRequest, pk: int) -> HttpResponse:
    """Take a proposal back, by POST only."""
    fix = load(pk)
    if request.method == "POST":
        try:
            proposals.withdraw(fix=fix, now=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "已撤回，成绩没有变化。")
    return redirect(f"{NAMESPACE}:inspect", pk)


def header(label: str, name: str = "") -> dict[str, Any]:
    """What Wagtail's page head prints."""
    crumbs = [
        {"url": reverse("wagtailadmin_home"), "label": "首页"},
        {"url": reverse(f"{NAMESPACE}:index"), "label": "答案更正"},
        {"url": "", "label": label},
    ]
    return {"header_title": label, "page_subtitle": name, "breadcrumbs_items": crumbs}


class KeyFixViewSet(LookOnlyViewSet):
    model = KeyFix
    name = url_prefix = NAMESPACE
    icon = "edit"
    menu_label = "答案更正"
    add_to_reference_index = False
    index_view_class, inspect_view_class = IndexView, InspectView
    inspect_template_name = "exams/admin/keyfix_inspect.html"
    ordering = ["rank", "-pk"]
    list_per_page = 50
    list_display = [
        TitleColumn("title", label="题目", accessor=title_of, url_name=f"{NAMESPACE}:inspect"),
        Column("status", label="状态", accessor="get_status_display", sort_key="status"),
        Column("affected", label="涉及（份）", sort_key="affected"),
        Column("proposed_by", label="提出人"),
        Column("proposed_at", label="提出", accessor=lambda row: minute(row.proposed_at), sort_key="proposed_at"),
        Column("decided_by", label="复核人", accessor=lambda row: row.decided_by or "—"),
    ]
    filterset_class = KeyFixFilterSet
    search_fields = ["version__item__code", "reason"]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("choose/", choose, name="choose"),
            path("propose/<pk:pk>/", propose, name="propose"),
            path("<pk:pk>/progress/", progress, name="progress"),
            path("<pk:pk>/withdraw/", withdraw, name="withdraw"),
            path("<pk:pk>/decide/<str:name>/", decide, name="decide"),
        ]
