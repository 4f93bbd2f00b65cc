from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from certificates.staffing.admin import ReadOnlyPolicy, StaffingCheckViewSet
from certificates.staffing.models import StaffingCheck

register_permission_policy(StaffingCheck, ReadOnlyPolicy(StaffingCheck))
register_snippet(StaffingCheckViewSet)
