"""成绩更正待决定: certificates whose exam is no longer passed; and what a key fix does to certificates."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet

from certificates import lost_passes
from certificates.models import Certificate
from exams.models import KeyFix
from exams.results import history
from lms.errors import DomainError
from lms.http import UserRequest

NAMESPACE = "certificate_key_fixes"
CHANGE, VIEW = "certificates.change_certificate", "certificates.view_certificate"
PER_PAGE, SHOWN = 50, 100


class KeepForm(forms.Form):
    reason = forms.CharField(
        label="维持的理由",
        max_length=lost_passes.MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="留档，只有工作人员看得到。",
        error_messages={"required": "请写明理由。"},
    )


@permission_required(CHANGE, raise_exception=True)
@require_safe
def lost_list(request: UserRequest) -> HttpResponse:
    """The certificates that wait for a decision, oldest first."""
    rows = lost_passes.waiting().select_related("attempt__exam").order_by("issued_at", "pk")
    context = {"page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("p")), **_header("成绩更正待决定")}
    return render(request, "certificates/admin/lost_list.html", context)


@permission_required(CHANGE, raise_exception=True)
def keep(request: UserRequest, pk: int) -> HttpResponse:
    """Ask why, then leave the certificate in force."""
    certificate = get_object_or_404(Certificate.objects.select_related("attempt__exam"), pk=pk)
    form = KeepForm(request.POST or None)
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            lost_passes.keep(certificate=certificate, reason=reason, person=request.user, now=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"证书 {certificate.number} 维持有效，理由已留档。")
        return redirect(f"{NAMESPACE}:index")
    context = {
        "certificate": certificate,
        "changes": history.changes_of(certificate.attempt),
        "form": form,
        **_header("维持证书", certificate.number),
    }
    return render(request, "certificates/admin/lost_keep.html", context)


@permission_required(VIEW, raise_exception=True)
@require_safe
def effects(request: UserRequest, pk: int) -> HttpResponse:
    """The part of a key fix's page that is about certificates."""
    fix = get_object_or_404(KeyFix.objects.select_related("version__item"), pk=pk)
    found = lost_passes.effects_of(fix)
    count = found.at_risk.count()
    context = {
        "fix": fix,
        "effects": found,
        "at_risk": found.at_risk[:SHOWN],
        "at_risk_count": count,
        "shown": SHOWN,
        **_header("证书", f"{fix.version.item.code} 的答案更正"),
    }
    name = "includes/key_fix_effects" if request.headers.get("HX-Request") else "key_fix_effects"
    return render(request, f"certificates/admin/{name}.html", context)


def _header(label: str, name: str = "") -> dict[str, object]:
    crumbs = [
        {"url": reverse("wagtailadmin_home"), "label": "首页"},
        {"url": reverse(f"{NAMESPACE}:index"), "label": "成绩更正待决定"},
    ]
    return {"header_title": label, "page_subtitle": name, "breadcrumbs_items": crumbs}


class LostPassMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(CHANGE)


class LostPassViewSet(ViewSet):
    name = NAMESPACE
    url_prefix = "certificate-key-fixes"
    menu_label = "成绩更正待决定"
    icon = menu_icon = "warning"
    menu_order = 352
    menu_item_class = LostPassMenuItem
    add_to_admin_menu = True

    @cached_property
    def menu_url(self) -> str:
        return reverse(f"{NAMESPACE}:index")

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", lost_list, name="index"),
            path("<pk:pk>/keep/", keep, name="keep"),
            path("fix/<pk:pk>/", effects, name="effects"),
        ]
