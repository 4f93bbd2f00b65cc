"""What the back office may do with rows that verbs own, shared by the apps."""

from typing import Any

from django.urls import URLPattern
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Rows that verbs own: whoever may view may view; nobody adds, changes or deletes, not even a superuser."""

    def user_has_permission(self, user: object, action: str) -> bool:
        return action == "view" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: object, actions: list[str]) -> bool:
        return "view" in actions and self.user_has_permission(user, "view")


class LookOnlyViewSet(ModelViewSet):
    """List and inspect; no page that would add, edit or delete. Rows are searched in the database, not in an index."""

    copy_view_enabled = False
    inspect_view_enabled = True
    exclude_form_fields: list[str] = []
    search_backend_name = None

    def get_urlpatterns(self) -> list[URLPattern]:
        kept = {"index", "index_results", "inspect"}
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in kept]

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        gone = {f"{name}_url_name": None for name in ("history", "usage", "add", "edit", "delete")}
        return super().get_common_view_kwargs(**gone, **kwargs)
