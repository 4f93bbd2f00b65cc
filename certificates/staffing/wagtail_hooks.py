from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from certificates.staffing.admin import (
    ApiTokenViewSet,
    CompanyViewSet,
    ExternalViewSet,
    StaffingCheckViewSet,
    WebhookDeliveryViewSet,
    WebhookEndpointViewSet,
)
from certificates.staffing.exposure_views import staffing_exposure
from certificates.staffing.models import (
    ApiToken,
    Company,
    ExternalCertificate,
    StaffingCheck,
    WebhookDelivery,
    WebhookEndpoint,
)
from certificates.staffing.readiness.admin import IndicatorViewSet
from lms.policies import ReadOnlyPolicy

register_permission_policy(StaffingCheck, ReadOnlyPolicy(StaffingCheck))
register_snippet(StaffingCheckViewSet)
register_snippet(IndicatorViewSet)
for model in (Company, ExternalCertificate, ApiToken, WebhookEndpoint, WebhookDelivery):
    register_permission_policy(model, ReadOnlyPolicy(model))


@hooks.register("register_admin_viewset")
def register_companies() -> list[object]:
    return [
        CompanyViewSet(),
        ExternalViewSet(),
        ApiTokenViewSet(),
        WebhookEndpointViewSet(),
        WebhookDeliveryViewSet(),
    ]


@hooks.register("register_admin_urls")
def exposure_urls() -> list[URLPattern]:
    return [path("staffing/exposure/<pk:pk>/", staffing_exposure, name="staffing_exposure")]
