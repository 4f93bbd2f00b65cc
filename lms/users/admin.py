"""
Accounts in the back office: find a person, mend an address, give a role.

Nobody deletes a person here (results and certificates rest on them; an account is switched off instead), nobody sets
another's password, and only a superuser grants roles or touches a colleague's account. Identity numbers are masked.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from wagtail.admin.ui.tables import BooleanColumn, BulkActionsCheckboxColumn, Column, DateColumn, TitleColumn
from wagtail.users.views import users as wagtail_users
from wagtail.users.views.bulk_actions import AssignRoleBulkAction, DeleteBulkAction, SetActiveStateBulkAction

from lms.users import roles
from lms.users.admin_forms import UserForm
from lms.users.models import User


def may_manage(editor: User | AnonymousUser, user: User) -> bool:
    """Say whether `editor` may change the account: a superuser any, others those of people who are not staff."""
    return editor.is_superuser or not (user.is_staff or user.is_superuser)


class IndexView(wagtail_users.IndexView):
    search_fields = ["email", "name", "identity__real_name"]

    @property
    def columns(self) -> list[Column]:
        return [
            BulkActionsCheckboxColumn("bulk_actions", obj_type="user"),
            TitleColumn("email", label="电子邮箱", sort_key="email", get_url=self.get_edit_url),
            Column("name", label="称呼", sort_key="name"),
            Column("roles", label="角色", accessor=_role_names),
            Column("identity", label="实名信息", accessor=lambda user: getattr(user, "identity", None)),
            BooleanColumn("is_active", label="启用", sort_key="is_active"),
            DateColumn("last_login", label="上次登录", sort_key="last_login"),
        ]

    def get_base_queryset(self) -> QuerySet[User]:
        return User.objects.select_related("identity", "wagtail_userprofile").prefetch_related("groups")

    def get_delete_url(self, _instance: User) -> None:
        return None


def _role_names(user: User) -> str:
    names = ["超级用户"] if user.is_superuser else []
    return "、".join([*names, *(group.name for group in user.groups.all())])


class CreateView(wagtail_users.CreateView):
    success_message = "账号 %(object)s 已建立。请告诉对方：在登录页点“忘记密码”，用邮箱设置密码。"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "editor": self.request.user}


class EditView(wagtail_users.EditView):
    success_message = "账号 %(object)s 已更新。"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.can_delete = False
        if not (self.editing_self or may_manage(request.user, self.object)):
            raise PermissionDenied

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        del kwargs["editing_self"]
        return {**kwargs, "editor": self.request.user}


class DeleteView(wagtail_users.DeleteView):
    def dispatch(self, *_args: Any, **_kwargs: Any) -> Any:
        raise PermissionDenied


class UserViewSet(wagtail_users.UserViewSet):
    menu_label = "用户"
    copy_view_enabled = False
    index_view_class = IndexView
    add_view_class = CreateView
    edit_view_class = EditView
    delete_view_class = DeleteView
    create_template_name = "wagtailadmin/generic/create.html"
    edit_template_name = "wagtailadmin/generic/edit.html"

    def get_form_class(self, **_kwargs: bool) -> type[UserForm]:
        return UserForm


class AssignRole(AssignRoleBulkAction):
    def check_perm(self, _obj: User) -> bool:
        return self.request.user.is_superuser

    @classmethod
    def execute_action(cls, objects: list[User], role: Any = None, **kwargs: Any) -> tuple[int, int]:
        counts: tuple[int, int] = super().execute_action(objects, role=role, **kwargs)
        for user in objects:
            roles.refresh_staff(user=user)
        return counts


class SetActiveState(SetActiveStateBulkAction):
    def check_perm(self, obj: User) -> bool:
        return super().check_perm(obj) and may_manage(self.request.user, obj)


class Delete(DeleteBulkAction):
    def check_perm(self, _obj: User) -> bool:
        return False
