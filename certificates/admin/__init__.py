"""The certificates room in the back office."""

from certificates.admin.care import PetitionViewSet, RevocationViewSet
from certificates.admin.register import RegisterPolicy, RegisterViewSet

__all__ = ["PetitionViewSet", "RegisterPolicy", "RegisterViewSet", "RevocationViewSet"]
