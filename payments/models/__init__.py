from payments.models.bank import BankEntry, BankStatement, TransferReceipt
from payments.models.coupons import Coupon, Grant
from payments.models.invoices import InvoiceFile, InvoiceRequest
from payments.models.ledger import Account, Attention, LedgerEntry
from payments.models.orders import MAX_QUANTITY, Order, OrderEvent, OrderLine
from payments.models.payments import Dispute, Payment, StripeEvent
from payments.models.refunds import Refund
from payments.models.volume import VolumePrice

__all__ = [
    "MAX_QUANTITY",
    "Account",
    "Attention",
    "BankEntry",
    "BankStatement",
    "Coupon",
    "Dispute",
    "Grant",
    "InvoiceFile",
    "InvoiceRequest",
    "LedgerEntry",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Payment",
    "Refund",
    "StripeEvent",
    "TransferReceipt",
    "VolumePrice",
]
