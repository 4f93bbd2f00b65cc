"""System checks: an issuer whose name may be printed, and in production keys that are not the demo's."""

from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error

from certificates import wording

KEYS_HINT = "见 docs/keys.md：怎样生成、保管和更换签名密钥。"


def check_issuer(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse an issuer whose name no certificate may carry: docs/rules/certificates.md, rule N10."""
    found = wording.find_banned(settings.ISSUER_NAME)
    if not found:
        return []
    hint = "证书不得使用这些字样，签发会全部失败。请改环境变量 ISSUER_NAME。"
    return [Error(f"发证机构名称含有“{'、'.join(found)}”。", hint=hint, id="certificates.E001")]


def check_keys(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Refuse a production that would sign with demo keys, or whose key files are not there: rule N14."""
    if settings.EMBEDDED:
        return []
    errors: list[CheckMessage] = []
    if not (settings.CERTIFICATE_PKCS12 or settings.CERTIFICATE_PKCS11_MODULE):
        text = "生产模式没有证书签名密钥：请设置 CERTIFICATE_PKCS12 或 CERTIFICATE_PKCS11_MODULE。"
        errors.append(Error(text, hint=KEYS_HINT, id="certificates.E002"))
    files = {name: getattr(settings, name) for name in ("CERTIFICATE_PKCS12", "CREDENTIAL_KEY_FILE", "LOG_KEY_FILE")}
    errors += (
        Error(f"生产模式没有签名密钥：请设置 {name}。", hint=KEYS_HINT, id="certificates.E003")
        for name in ("CREDENTIAL_KEY_FILE", "LOG_KEY_FILE")
        if not files[name]
    )
    errors += (
        Error(f"{name} 指向的文件不存在或读不到。", hint=KEYS_HINT, id="certificates.E004")
        for name, path in files.items()
        if path and not Path(path).is_file()
    )
    return errors
