"""Tables of a lesson."""

from typing import Any

from django.utils.html import format_html_join
from wagtail.contrib.table_block.blocks import TableBlock


class LessonTableBlock(TableBlock):
    """Wagtail's table; the history of a page compares its rows."""

    def render_basic(self, value: Any, context: Any = None) -> Any:  # noqa: ARG002  # Wagtail hands it over
        rows = (("｜".join(str(cell or "") for cell in row),) for row in (value or {}).get("data") or ())
        return format_html_join("", "<p>{}</p>", rows)
