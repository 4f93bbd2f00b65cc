"""Pages of the staffing room, one module a subject."""

from certificates.staffing.views.checks import (
    calculator,
    check_create,
    check_delete,
    check_detail,
    check_list,
    roster_template,
)

__all__ = [
    "calculator",
    "check_create",
    "check_delete",
    "check_detail",
    "check_list",
    "roster_template",
]
