"""What nobody may do in the back office, not even a superuser."""

from wagtail.permission_policies import ModelPermissionPolicy

from lms.users.models import User


class KeptPolicy(ModelPermissionPolicy):
    """Rows are never deleted: items are retired, exams are closed."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action != "delete" and super().user_has_permission(user, action)


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Rows that only verbs change: the back office shows them."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action == "view" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: User, actions: list[str]) -> bool:
        return "view" in actions and self.user_has_permission(user, "view")
