"""The payments room's part of the back office."""

from wagtail import hooks
from wagtail.permissions import register_permission_policy

from lms.policies import ReadOnlyPolicy
from payments.admin import PaymentsGroup
from payments.models import Order, Payment, StripeEvent

for model in (Order, Payment, StripeEvent):
    register_permission_policy(model, ReadOnlyPolicy(model), exact_class=True)


@hooks.register("register_admin_viewset")
def register_payments() -> PaymentsGroup:
    return PaymentsGroup()
