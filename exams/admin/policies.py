"""What nobody may do in the back office, not even a superuser."""

from wagtail.permission_policies import ModelPermissionPolicy

from lms.users.models import User


class KeptPolicy(ModelPermissionPolicy):
    """Rows are never deleted: items are retired, exams are closed."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action != "delete" and super().user_has_permission(user, action)
