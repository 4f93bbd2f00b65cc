"""Pages of the staffing room, one module a subject."""

from certificates.staffing.views.api_tokens import api_token_list, api_token_revoke
from certificates.staffing.views.checks import (
    check_create,
    check_delete,
    check_detail,
    check_list,
    roster_template,
)
from certificates.staffing.views.companies import (
    company_create,
    company_detail,
    company_list,
    company_settings,
    domain_prove,
    domain_send,
    group_detail,
    group_join,
    group_leave,
)
from certificates.staffing.views.consents import (
    consent_give,
    consent_list,
    consent_withdraw,
)
from certificates.staffing.views.desk import (
    training_create,
    training_list,
    training_nudge,
)
from certificates.staffing.views.externals import (
    external_create,
    external_delete,
    external_scan,
)
from certificates.staffing.views.imports import (
    import_confirm,
    import_detail,
    import_discard,
    import_list,
)
from certificates.staffing.views.members import (
    invitation_withdraw,
    member_accept,
    member_digest,
    member_list,
    member_remove,
    member_role,
)
from certificates.staffing.views.people import (
    consent_invite,
    person_create,
    person_days,
    person_delete,
    person_detail,
    person_edit,
    person_export,
    person_judge,
    person_leave,
    person_list,
)
from certificates.staffing.views.sites import (
    site_delete,
    site_edit,
    site_list,
)

__all__ = [
    "api_token_list",
    "api_token_revoke",
    "check_create",
    "check_delete",
    "check_detail",
    "check_list",
    "company_create",
    "company_detail",
    "company_list",
    "company_settings",
    "consent_give",
    "consent_invite",
    "consent_list",
    "consent_withdraw",
    "domain_prove",
    "domain_send",
    "external_create",
    "external_delete",
    "external_scan",
    "group_detail",
    "group_join",
    "group_leave",
    "import_confirm",
    "import_detail",
    "import_discard",
    "import_list",
    "invitation_withdraw",
    "member_accept",
    "member_digest",
    "member_list",
    "member_remove",
    "member_role",
    "person_create",
    "person_days",
    "person_delete",
    "person_detail",
    "person_edit",
    "person_export",
    "person_judge",
    "person_leave",
    "person_list",
    "roster_template",
    "site_delete",
    "site_edit",
    "site_list",
    "training_create",
    "training_list",
    "training_nudge",
]
