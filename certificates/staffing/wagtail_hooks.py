from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from certificates.staffing.admin import StaffingCheckViewSet
from certificates.staffing.models import StaffingCheck
from lms.policies import ReadOnlyPolicy

register_permission_policy(StaffingCheck, ReadOnlyPolicy(StaffingCheck))
register_snippet(StaffingCheckViewSet)
