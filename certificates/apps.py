from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from certificates import wording


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = "证书"

    def ready(self) -> None:
        register(check_issuer)


def check_issuer(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse an issuer whose name no certificate may carry: docs/rules/certificates.md, rule N10."""
    found = wording.find_banned(settings.ISSUER_NAME)
    if not found:
        return []
    hint = "证书不得使用这些字样，签发会全部失败。请改环境变量 ISSUER_NAME。"
    return [Error(f"发证机构名称含有“{'、'.join(found)}”。", hint=hint, id="certificates.E001")]
