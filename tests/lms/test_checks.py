"""A half-configured production does not start; these run the real command in a process of its own."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

COMPLETE = {
    "LMS_PRODUCTION": "1",
    "SECRET_KEY": "x" * 60,
    "DATA_KEYS": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "exam.example.com",
    "SITE_URL": "https://exam.example.com",
    "ISSUER_NAME": "某培训机构",
    "SUPPORT_EMAIL": "service@example.com",
    "STRIPE_SECRET_KEY": "sk_live_x",
    "STRIPE_WEBHOOK_SECRET": "whsec_x",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "DATABASE_URL": "postgres://lms@127.0.0.1/lms",
    "EMAIL_URL": "smtp://127.0.0.1:25",
    **dict.fromkeys(
        ("CERTIFICATE_PKCS12", "CREDENTIAL_KEY_FILE", "LOG_KEY_FILE"), __file__
    ),  # any file: none is opened
}


def check(tmp_path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    env |= {"DJANGO_SETTINGS_MODULE": "lms.settings", "LMS_DATA_DIR": str(tmp_path)}
    env |= {k: v for k, v in (COMPLETE | changes).items() if v is not None}
    return subprocess.run([sys.executable, "manage.py", "check"], env=env, capture_output=True, text=True, check=False)


def test_complete_production_passes(tmp_path):
    result = check(tmp_path)

    assert (result.returncode, result.stderr.strip()) == (0, "")
    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SECRET_KEY": None}, "lms.E001) 生产模式缺少环境变量 SECRET_KEY"),
        ({"DATA_KEYS": None}, "lms.E001) 生产模式缺少环境变量 DATA_KEYS"),
        ({"WEBHOOKS_ALLOW_LOCAL": "1"}, "lms.E006) 生产模式的推送不能发到本机"),
        ({"STRIPE_WEBHOOK_SECRET": None}, "lms.E001) 生产模式缺少环境变量 STRIPE_WEBHOOK_SECRET"),
        ({"DATABASE_URL": None}, "lms.E002"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:8001"}, "lms.E003"),
        ({"STRIPE_SECRET_KEY": "sk_test_local_double"}, "lms.E003"),
        ({"EMAIL_URL": None}, "lms.E004"),
        ({"CERTIFICATE_PKCS12": None}, "certificates.E002"),
        ({"LOG_KEY_FILE": None}, "certificates.E003"),
        ({"CREDENTIAL_KEY_FILE": "/nowhere"}, "certificates.E004"),
    ],
)
def test_missing_piece_is_named(tmp_path, changes, words):
    result = check(tmp_path, **changes)

    assert result.returncode == 1
    assert words in result.stderr


def test_embedded_mode_needs_nothing(tmp_path):
    result = check(tmp_path, **dict.fromkeys(COMPLETE))

    assert result.returncode == 0
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
