"""The double cannot be switched on in production."""

import os
import subprocess
import sys

import pytest
from django.test import override_settings

from lms.checks import check_production


@pytest.mark.parametrize(
    "stripe",
    [
        {"STRIPE_DOUBLE": True, "STRIPE_API_BASE": "http://127.0.0.1:8001"},
        {"STRIPE_DOUBLE": False, "STRIPE_API_BASE": "http://127.0.0.1:8001"},
        {"STRIPE_DOUBLE": True, "STRIPE_API_BASE": ""},
    ],
)
def test_production_refuses_the_double(stripe):
    with override_settings(EMBEDDED=False, PRODUCTION=True, **stripe):
        assert "lms.E003" in {error.id for error in check_production(None)}


def test_production_accepts_stripe():
    with override_settings(EMBEDDED=False, PRODUCTION=True, STRIPE_DOUBLE=False, STRIPE_API_BASE=""):
        assert "lms.E003" not in {error.id for error in check_production(None)}


@pytest.mark.parametrize(
    ("env", "options", "words"),
    [
        ({"LMS_PRODUCTION": "1"}, [], "生产模式不能使用"),
        ({}, ["--webhook-url", "https://shop.example.com/"], "只能是本机地址"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, ["--webhook-secret", ""], "webhook 签名密钥"),
    ],
)
def test_the_double_refuses_to_start(env, options, words):
    command = [sys.executable, "-m", "tools.stripe_double", "--port", "0", "--webhook-secret", "whsec_x"]
    command += ["--webhook-url", "http://127.0.0.1:1/", *options]

    ended = subprocess.run(command, capture_output=True, text=True, env=os.environ | env, timeout=30)

    assert ended.returncode == 1
    assert words in ended.stderr
