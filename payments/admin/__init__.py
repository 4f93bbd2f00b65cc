"""The payments part of the back office."""

from wagtail.admin.viewsets.model import ModelViewSetGroup

from payments.admin.bank import BankEntryViewSet
from payments.admin.decisions import AttentionViewSet, RefundViewSet
from payments.admin.invoices import InvoiceViewSet
from payments.admin.offers import CouponViewSet, GrantViewSet
from payments.admin.prices import VolumePriceViewSet
from payments.admin.rows import DisputeViewSet, LedgerViewSet, OrderViewSet, PaymentViewSet, StripeEventViewSet


class PaymentsGroup(ModelViewSetGroup):
    menu_label = "订单与支付"
    menu_icon = "form"
    menu_order = 400
    items = (
        OrderViewSet,
        AttentionViewSet,
        RefundViewSet,
        InvoiceViewSet,
        BankEntryViewSet,
        PaymentViewSet,
        DisputeViewSet,
        LedgerViewSet,
        CouponViewSet,
        GrantViewSet,
        VolumePriceViewSet,
        StripeEventViewSet,
    )
