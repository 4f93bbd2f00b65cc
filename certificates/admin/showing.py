"""How the back office writes what a row holds: in the site's time, and a dash where there is nothing."""

from datetime import datetime

from django.utils import timezone
from wagtail.admin.views import generic


class InspectView(generic.InspectView):
    """Wagtail's page for looking at one row; its own writes times in UTC and leaves gaps."""

    def get_field_display_value(self, field_name: str, field: object) -> object:
        value = getattr(self.object, field_name)
        if isinstance(value, datetime):
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        return "—" if value in (None, "") else super().get_field_display_value(field_name, field)
