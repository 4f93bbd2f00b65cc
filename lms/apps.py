from django.apps import AppConfig
from django.urls import register_converter

from lms.converters import PkConverter


class LmsConfig(AppConfig):
    name = "lms"
    verbose_name = "平台"

    def ready(self) -> None:
        register_converter(PkConverter, "pk")
        from lms import checks  # noqa: F401, PLC0415  # registers the system checks once apps are loaded
