"""The staffing room's part of the back office."""

from certificates.staffing.admin.checks import StaffingCheckViewSet
from certificates.staffing.admin.companies import CompanyViewSet, ExternalViewSet

__all__ = ["CompanyViewSet", "ExternalViewSet", "StaffingCheckViewSet"]
