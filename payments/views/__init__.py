from payments.views.orders import order_cancel, order_create, order_detail, order_list, order_pay, order_status
from payments.views.refunds import refund_create, refund_take_back
from payments.views.webhook import stripe_webhook

__all__ = [
    "order_cancel",
    "order_create",
    "order_detail",
    "order_list",
    "order_pay",
    "order_status",
    "refund_create",
    "refund_take_back",
    "stripe_webhook",
]
