"""What allauth is told about our accounts."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter


class AccountAdapter(DefaultAccountAdapter):
    pass


class TwoFactorAdapter(DefaultMFAAdapter):
    pass
