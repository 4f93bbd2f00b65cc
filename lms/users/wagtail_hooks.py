"""The people room's part of the back office: what we changed about Wagtail's account pages, and outgoing mail."""

from wagtail import hooks
from wagtail.admin.views.account import NameEmailSettingsPanel
from wagtail.permissions import register_permission_policy

from lms.policies import ReadOnlyPolicy
from lms.users import admin
from lms.users.models import OutgoingMail
from lms.users.outbox_admin import OutgoingMailViewSet

# Later than Wagtail's own actions of the same type, so that ours replace them.
for action in (admin.AssignRole, admin.SetActiveState, admin.Delete):
    hooks.register("register_bulk_action", action, order=100)

# Wagtail has no switch for its first and last name: our people have one name, and change it on the profile page.
NameEmailSettingsPanel.is_active = lambda _panel: False

register_permission_policy(OutgoingMail, ReadOnlyPolicy(OutgoingMail), exact_class=True)


@hooks.register("register_admin_viewset")
def register_outgoing_mail() -> OutgoingMailViewSet:
    return OutgoingMailViewSet()
