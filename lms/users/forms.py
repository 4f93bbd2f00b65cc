"""Forms of the account pages that are ours. Imports none of allauth's forms: they import this module."""

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from lms.users import consents, identity, identity_rules, roles
from lms.users.models import Consent, User

# No control characters, and none of the invisible ones that turn or hide the text after them.
visible_text = RegexValidator(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]",
    inverse_match=True,
    message="含有看不见的控制字符，请手工重新输入。",
)


def name_field() -> forms.CharField:
    return forms.CharField(
        label="称呼",
        max_length=50,
        validators=[visible_text],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="显示在页面上，可以用昵称；证书上印的是实名信息。",
    )


class SignupForm(forms.Form):
    """What sign-up asks besides e-mail and password."""

    name = name_field()
    accepts_terms = forms.BooleanField(
        label=format_html(
            '我已阅读并同意<a href="{}" target="_blank">《用户协议》</a>'
            '和<a href="{}" target="_blank">《隐私政策》</a>',
            "/terms/",
            "/privacy/",
        ),
        error_messages={"required": "请阅读并勾选同意《用户协议》和《隐私政策》，否则不能注册。"},
    )

    field_order = ["name", "email", "password1", "password2", "accepts_terms"]

    def signup(self, request: HttpRequest, user: User) -> None:
        """Finish the account that allauth has just made: its name, its role and its consent."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        roles.join(user=user, role=roles.LEARNER)
        consents.give(
            user=user,
            purpose=Consent.Purpose.TERMS,
            version=settings.TERMS_VERSION,
            ip=get_adapter(request).get_client_ip(request),
            now=timezone.now(),
        )


class NameForm(forms.ModelForm[User]):
    name = name_field()

    class Meta:
        model = User
        fields = ["name"]


class IdentityForm(forms.Form):
    """真实姓名 and 证件号, with a consent box of its own that nobody has ticked beforehand."""

    real_name = forms.CharField(
        label="真实姓名",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="与身份证上的姓名一致，将印在证书上。",
    )
    id_number = forms.CharField(
        label="证件号",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text="18 位居民身份证号，或港澳台居民居住证号。只要号码，不需要上传证件照片。",
    )
    agrees = forms.BooleanField(
        label=identity.CONSENT_TEXT,
        error_messages={"required": "处理证件号需要你的单独同意。不同意可以不填，仍可学习课程，但不能参加考试。"},
    )

    def clean_real_name(self) -> str:
        try:
            return identity_rules.check_name(self.cleaned_data["real_name"])
        except identity_rules.RealNameInvalid as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    def clean_id_number(self) -> str:
        try:
            return identity_rules.check_number(self.cleaned_data["id_number"], today=timezone.localdate())
        except identity_rules.IdNumberInvalid as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
