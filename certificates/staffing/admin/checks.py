"""Checks in the back office: figures only, never people. Source: docs/rules/staffing.md, rule S10."""

from wagtail.snippets.views.snippets import SnippetViewSet

from certificates.staffing.models import StaffingCheck, StaffingCheckQuerySet
from lms.http import UserRequest

FIGURES = ["company_name", "as_of_date", "people", "managers", "required", "held", "first_breach_date", "checked_at"]


class StaffingCheckViewSet(SnippetViewSet):
    model = StaffingCheck
    icon = "group"
    menu_label = "配置检查"
    list_display = FIGURES
    list_filter = ["as_of_date", "checked_at"]
    list_export = FIGURES
    export_filename = "staffing-checks"
    search_fields = ["company_name"]
    ordering = ["-checked_at"]
    inspect_view_enabled = True
    inspect_view_fields = [*FIGURES, "rule_version", "roster_sha256"]
    copy_view_enabled = False

    def get_queryset(self, request: UserRequest) -> StaffingCheckQuerySet:  # noqa: ARG002  # Wagtail's signature
        return StaffingCheck.objects.without_rows()
