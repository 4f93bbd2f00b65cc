"""The certificates room's part of the back office."""

from wagtail import hooks
from wagtail.permissions import register_permission_policy

from certificates.admin import RegisterPolicy, RegisterViewSet
from certificates.models import Certificate

register_permission_policy(Certificate, RegisterPolicy(Certificate), exact_class=True)


@hooks.register("register_admin_viewset")
def register_certificates() -> RegisterViewSet:
    return RegisterViewSet()
