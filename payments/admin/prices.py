"""The price table of seats: 财务 sets it; orders that exist keep theirs. Source: docs/rules/money.md, rule P18."""

from django.db.models import QuerySet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from payments.models import VolumePrice


class PriceIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[VolumePrice]:
        return super().get_base_queryset().select_related("course")


class VolumePriceViewSet(ModelViewSet):
    model = VolumePrice
    name = "volumeprice"
    menu_label = "席位价格"
    icon = "tag"
    index_view_class = PriceIndexView
    inspect_view_enabled = False
    copy_view_enabled = False
    form_fields = ["course", "from_quantity", "percent"]
    ordering = ["course", "from_quantity"]
    search_fields = ["course__title"]
    search_backend_name = None
    list_display = [
        TitleColumn(
            "course",
            label="课程",
            accessor=lambda row: row.course.title if row.course else "所有课程",
            url_name="volumeprice:edit",
        ),
        Column("from_quantity", label="从多少席起", sort_key="from_quantity"),
        Column("percent", label="按原价的百分之几"),
    ]
