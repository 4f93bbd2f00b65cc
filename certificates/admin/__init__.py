"""The certificates room in the back office."""

from certificates.admin.batches import BatchViewSet
from certificates.admin.care import PetitionViewSet, RevocationViewSet
from certificates.admin.lost_passes import LostPassViewSet
from certificates.admin.register import RegisterPolicy, RegisterViewSet
from certificates.admin.templates import TemplateViewSet

__all__ = [
    "BatchViewSet",
    "LostPassViewSet",
    "PetitionViewSet",
    "RegisterPolicy",
    "RegisterViewSet",
    "RevocationViewSet",
    "TemplateViewSet",
]
