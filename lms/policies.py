"""Permission policies of the back office that several apps share."""

from wagtail.permission_policies import ModelPermissionPolicy


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Rows that verbs own: whoever may view may view; nobody adds, changes or deletes, not even a superuser."""

    def user_has_permission(self, user: object, action: str) -> bool:
        return action == "view" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: object, actions: list[str]) -> bool:
        return "view" in actions and self.user_has_permission(user, "view")
