"""The staffing room's part of the back office."""

from certificates.staffing.admin.checks import StaffingCheckViewSet
from certificates.staffing.admin.companies import CompanyViewSet, ExternalViewSet
from certificates.staffing.admin.webhooks import ApiTokenViewSet, WebhookDeliveryViewSet, WebhookEndpointViewSet

__all__ = [
    "ApiTokenViewSet",
    "CompanyViewSet",
    "ExternalViewSet",
    "StaffingCheckViewSet",
    "WebhookDeliveryViewSet",
    "WebhookEndpointViewSet",
]
