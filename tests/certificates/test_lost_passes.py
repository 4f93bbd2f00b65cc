"""What a key fix does to certificates, and what a candidate, the look-up and a company see before and after."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates import issuing, lifecycle, lost_passes
from certificates.models import Certificate, KeptCertificate
from certificates.staffing import checks
from exams.models import ItemVersion
from tests.exams.test_admin import staff, text_of
from tests.factories.exams import STARTED, make_exam, make_identity
from tests.factories.keyfix import SETTLED, carry_out, make_marked, make_paper, propose
from tests.factories.staffing import manager, roster_of
from tests.factories.users import UserFactory

NOW = STARTED + timedelta(days=3)
LIST = "/cms/certificate-key-fixes/"


@pytest.fixture
def exam(db):
    return make_exam()


@pytest.fixture
def version(exam) -> ItemVersion:
    """单选, 2 of 8 points, key B."""
    return ItemVersion.objects.get(pk=make_paper(exam)[0][0])


def sit(exam, *answers, **fields):
    candidate = fields.pop("candidate", None) or UserFactory()
    if not hasattr(candidate, "identity"):
        make_identity(candidate)
    return make_marked(exam, candidate, list(answers), **fields)


@pytest.fixture
def passed(exam):
    """Passes by B alone, and has the certificate."""
    attempt = sit(exam, "B", "D", "AC", "F")
    issuing.issue_due(now=NOW)
    return attempt


@pytest.fixture
def failed(exam):
    """Would pass with C."""
    return sit(exam, "C", "D", "AC", "F")


def states():
    return dict(Certificate.objects.values_list("attempt", "status"))


def look_up(client, certificate):
    address = reverse("certificates:verify")
    return client.get(
        address, {"number": certificate.number, "name": certificate.holder_name}, HTTP_ACCEPT="application/json"
    ).json()


def coverage(certificate):
    """What a company of one service manager is told, today."""
    roster = roster_of(manager(certificate.holder_name, certificate=certificate.number))
    found = checks.evaluate(roster=roster, as_of=timezone.localdate(NOW))
    return found.held, found.required


# --- Before and after -------------------------------------------------------------------------------------------------
def test_who_passes_by_the_fix_gets_a_certificate_and_who_fails_keeps_it(passed, failed, version):
    assert states() == {passed.pk: "VALID"}

    carry_out(propose(version, now=NOW), now=NOW)
    issuing.issue_due(now=NOW + SETTLED)

    assert states() == {passed.pk: "VALID", failed.pk: "VALID"}
    assert [row.attempt_id for row in lost_passes.waiting()] == [passed.pk]


def test_candidate_look_up_and_company_before_the_fix_after_it_and_after_the_decision(client, passed, version):
    certificate = Certificate.objects.get()
    page = f"/exams/attempts/{passed.pk}/"

    def seen():
        client.force_login(passed.candidate)
        own = client.get(page).content.decode()
        client.logout()
        return "5 分" in own, look_up(client, certificate)["status"], coverage(certificate)

    assert seen() == (True, "VALID", (1, 1))

    carry_out(propose(version, now=NOW), now=NOW)
    assert seen()[1:] == ("VALID", (1, 1))
    client.force_login(passed.candidate)
    assert "已经签发的证书不会自动失效" in client.get(page).content.decode()

    lifecycle.suspend(certificate=certificate, reason="答案更正", person=UserFactory(), now=NOW)
    assert seen()[1:] == ("SUSPENDED", (0, 1))
    assert not lost_passes.waiting().exists()


def test_taking_the_fix_back_empties_the_queue(passed, version):
    carry_out(propose(version, now=NOW), now=NOW)

    carry_out(propose(version, now=NOW, action="ORIGINAL"), now=NOW + SETTLED)

    assert not lost_passes.waiting().exists()
    assert states() == {passed.pk: "VALID"}


def test_who_passed_later_gets_no_second_certificate(exam, failed, version):
    later = sit(exam, "B", "B", "AC", "T", candidate=failed.candidate, number=2)
    issuing.issue_due(now=NOW)

    fix = carry_out(propose(version, now=NOW), now=NOW)
    issuing.issue_due(now=NOW + SETTLED)

    assert states() == {later.pk: "VALID"}
    assert lost_passes.effects_of(fix).superseded == 1
    failed.refresh_from_db()
    assert failed.has_passed
    with pytest.raises(issuing.HasLaterCertificate):
        issuing.issue(attempt=failed, now=NOW)


def test_the_earlier_pass_counts_once_the_later_certificate_is_revoked(exam, failed, version):
    later = sit(exam, "D", "B", "AC", "F", candidate=failed.candidate, number=2)
    issuing.issue_due(now=NOW)
    carry_out(propose(version, now=NOW), now=NOW)
    lifecycle.revoke(certificate=Certificate.objects.get(attempt=later), reason="违纪", person=UserFactory(), now=NOW)

    issuing.issue_due(now=NOW)

    assert states() == {later.pk: "REVOKED", failed.pk: "VALID"}


# --- Deciding ---------------------------------------------------------------------------------------------------------
def test_keep_is_on_record_and_ends_the_waiting_until_the_next_change(passed, version):
    carry_out(propose(version, now=NOW), now=NOW)
    certificate, person = Certificate.objects.get(), UserFactory()

    lost_passes.keep(certificate=certificate, reason="题目本身有争议", person=person, now=NOW)

    assert not lost_passes.waiting().exists()
    kept = KeptCertificate.objects.get()
    assert (kept.marking.cause, kept.reason, kept.kept_by) == ("KEY_FIX", "题目本身有争议", person)
    with pytest.raises(lost_passes.NothingToDecide):
        lost_passes.keep(certificate=certificate, reason="再次", person=person, now=NOW)

    carry_out(propose(version, now=NOW, key="D"), now=NOW + SETTLED)
    assert lost_passes.waiting().count() == 1


def test_keep_needs_a_reason_and_a_lost_pass(passed, version):
    certificate = Certificate.objects.get()
    with pytest.raises(lost_passes.NothingToDecide):
        lost_passes.keep(certificate=certificate, reason="无", person=UserFactory(), now=NOW)
    carry_out(propose(version, now=NOW), now=NOW)
    with pytest.raises(lifecycle.ReasonMissing):
        lost_passes.keep(certificate=certificate, reason="  ", person=UserFactory(), now=NOW)


# --- The preview ------------------------------------------------------------------------------------------------------
def test_effects_are_foreseen_and_come_true(exam, passed, failed, version):
    nameless = make_marked(exam, UserFactory(), ["C", "D", "AC", "F"])
    fix = propose(version, now=NOW)

    def effects():
        found = lost_passes.effects_of(fix)
        return found.issued, found.due, found.nameless, found.superseded, found.at_risk.count()

    assert effects() == (0, 1, 1, 0, 1)
    carry_out(fix, now=NOW)
    assert effects() == (0, 1, 1, 0, 1)
    issuing.issue_due(now=NOW + SETTLED)
    assert effects() == (1, 0, 1, 0, 1)
    assert nameless.pk not in states()


# --- The back office --------------------------------------------------------------------------------------------------
@pytest.fixture
def examiner(db):
    return staff("view_certificate", "change_certificate", "view_keyfix")


def test_lost_list_is_empty_at_first(examiner):
    assert "没有等待决定的证书" in text_of(examiner.get(LIST))


@pytest.mark.parametrize("count", [1, 3])
def test_lost_list_takes_the_same_queries_for_any_length(examiner, exam, version, count, django_assert_max_num_queries):
    for _ in range(count):
        sit(exam, "B", "D", "AC", "F")
    issuing.issue_due(now=NOW)
    carry_out(propose(version, now=NOW), now=NOW)
    examiner.get(LIST)

    with django_assert_max_num_queries(12):
        assert text_of(examiner.get(LIST)).count("/keep/") == count


def test_keep_asks_why(examiner, passed, version):
    carry_out(propose(version, now=NOW), now=NOW)
    address = f"{LIST}{Certificate.objects.get().pk}/keep/"
    assert "请写明理由" in text_of(examiner.post(address, {"reason": ""}))

    page = text_of(examiner.post(address, {"reason": "原答案当时有依据"}, follow=True))

    assert "维持有效" in page
    assert "没有等待决定的证书" in page
    assert "没有等待决定的成绩更正" in text_of(examiner.post(address, {"reason": "再次"}, follow=True))


def test_keep_needs_the_permission(passed, version):
    carry_out(propose(version, now=NOW), now=NOW)

    onlooker = staff("view_certificate")

    assert onlooker.get(LIST).status_code in (302, 403)
    assert onlooker.post(f"{LIST}{Certificate.objects.get().pk}/keep/", {"reason": "x"}).status_code in (302, 403)
    assert not KeptCertificate.objects.exists()


def test_effects_page_lists_the_certificates_at_risk(examiner, passed, failed, version):
    fix = propose(version, now=NOW)
    number = Certificate.objects.get().number

    page = text_of(examiner.get(f"{LIST}fix/{fix.pk}/"))
    part = text_of(examiner.get(f"{LIST}fix/{fix.pk}/", headers={"HX-Request": "true"}))

    assert number in page
    assert "1 人将自动签发" in part
    assert "<html" not in part
