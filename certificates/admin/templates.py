"""Versions of the certificate's design: look, make the next one with a live preview, choose which is in use."""

import base64
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin.ui.tables import BooleanColumn, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets import Button

from certificates import issuing, rendering, samples, templates
from certificates.admin import showing
from certificates.models import CertificateTemplate
from certificates.template_forms import BlockFormSet, PlaceForm, TemplateForm, design_of, place_forms
from lms.errors import DomainError
from lms.http import UserRequest
from lms.policies import LookOnlyViewSet

NAMESPACE = "certificate_templates"
ADD = "certificates.add_certificatetemplate"
VIEW = "certificates.view_certificatetemplate"
STATEMENT = "依据 {standard}完成 {study_hours}的课程培训，\n经考试考核合格，特发此证。"


@permission_required(ADD, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def design(request: UserRequest) -> HttpResponse:
    """Make a new version from an earlier one, or from the built-in design. Saving never changes what is in use."""
    base = _base(request)
    form, blocks, parts = _forms(request, base)
    if request.method == "POST" and (chosen := design_of(form, blocks, parts)):
        version = templates.save(design=chosen, person=request.user, now=timezone.now())
        messages.success(request, f"已保存为第 {version.number} 版，还没有使用。核对后可以设为使用中。")
        return redirect(f"{NAMESPACE}:inspect", version.pk)
    context = {
        "form": form,
        "blocks": blocks,
        "parts": parts,
        "base": base,
        "samples": [(kind, label) for kind, (_, label) in samples.NAMES.items()],
        "header_title": "新的模板版本",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": reverse(f"{NAMESPACE}:index"), "label": "证书模板"},
            {"url": "", "label": "新的版本"},
        ],
    }
    return render(request, "certificates/admin/design.html", context)


@permission_required(ADD, raise_exception=True)
@require_POST
def preview(request: UserRequest) -> HttpResponse:
    """Draw what is typed at this moment, or say what is wrong with it."""
    form, blocks, parts = _forms(request, _base(request))
    chosen = design_of(form, blocks, parts)
    if chosen is None:
        errors = [text for one in (form, *blocks, *parts) for texts in one.errors.values() for text in texts]
        return render(request, "certificates/admin/_preview.html", {"errors": errors})
    return _drawn(request, templates.draft(chosen))


@permission_required(VIEW, raise_exception=True)
@require_safe
def picture(request: UserRequest, pk: int) -> HttpResponse:
    """Draw a saved version with sample facts."""
    return _drawn(request, get_object_or_404(CertificateTemplate, pk=pk))


@permission_required(ADD, raise_exception=True)
@require_POST
def choose(request: UserRequest, pk: int) -> HttpResponse:
    """Use a version for what is issued from now on."""
    template = get_object_or_404(CertificateTemplate, pk=pk)
    try:
        templates.choose(template=template)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"第 {template.number} 版开始使用。已签发的证书不变。")
    return redirect(f"{NAMESPACE}:inspect", pk)


def _drawn(request: UserRequest, template: CertificateTemplate) -> HttpResponse:
    kind = request.POST.get("sample") or request.GET.get("sample", "")
    try:
        png = rendering.print_preview(samples.sample(kind=kind, template=template, now=timezone.now()))
    except rendering.CharacterMissing:
        errors = ["文字里有字库没有的字，印不出来。请换一个字。"]
        return render(request, "certificates/admin/_preview.html", {"errors": errors})
    return render(request, "certificates/admin/_preview.html", {"png": base64.b64encode(png).decode()})


def _base(request: UserRequest) -> CertificateTemplate | None:
    asked = request.POST.get("base") or request.GET.get("base", "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 16
    return CertificateTemplate.objects.filter(pk=int(asked)).first() if is_number else None


def _forms(request: UserRequest, base: CertificateTemplate | None) -> tuple[TemplateForm, Any, list[PlaceForm]]:
    parts = place_forms(request.POST if request.method == "POST" else None, base.places if base else {})
    kept = {"seal": bytes(base.seal_png), "signature": bytes(base.signature_png)} if base else {}
    if request.method == "POST":
        return TemplateForm(request.POST, request.FILES, kept=kept), BlockFormSet(request.POST, prefix="blocks"), parts
    initial: dict[str, object] = {"name": "新版本", "title": issuing.TITLE, "statement": STATEMENT}
    if base:
        initial |= {"title": base.title, "statement": base.statement, "has_photo_frame": base.has_photo_frame}
        initial |= {"has_places": bool(base.places)}
        for name, place in (("seal", base.seal), ("signature", base.signature)):
            initial |= {f"has_{name}": bool(place), **{f"{name}_{part}": value for part, value in place.items()}}
    return (
        TemplateForm(initial=initial, kept=kept),
        BlockFormSet(initial=base.blocks if base else [], prefix="blocks"),
        parts,
    )


class IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[CertificateTemplate]:
        return CertificateTemplate.objects.select_related("created_by").defer("seal_png", "signature_png")

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        more: list[Button] = super().header_more_buttons
        if self.request.user.has_perm(ADD):
            more.append(Button("新的版本", url=reverse(f"{NAMESPACE}:design"), icon_name="plus", priority=90))
        return more


class InspectView(showing.InspectView):
    page_title = "证书模板"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "used": self.object.certificates.count(),
            "may_change": self.request.user.has_perm(ADD),
            "samples": [(kind, label) for kind, (_, label) in samples.NAMES.items()],
        }


class TemplateViewSet(LookOnlyViewSet):
    model = CertificateTemplate
    name = NAMESPACE
    url_prefix = "certificate-templates"
    menu_label = "证书模板"
    icon = "doc-full"
    menu_order = 354
    add_to_admin_menu = True
    add_to_reference_index = False
    index_view_class = IndexView
    inspect_view_class = InspectView
    inspect_template_name = "certificates/admin/template.html"
    ordering = ["-number"]
    list_display = [
        "__str__",
        BooleanColumn("is_current", label="使用中"),
        "created_by",
        DateColumn("created_at", label="保存时间"),
    ]
    inspect_view_fields = ["number", "name", "title", "statement", "created_by", "created_at"]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("design/", design, name="design"),
            path("preview/", preview, name="preview"),
            path("<pk:pk>/picture/", picture, name="picture"),
            path("<pk:pk>/choose/", choose, name="choose"),
        ]
