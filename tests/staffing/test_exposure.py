"""Companies that lean on certificates which a key fix puts in doubt."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from certificates import issuing, lifecycle, lost_passes
from certificates.models import Certificate
from certificates.staffing import checks
from certificates.staffing.exposure import exposures
from exams.models import ItemVersion
from tests.exams.test_admin import staff, text_of
from tests.factories.companies import make_company, make_person
from tests.factories.exams import STARTED, make_exam, make_identity
from tests.factories.keyfix import carry_out, make_marked, make_paper, propose
from tests.factories.users import UserFactory

NOW = STARTED + timedelta(days=3)
TODAY = timezone.localdate(NOW)


@pytest.fixture
def version(db) -> ItemVersion:
    """A question by which alone one certificate was earned."""
    exam, candidate = make_exam(), UserFactory()
    make_identity(candidate)
    issuing.issue(attempt=make_marked(exam, candidate, ["B", "D", "AC", "F"]), now=NOW)
    return ItemVersion.objects.get(pk=make_paper(exam)[0][0])


@pytest.fixture
def certificate(version):
    return Certificate.objects.get()


@pytest.fixture
def leaning(certificate):
    """One service manager, who has the certificate."""
    company = make_company(name="依靠有限公司")
    make_person(company=company, name=certificate.holder_name, certificate_number=certificate.number)
    return company


def answers(certificate):
    found = exposures(certificates=[certificate], as_of=TODAY)
    return [(one.company, one.required, one.held, one.left, one.is_covered, one.stays_covered) for one in found]


def test_only_companies_that_count_the_certificate_are_exposed(certificate, leaning):
    make_person(company=make_company(name="无关有限公司"), name="李四")
    former = make_company(name="从前有限公司")
    make_person(
        company=former,
        name=certificate.holder_name,
        certificate_number=certificate.number,
        left_on=TODAY - timedelta(days=1),
    )
    make_person(company=former, name="王五")

    assert answers(certificate) == [(leaning, 1, 1, 0, True, False)]


def test_the_answer_of_the_company_follows_the_decision_and_not_the_score(certificate, leaning, version):
    def held():
        return checks.check_company(company=leaning, as_of=TODAY).staffing.held

    assert held() == 1
    carry_out(propose(version, now=NOW), now=NOW)
    assert held() == 1
    lifecycle.suspend(certificate=certificate, reason="答案更正", person=UserFactory(), now=NOW)
    assert held() == 0
    assert answers(certificate) == []


def test_staffing_exposure_is_part_of_the_page_of_the_key_fix(certificate, leaning, version):
    fix = propose(version, now=NOW)
    address = f"/cms/staffing/exposure/{fix.pk}/"
    examiner = staff("view_certificate")

    with time_machine.travel(NOW, tick=False):
        page, part = text_of(examiner.get(address)), text_of(examiner.get(address, headers={"HX-Request": "true"}))

    assert "<html" in page
    assert "<html" not in part
    assert "依靠有限公司" in part
    assert lost_passes.effects_of(fix).at_risk.get() == certificate
    assert staff("view_exam").get(address).status_code in (302, 403)
