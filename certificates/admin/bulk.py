"""Change many certificates at once: numbers in, a preview of what would happen, then the verbs, one by one."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from certificates import numbering
from certificates.admin.actions import ACTIONS, Action
from certificates.forms import MAX_NUMBERS, BulkForm
from certificates.models import Certificate
from lms.errors import DomainError
from lms.http import UserRequest

CHANGE = "certificates.change_certificate"


@dataclass(frozen=True)
class Line:
    """One number of the list: the certificate it names, and why it would be left alone ("" if it would not)."""

    typed: str
    certificate: Certificate | None
    refusal: str


@permission_required(CHANGE, raise_exception=True)
def bulk_change(request: UserRequest) -> HttpResponse:
    """Show what would happen to each number; the second button does it, each change by itself."""
    form = BulkForm(request.POST or None, actions=[(name, action.label) for name, action in ACTIONS.items()])
    lines: list[Line] = []
    if form.is_valid():
        action = ACTIONS[form.cleaned_data["action"]]
        lines = list(_lines(form.cleaned_data["numbers"], action))
        if "confirm" in request.POST:
            _apply(request, form, lines, action)
            return redirect("certificate_register:index")
    context = {
        "form": form,
        "lines": lines,
        "ready": sum(not line.refusal for line in lines),
        "max_numbers": MAX_NUMBERS,
        "header_title": "批量变更状态",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "首页"},
            {"url": reverse("certificate_register:index"), "label": "证书"},
            {"url": "", "label": "批量变更状态"},
        ],
    }
    return render(request, "certificates/admin/bulk_change.html", context)


def _lines(numbers: list[str], action: Action) -> Iterator[Line]:
    parsed = {typed: numbering.parse(typed) for typed in numbers}
    known = Certificate.objects.in_bulk(filter(None, parsed.values()), field_name="number")
    for typed, number in parsed.items():
        certificate = known.get(number or "")
        if certificate is None:
            yield Line(typed, None, "登记簿里没有这个编号")
        elif certificate.status not in action.sources:
            yield Line(typed, certificate, f"现在是“{certificate.get_status_display()}”，不能{action.label}")
        else:
            yield Line(typed, certificate, "")


def _apply(request: UserRequest, form: BulkForm, lines: list[Line], action: Action) -> None:
    done, now, refused = 0, timezone.now(), 0
    said = {key: form.cleaned_data[key] for key in ("why", "reason")}
    for line in lines:
        if line.refusal:
            continue
        try:
            action.verb(certificate=line.certificate, person=request.user, now=now, **said)
            done += 1
        except DomainError as refusal:
            refused += 1
            messages.error(request, f"{line.typed}：{refusal}")
    messages.success(request, f"{done} 张{action.done}，{len(lines) - done - refused} 张不适用，{refused} 张被拒绝。")
