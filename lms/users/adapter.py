"""What allauth is told about our accounts: plain words for its refusals, and encryption for its secrets."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter

from lms.users import vault


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "这个账号已停用。如有疑问，请联系客服。",
        "duplicate_email": "这就是你现在用的邮箱，请填写新的邮箱。",
        "email_password_mismatch": "邮箱或密码不正确。请检查后重试；忘记密码可以重新设置。",
        "enter_current_password": "当前密码不正确，请重新输入。",
        "incorrect_code": "验证码不正确或已过期，请输入最新的验证码。",
        "incorrect_password": "密码不正确，请重新输入。",
        "invalid_password_reset": "这个链接已失效，请重新申请设置密码。",
        "too_many_login_attempts": "登录失败的次数太多，请 5 分钟后再试，或重新设置密码。",
        "rate_limited": "操作太频繁，请稍等几分钟再试。",
    }


class TwoFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "add_email_blocked": "账号开启了两步验证，不能直接更换邮箱。请先关闭两步验证，换好邮箱后再开启。",
        "incorrect_code": "验证码不正确或已用过，请等验证器显示新的验证码后再输入。",
        "unverified_email": "请先验证邮箱，再开启两步验证。",
    }

    def encrypt(self, text: str) -> str:
        return vault.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.decrypt(encrypted_text)
