"""Outgoing mail in the back office: did it leave, and if not why. Never the text: its links belong to the recipient."""

from datetime import datetime
from typing import Any

import django_filters
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic

from lms.policies import LookOnlyViewSet
from lms.users import outbox
from lms.users.models import OutgoingMail

NAMESPACE = "outgoing_mail"
CHANGE = "users.change_outgoingmail"


class OutgoingMailFilterSet(WagtailFilterSet):
    status = django_filters.ChoiceFilter(label="状态", choices=OutgoingMail.Status.choices)
    queued_at = django_filters.DateFromToRangeFilter(label="进入队列日期")

    class Meta:
        model = OutgoingMail
        fields = ["status", "queued_at"]


def status_label(value: str) -> str:
    return str(OutgoingMail.Status(value).label)


class IndexView(generic.IndexView):
    custom_field_preprocess = {"status": {"xlsx": status_label, "csv": status_label}}

    def get_base_queryset(self) -> QuerySet[OutgoingMail]:
        return OutgoingMail.objects.defer("message_cipher")


class InspectView(generic.InspectView):
    page_title = "外发邮件"

    def get_field_display_value(self, field_name: str, field: object) -> object:
        value = getattr(self.object, field_name)
        if isinstance(value, datetime):
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
        return "无" if value in (None, "") else super().get_field_display_value(field_name, field)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_send = self.request.user.has_perm(CHANGE)
        send_again_url = reverse(f"{NAMESPACE}:send_again", args=[self.object.pk]) if may_send else ""
        return {**super().get_context_data(**kwargs), "send_again_url": send_again_url}


@require_POST
@permission_required(CHANGE, raise_exception=True)
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(OutgoingMail, pk=pk)
    try:
        outbox.send_again(mail=mail, now=timezone.now())
    except outbox.AlreadyWaiting as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"发给 {mail.to} 的邮件已重新排队，一分钟内发送。")
    return redirect(f"{NAMESPACE}:inspect", pk)


class OutgoingMailViewSet(LookOnlyViewSet):
    model = OutgoingMail
    name = NAMESPACE
    url_prefix = "mail"
    menu_label = "外发邮件"
    icon = "mail"
    menu_order = 450
    add_to_admin_menu = True
    add_to_reference_index = False
    index_view_class = IndexView
    inspect_view_class = InspectView
    inspect_template_name = "users/admin/inspect_mail.html"
    search_fields = ["to", "subject"]
    ordering = ["-pk"]
    list_per_page = 50
    list_display = [
        "to",
        "subject",
        Column("get_status_display", label="状态", sort_key="status"),
        "tries",
        "last_error",
        "queued_at",
        "sent_at",
    ]
    list_export = ["to", "subject", "status", "tries", "last_error", "queued_at", "next_try_at", "sent_at"]
    export_filename = "outgoing-mail"
    filterset_class = OutgoingMailFilterSet
    inspect_view_fields = [
        "to",
        "subject",
        "status",
        "tries",
        "last_error",
        "queued_at",
        "next_try_at",
        "sent_at",
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<pk:pk>/send-again/", send_again, name="send_again")]
