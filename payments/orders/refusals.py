"""Why an order cannot be placed, paid or closed."""

from lms.errors import DomainError
from payments.models import MAX_QUANTITY, Payment

WAITS_FOR_TRANSFER = "这张订单正在等待对公转账。要在线支付，请先在订单页选择“改用在线支付”。"
PART_PAID = "这张订单已收到一部分转账，不能取消或更换付款方式。请付清余款，或联系客服退回。"


class AlreadyEnrolled(DomainError):
    message = "你已经报名这门课程，不需要再次购买，可以直接开始学习。"


class NotOnSale(DomainError):
    message = "这门课程目前不开放购买，请看看其他课程，或联系客服。"


class BadQuantity(DomainError):
    message = f"席位数要在 1 到 {MAX_QUANTITY} 之间。需要更多，请联系客服。"


class CompanyMissing(DomainError):
    message = "请填写企业名称，发票和合同都要用。"


class OrderClosed(DomainError):
    message = "这张订单已经关闭，不能再付款或取消。需要课程请重新下单。"


class OrderLapsed(DomainError):
    message = "这张订单已经超过支付时间，请重新下单。"


class OrderBusy(DomainError):
    message = "这张订单正在另一个页面操作，请刷新后再试。"


class PaymentProcessing(DomainError):
    message = "你的付款正在银行处理中，请等待结果，不要重复付款。"


class PaymentUnderReview(DomainError):
    message = "我们已收到一笔款项，正在人工核对，请不要再次付款。"


class PaymentArrived(DomainError):
    """The money is there. `session_id` says what to settle, `order` where the buyer should look."""

    message = "这张订单已经收到付款。"

    def __init__(self, payment: Payment, session_id: str) -> None:
        super().__init__()
        self.order = payment.order
        self.session_id = session_id
