"""The table of clauses in the back office: the one thing of readiness that staff keep. docs/rules/readiness.md, A1."""

from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.snippets.views.snippets import SnippetViewSet

from certificates.staffing.models import Indicator
from lms.templatetags import points


def shown_points(indicator: Indicator) -> str:
    """Write the points, or say that no source states them."""
    return "—" if indicator.points_centi is None else points(indicator.points_centi)


class IndicatorViewSet(SnippetViewSet):
    model = Indicator
    icon = "list-ol"
    menu_label = "评价指标"
    list_display = [
        "code",
        "title",
        Column("points", label="分值", accessor=shown_points),
        "points_source",
        BooleanColumn("is_leaf", label="逐条判断"),
        BooleanColumn("is_deletable", label="可以删减"),
        BooleanColumn("is_verified", label="已核对"),
    ]
    list_filter = ["points_source", "is_leaf", "is_deletable", "is_verified"]
    list_per_page = 50
    list_export = ["code", "title", "summary", "points_centi", "points_source", "is_leaf", "is_deletable"]
    export_filename = "indicators"
    search_fields = ["code", "title", "summary"]
    ordering = ["code"]
    copy_view_enabled = False
    panels = [
        FieldPanel("code"),
        FieldPanel("title"),
        FieldPanel("summary"),
        FieldRowPanel([FieldPanel("points_centi"), FieldPanel("points_source")]),
        FieldRowPanel([FieldPanel("is_leaf"), FieldPanel("is_deletable"), FieldPanel("is_verified")]),
    ]
