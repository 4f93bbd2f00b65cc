import pytest

from certificates.apps import check_issuer
from certificates.models import Certificate
from certificates.tasks import issue_due_certificates
from tests.factories.certificates import make_attempt, make_identity


@pytest.mark.django_db
def test_the_sweep_issues_what_is_due(alice, now):
    make_identity(user=alice, now=now)
    make_attempt(candidate=alice, now=now)

    issue_due_certificates()

    assert Certificate.objects.get().holder == alice


def test_an_issuer_that_no_certificate_may_name_stops_the_start(settings):
    assert check_issuer(None) == []

    settings.ISSUER_NAME = "中国售后服务学院"

    assert [error.id for error in check_issuer(None)] == ["certificates.E001"]
