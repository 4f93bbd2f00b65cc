"""The form of one account in the back office."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms

from lms.users import roles
from lms.users.models import User


class UserForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's ModelForm takes no parameter at run time
    """
    An account without a password: its holder sets one by mail.

    `editor` is who fills it in: only a superuser grants roles, and nobody shuts themselves out.
    """

    class Meta:
        model = User
        fields = ["email", "name", "is_active", "groups", "is_superuser"]
        labels = {"groups": "角色", "is_superuser": "超级用户"}
        help_texts = {
            "email": "改动后，对方下次登录要先验证新邮箱。",
            "groups": "角色决定能看什么、能改什么；工作人员角色还要求两步验证。",
            "is_superuser": "不受角色限制，可以授予角色。只给负责系统的人。",
        }
        widgets = {"groups": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, editor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not editor.is_superuser:
            del self.fields["groups"], self.fields["is_superuser"]
        if editor == self.instance:
            del self.fields["is_active"]
            self.fields.pop("is_superuser", None)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        return email

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002  # Django's signature
        if self.instance.pk is None:
            self.instance.set_unusable_password()
        user: User = super().save(commit=commit)
        roles.refresh_staff(user=user)
        if "email" in self.changed_data:
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=user.email, primary=True)
        return user
