"""Where Wagtail finds what we changed about its account pages."""

from wagtail import hooks
from wagtail.admin.views.account import NameEmailSettingsPanel

from lms.users import admin

# Later than Wagtail's own actions of the same type, so that ours replace them.
for action in (admin.AssignRole, admin.SetActiveState, admin.Delete):
    hooks.register("register_bulk_action", action, order=100)

# Wagtail has no switch for its first and last name: our people have one name, and change it on the profile page.
NameEmailSettingsPanel.is_active = lambda _panel: False
