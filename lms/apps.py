from django.apps import AppConfig


class LmsConfig(AppConfig):
    name = "lms"
    verbose_name = "平台"

    def ready(self) -> None:
        from lms import checks  # noqa: F401, PLC0415  # registers the system checks once apps are loaded
