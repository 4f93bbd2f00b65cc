"""
The verbs of an order until it is paid or closed. Becoming paid is payments.fulfilment's.

No transaction is open while Stripe is asked; after the answer the order's row is locked and looked at again.
"""

from payments.orders.closing import (
    cancel,
    close_locked,
    expire,
    expire_lapsed,
    give_up_locked,
    lock_pending,
    withdraw_offer,
)
from payments.orders.paying import SHORTEST_SESSION, begin_payment
from payments.orders.placing import place, place_for_company
from payments.orders.refusals import (
    PART_PAID,
    AlreadyEnrolled,
    BadQuantity,
    CompanyMissing,
    NotOnSale,
    OrderBusy,
    OrderClosed,
    OrderLapsed,
    PaymentArrived,
    PaymentProcessing,
    PaymentUnderReview,
)

__all__ = [
    "PART_PAID",
    "SHORTEST_SESSION",
    "AlreadyEnrolled",
    "BadQuantity",
    "CompanyMissing",
    "NotOnSale",
    "OrderBusy",
    "OrderClosed",
    "OrderLapsed",
    "PaymentArrived",
    "PaymentProcessing",
    "PaymentUnderReview",
    "begin_payment",
    "cancel",
    "close_locked",
    "expire",
    "expire_lapsed",
    "give_up_locked",
    "lock_pending",
    "place",
    "place_for_company",
    "withdraw_offer",
]
