"""The certificates room's part of the back office."""

from wagtail import hooks
from wagtail.permissions import register_permission_policy

from certificates.admin import (
    BatchViewSet,
    LostPassViewSet,
    PetitionViewSet,
    RegisterPolicy,
    RegisterViewSet,
    RevocationViewSet,
    TemplateViewSet,
)
from certificates.models import Certificate, CertificateTemplate, IssueBatch, Petition, RevocationRequest

for model in (Certificate, CertificateTemplate, IssueBatch, Petition, RevocationRequest):
    register_permission_policy(model, RegisterPolicy(model), exact_class=True)


@hooks.register("register_admin_viewset")
def register_certificates() -> list[object]:
    return [
        RegisterViewSet(),
        RevocationViewSet(),
        PetitionViewSet(),
        LostPassViewSet(),
        BatchViewSet(),
        TemplateViewSet(),
    ]
