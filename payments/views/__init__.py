from payments.views.invoices import (
    invoice_create,
    invoice_detail,
    invoice_edit,
    invoice_file,
    invoice_list,
    invoice_withdraw,
)
from payments.views.orders import order_cancel, order_create, order_detail, order_list, order_pay, order_status
from payments.views.refunds import refund_create, refund_take_back
from payments.views.seats import seat_order_create, seat_order_sum
from payments.views.transfers import receipt_file, transfer_choose, transfer_detail, transfer_drop
from payments.views.webhook import stripe_webhook

__all__ = [
    "invoice_create",
    "invoice_detail",
    "invoice_edit",
    "invoice_file",
    "invoice_list",
    "invoice_withdraw",
    "order_cancel",
    "order_create",
    "order_detail",
    "order_list",
    "order_pay",
    "order_status",
    "receipt_file",
    "refund_create",
    "refund_take_back",
    "seat_order_create",
    "seat_order_sum",
    "stripe_webhook",
    "transfer_choose",
    "transfer_detail",
    "transfer_drop",
]
