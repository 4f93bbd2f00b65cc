"""System checks that refuse a half-configured production. `manage.py check` and every start run them."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

REQUIRED = {
    "SECRET_KEY": "签名会话与令牌的密钥",
    "DATA_KEYS": "加密证件号的密钥",
    "ALLOWED_HOSTS": "网站域名",
    "SITE_URL": "网站完整地址，邮件与证书二维码要用",
    "ISSUER_NAME": "发证机构名称",
    "SUPPORT_EMAIL": "联系邮箱",
    "STRIPE_SECRET_KEY": "Stripe 密钥",
    "STRIPE_WEBHOOK_SECRET": "Stripe webhook 签名密钥",
    "REDIS_URL": "缓存与任务队列",
}


def is_set(name: str) -> bool:
    try:
        return bool(getattr(settings, name))
    except ImproperlyConfigured:  # Django's own answer to an empty SECRET_KEY
        return False


@register()
def check_production(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Report every setting without which production would be unsafe or would not work."""
    if settings.EMBEDDED:
        return []
    errors: list[CheckMessage] = [
        Error(f"生产模式缺少环境变量 {name}（{meaning}）。", hint="见 docs/operations.md。", id="lms.E001")
        for name, meaning in REQUIRED.items()
        if not is_set(name)
    ]
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        errors.append(Error("生产模式要用 PostgreSQL：请设置 DATABASE_URL。", id="lms.E002"))
    if settings.STRIPE_DOUBLE or settings.STRIPE_API_BASE:
        errors.append(Error("生产模式不能使用 Stripe 替身：请去掉 STRIPE_API_BASE 并换成真实密钥。", id="lms.E003"))
    if "filebased" in settings.MAIL_DELIVERY_BACKEND:
        errors.append(Error("生产模式的邮件不能写进文件夹：请设置 EMAIL_URL。", id="lms.E004"))
    if settings.CELERY_TASK_ALWAYS_EAGER:
        errors.append(Error("生产模式的任务要由 Celery 执行。", id="lms.E005"))
    if settings.WEBHOOKS_ALLOW_LOCAL:
        errors.append(Error("生产模式的推送不能发到本机：请去掉 WEBHOOKS_ALLOW_LOCAL。", id="lms.E006"))
    return errors
