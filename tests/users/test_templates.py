"""Every page, mail and message of allauth that people can meet is in our words; an upgrade that adds one shows here."""

from pathlib import Path

import allauth
import pytest
from django.conf import settings
from django.utils.translation import gettext, ngettext

THEIRS = Path(allauth.__file__).parent / "templates"
OURS = Path(settings.BASE_DIR) / "templates"
# Switched off here (sign-in by code, phone, passkeys, several addresses), or without words of their own.
UNUSED = (
    "code",
    "phone",
    "passkey",
    "webauthn",
    "trust",
    "base_",
    "/base",
    "account/email.html",
    "snippets/",
    "download",
)


def test_every_template_with_words_is_ours():
    names = {
        str(path.relative_to(THEIRS))
        for app in ("account", "mfa")
        for path in (THEIRS / app).rglob("*.*")
        if not any(part in f"{path.relative_to(THEIRS)}".replace("recovery_codes", "recovery") for part in UNUSED)
    }

    assert len(names) > 40
    assert sorted(name for name in names if not (OURS / name).exists()) == []


@pytest.mark.parametrize("path", [*OURS.glob("account/**/*.*"), *OURS.glob("mfa/**/*.*")], ids=lambda path: path.name)
def test_template_names_people_once_and_politely(path):
    text = path.read_text()

    assert "您" not in text
    assert "{% trans" not in text
    assert "user_display" not in text  # what a stranger may have typed does not go into mails


def test_locale_overrides_are_compiled():
    assert gettext("This field is required.") == "请填写这一项。"
    assert ngettext(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        10,
    ) == ("密码太短，至少要 %d 个字符。")
