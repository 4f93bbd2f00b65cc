from django.apps import AppConfig
from wagtail.users.apps import WagtailUsersAppConfig


class UsersConfig(AppConfig):
    name = "lms.users"
    label = "users"
    verbose_name = "用户"


class BackOfficeUsersConfig(WagtailUsersAppConfig):
    user_viewset = "lms.users.admin.UserViewSet"
