"""allauth's forms with our labels. Apart from lms.users.forms, which allauth imports while it defines these."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.core.validators import MaxLengthValidator

from lms.users.models import EMAIL_LENGTH

CHOOSING_HELP = "至少 10 个字符；不能只有数字，不能是常见密码，也不能与邮箱相近。"


class PlainLabels:
    """A form whose fields are called as on the rest of the site; the label says it, so no placeholder repeats it."""

    labels: dict[str, str] = {}
    helps: dict[str, str] = {}
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.helps.get(name, field.help_text)
            if isinstance(field, forms.EmailField):  # allauth's would let longer ones through to the database
                field.validators.append(MaxLengthValidator(EMAIL_LENGTH))


class LoginForm(PlainLabels, account.LoginForm):
    labels = {"login": "电子邮箱", "password": "密码"}
    helps = {"password": ""}


class SignupForm(PlainLabels, account.SignupForm):
    labels = {"email": "电子邮箱", "password1": "密码", "password2": "再输入一次密码"}
    helps = {"email": "用来登录，也用来接收验证和通知邮件。", "password1": CHOOSING_HELP}


class AddEmailForm(PlainLabels, account.AddEmailForm):
    labels = {"email": "新的电子邮箱"}


class ChangePasswordForm(PlainLabels, account.ChangePasswordForm):
    labels = {"oldpassword": "当前密码", "password1": "新密码", "password2": "再输入一次新密码"}
    helps = {"oldpassword": "", "password1": CHOOSING_HELP}


class SetPasswordForm(PlainLabels, account.SetPasswordForm):
    labels = {"password1": "密码", "password2": "再输入一次密码"}
    helps = {"password1": CHOOSING_HELP}


class ResetPasswordForm(PlainLabels, account.ResetPasswordForm):
    labels = {"email": "注册时用的电子邮箱"}


class ResetPasswordKeyForm(PlainLabels, account.ResetPasswordKeyForm):
    labels = {"password1": "新密码", "password2": "再输入一次新密码"}
    helps = {"password1": CHOOSING_HELP}


class ReauthenticateForm(PlainLabels, account.ReauthenticateForm):
    labels = {"password": "密码"}
    helps = {"password": ""}


class AuthenticateForm(PlainLabels, mfa.AuthenticateForm):
    labels = {"code": "验证码"}
    helps = {"code": "验证器应用里的 6 位数字；手机不在身边时，可以用一个恢复码代替。"}


class ReauthenticateByCodeForm(PlainLabels, mfa.ReauthenticateForm):
    labels = {"code": "验证码"}
    helps = {"code": "验证器应用里的 6 位数字，或一个恢复码。"}


class ActivateTOTPForm(PlainLabels, totp.ActivateTOTPForm):
    labels = {"code": "验证码"}
    helps = {"code": "验证器应用里显示的 6 位数字。"}
