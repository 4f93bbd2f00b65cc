from django.apps import AppConfig
from django.core.checks import register

from certificates.checks import check_issuer, check_keys


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = "证书"

    def ready(self) -> None:
        register(check_issuer)
        register(check_keys)
