"""The table of clauses in the back office, and what loads it. docs/rules/readiness.md, A1-A2"""

import pytest
from django.core.exceptions import ValidationError

from certificates.staffing import tasks
from certificates.staffing.models import CycleReminder, Indicator
from certificates.staffing.readiness import indicators
from certificates.staffing.readiness.admin import shown_points
from lms.users import roles

pytestmark = pytest.mark.django_db


def test_points_without_a_source_are_refused():
    with pytest.raises(ValidationError, match="来源"):
        Indicator(code="5.2.1", title="商品信息", points_centi=500).full_clean()


def test_points_are_shown_or_said_to_be_unknown():
    indicators.load()

    assert shown_points(Indicator.objects.get(code="5.1.2.2")) == "5"
    assert shown_points(Indicator.objects.get(code="5.2.1")) == "—"


def test_reviewers_keep_the_table_and_nobody_deletes():
    assert {name for role in roles.ROLES for name in role.permissions if name.endswith("_indicator")} == {
        "staffing.view_indicator",
        "staffing.add_indicator",
        "staffing.change_indicator",
    }


def test_sweep_runs_as_a_task():
    tasks.remind_companies()

    assert not CycleReminder.objects.exists()
