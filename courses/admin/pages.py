"""The back office's list of lessons: what is free, what is verified, what stands in which state."""

from wagtail.admin.ui.tables import BooleanColumn
from wagtail.admin.viewsets.pages import PageListingViewSet

from courses.models import LessonPage


class LessonListing(PageListingViewSet):
    model = LessonPage
    icon = "doc-full"
    menu_label = "全部课"
    menu_order = 210
    add_to_admin_menu = True
    list_filter = ["is_preview", "is_verified", "live"]
    columns = [
        *PageListingViewSet.columns,
        BooleanColumn("is_preview", label="免费试学", sort_key="is_preview", width="8%"),
        BooleanColumn("is_verified", label="内容已核对", sort_key="is_verified", width="8%"),
    ]


lesson_listing = LessonListing("lessons")
